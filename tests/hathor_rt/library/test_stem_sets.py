import pytest

from hathor_rt.ids import TrackId
from hathor_rt.library.ports import StemState
from hathor_rt.library.stem_sets import StemSets
from hathor_rt.library.workshop import STEMS_PRIORITY
from hathor_rt.refusals import NotSeparated, TrackUnavailable, UnknownStem, UnknownTrack
from media.stem_models import FOREIGN_ORIGIN
from media.unfinished_stems import FOLDER, Head, head_bytes, unfinished_path
from tests.fakes.shelves import Shelves

ONE = TrackId("one")


async def test_nobody_is_made_to_work_by_looking(shelves: Shelves) -> None:
    assert await shelves.stems.state(ONE) == StemState("one", "mine", FOREIGN_ORIGIN, "none")
    assert shelves.workshop.asked == []


async def test_a_track_is_taken_apart_once_however_many_ask(shelves: Shelves) -> None:
    for _ in range(3):
        state = await shelves.stems.ask(ONE)
        assert (state.state, state.progress, state.stems) == ("waiting", 0, [])
    await shelves.workshop.work_all()
    for state in (await shelves.stems.ask(ONE), await shelves.stems.state(ONE)):
        assert state == StemState("one", "mine", FOREIGN_ORIGIN, "done", 1.0, ["drums", "vocals"], 500_000)
    ((key, times),) = shelves.workshop.attempts.items()
    assert key.startswith("stems/hash-one/mine@")
    assert times == 1
    assert {(path, priority) for _, path, priority in shelves.workshop.asked} == {
        (str(shelves.file_of("one")), STEMS_PRIORITY)
    }


async def test_progress_is_told_while_it_runs(shelves: Shelves) -> None:
    await shelves.stems.ask(ONE)
    job = await shelves.workshop.queue.lease("w", now_utc=0, lease_micros=10)
    assert job is not None
    assert (await shelves.stems.state(ONE)).state == "running"
    await shelves.workshop.queue.extend(job.key, "w", now_utc=0, lease_micros=10, progress=0.25)
    # Of another process: as of its last heartbeat; of our own: as of now.
    assert (await shelves.stems.state(ONE)).progress == 0.25
    shelves.workshop.progresses[job.key] = 0.5
    assert (await shelves.stems.state(ONE)).progress == 0.5


async def test_the_first_stems_are_heard_before_the_last(shelves: Shelves) -> None:
    record = await shelves.tracks.get(ONE)
    assert record is not None
    current = await shelves.stems.current()
    await shelves.stems.ask(ONE)
    job = await shelves.workshop.queue.lease("w", now_utc=0, lease_micros=10)
    assert job is not None
    so_far = unfinished_path(shelves.music.parent / FOLDER, job.key)
    so_far.parent.mkdir()
    head = Head(["drums", "vocals"], 500_000)
    so_far.write_bytes(head_bytes(head))
    with pytest.raises(NotSeparated):
        await shelves.stems.find(record, current, "drums")
    so_far.write_bytes(head_bytes(head) + bytes(7_000 * head.frame_bytes))
    state = await shelves.stems.state(ONE)
    assert (state.state, state.stems, state.ready) == ("running", ["drums", "vocals"], 7_000)
    assert state.progress == pytest.approx(0.95 * 7_000 / 500_000)
    assert await shelves.stems.find(record, current, "drums") == so_far
    with pytest.raises(UnknownStem):
        await shelves.stems.find(record, current, "kazoo")
    # All is made, and not in the store yet.
    so_far.unlink()
    assert (await shelves.stems.state(ONE)).ready == 7_000
    assert await shelves.stems.find(record, current, "drums") == so_far
    await shelves.workshop.queue.fail(job.key, "w", "storage-full", "no room")
    assert (await shelves.stems.state(ONE)).ready == 0
    with pytest.raises(NotSeparated):
        await shelves.stems.find(record, current, "drums")


async def test_leaving_off_drops_what_is_not_done(shelves: Shelves) -> None:
    assert (await shelves.stems.cancel(ONE)).state == "none"
    await shelves.stems.ask(ONE)
    assert (await shelves.stems.cancel(ONE)).state == "none"
    await shelves.stems.ask(ONE)
    job = await shelves.workshop.queue.lease("w", now_utc=0, lease_micros=10)
    assert job is not None
    assert (await shelves.stems.cancel(ONE)).state == "none"
    # Who works on it is told so.
    assert not await shelves.workshop.queue.extend(job.key, "w", now_utc=0, lease_micros=10, progress=0.5)
    await shelves.stems.ask(ONE)
    await shelves.workshop.work_all()
    assert (await shelves.stems.cancel(ONE)).state == "done"


async def test_a_failure_tells_why_and_asking_again_tries_anew(shelves: Shelves) -> None:
    shelves.workshop.failure = "stems-missing"
    await shelves.stems.ask(ONE)
    await shelves.workshop.work_all()
    failed = await shelves.stems.state(ONE)
    assert (failed.state, failed.code, failed.reason) == ("failed", "stems-missing", "because")
    shelves.workshop.failure = ""
    assert (await shelves.stems.ask(ONE)).state == "waiting"


async def test_another_model_of_the_name_is_another_job(shelves: Shelves) -> None:
    await shelves.stems.ask(ONE)
    await shelves.workshop.work_all()
    (shelves.music.parent / "models" / "mine.safetensors").write_bytes(b"better weights")
    assert (await shelves.stems.state(ONE)).state == "none"


async def test_evicted_stems_are_made_again(shelves: Shelves) -> None:
    await shelves.stems.ask(ONE)
    await shelves.workshop.work_all()
    shelves.results.evict()
    assert (await shelves.stems.state(ONE)).state == "none"
    await shelves.stems.ask(ONE)
    await shelves.workshop.work_all()
    assert (await shelves.stems.state(ONE)).state == "done"
    assert set(shelves.workshop.attempts.values()) == {2}


async def test_a_stem_is_a_file(shelves: Shelves) -> None:
    record = await shelves.tracks.get(ONE)
    assert record is not None
    current = await shelves.stems.current()
    with pytest.raises(NotSeparated):
        await shelves.stems.find(record, current, "vocals")
    await shelves.stems.ask(ONE)
    await shelves.workshop.work_all()
    assert (await shelves.stems.find(record, current, "vocals")).name.endswith("-vocals")
    with pytest.raises(UnknownStem, match="drums, vocals"):
        await shelves.stems.find(record, current, "kazoo")
    with pytest.raises(NotSeparated):
        await shelves.stems.find(record, "mine@other", "vocals")


async def test_a_model_that_is_not_there_is_told(shelves: Shelves) -> None:
    (shelves.music.parent / "models" / "mine.safetensors").unlink()
    for state in (await shelves.stems.state(ONE), await shelves.stems.ask(ONE), await shelves.stems.cancel(ONE)):
        assert (state.state, state.code) == ("failed", "model-missing")
    with pytest.raises(NotSeparated, match="mine"):
        await shelves.stems.current()
    assert shelves.workshop.asked == []


async def test_what_is_not_there_cannot_be_taken_apart(shelves: Shelves) -> None:
    stems: StemSets = shelves.stems
    for call in (stems.state, stems.ask, stems.cancel):
        with pytest.raises(UnknownTrack):
            await call(TrackId("three"))
    shelves.file_of("one").unlink()
    with pytest.raises(TrackUnavailable):
        await stems.ask(ONE)
