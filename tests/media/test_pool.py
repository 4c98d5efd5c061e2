import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import trio

from hathor_rt.storage.memory.jobs import MemoryJobs
from media.bend import Bend
from media.jobs import Job, Measure, MeasureResult, Segment, SegmentResult, Separate, SeparateResult, Work, job_key
from media.pool import Pool, PoolTimes, open_pool
from tests.media.sounds import decode_flac, music, through_16_bit, write_sound
from tests.media.spans.recordings import whole
from tests.media.test_worker_process import is_alive, start_scripted


class KeptFiles:
    """`ResultFiles` that names files by their content."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.is_full = False
        folder.mkdir()

    async def adopt(self, path: Path) -> str:
        await trio.lowlevel.checkpoint()
        if self.is_full:
            raise OSError(28, "No space left on device")
        return self._move(path)

    def _move(self, path: Path) -> str:
        content = path.read_text()
        path.rename(self.folder / content.replace("/", "-"))
        return content


def now_utc() -> int:
    return time.time_ns() // 1000


class World:
    def __init__(self, folder: Path) -> None:
        self.queue = MemoryJobs()
        self.files = KeptFiles(folder / "kept")
        self.folder = folder

    @asynccontextmanager
    async def pool(self, *, workers: int = 1, times: PoolTimes | None = None) -> AsyncIterator[Pool]:
        with trio.fail_after(20):
            async with open_pool(
                self.queue,
                self.files,
                workers=workers,
                data=self.folder,
                now_utc=now_utc,
                start=start_scripted,
                times=times or PoolTimes(),
            ) as pool:
                yield pool


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def segment(index: int, what: str = "finish") -> Segment:
    return Segment("a", what, "r", "opus", 128, index)


async def done(pool: Pool, work: Work, *, priority: int = 0) -> Job:
    await pool.ask(work, priority=priority)
    return await pool.wait(job_key(work))


async def until(is_so: Callable[[], bool]) -> None:
    for _ in range(2_000):
        if is_so():
            return
        await trio.sleep(0.005)
    raise AssertionError("it never came true")


async def until_busy(pool: Pool, key: str) -> None:
    await until(lambda: pool.progress(key) == 0.5)


async def test_results_are_files_in_the_store(world: World) -> None:
    async with world.pool() as pool:
        assert (await done(pool, segment(3))).result == SegmentResult("segment/r/3", 11)
        measured = await done(pool, Measure("a", "finish"))
        parts = [f"measure-a-{part}" for part in ("overview", "detail", "facts")]
        assert measured.result == MeasureResult(480_000, -14.0, -1.0, "measure/a", "", *parts)
    assert {path.name for path in world.files.folder.iterdir()} == {"measure-a", "segment-r-3", *parts}


def separation(what: str = "finish") -> Separate:
    return Separate("a", what, "tiny", "tiny@1", "/models")


async def test_stems_are_files_in_the_store_made_once(world: World) -> None:
    async with world.pool() as pool:
        stems = {stem: f"stems-a-tiny@1-{stem}" for stem in ("drums", "vocals")}
        for _ in range(2):
            job = await done(pool, separation())
            assert job.result == SeparateResult(480_000, stems)
            assert job.attempts == 1


async def test_a_segment_does_not_wait_until_a_recording_is_separated(world: World) -> None:
    async with world.pool() as pool:
        await pool.ask(separation("hang"), priority=0)
        await until_busy(pool, job_key(separation()))
        assert (await done(pool, segment(0))).state == "done"


async def test_a_forgotten_separation_ends_with_its_process(world: World) -> None:
    async with world.pool(times=PoolTimes(heartbeat_seconds=0.05)) as pool:
        work = separation("hang")
        await pool.ask(work, priority=0)
        await until_busy(pool, job_key(work))
        (process_id,) = pool.process_ids
        await pool.forget(job_key(work))
        await until(lambda: not is_alive(process_id))
        assert await pool.get(job_key(work)) is None
        assert (await done(pool, separation())).state == "done"


async def test_no_process_runs_before_the_first_job_and_none_after_the_pool(world: World) -> None:
    async with world.pool() as pool:
        await trio.sleep(0.02)
        assert pool.process_ids == []
        await done(pool, segment(0))
        (process_id,) = pool.process_ids
    assert not is_alive(process_id)
    assert list((world.folder / "scratch").iterdir()) == []


async def test_warming_starts_a_process_without_a_job(world: World) -> None:
    async with world.pool() as pool:
        pool.warm()
        await until(lambda: len(pool.process_ids) == 1)


async def test_a_job_that_fails_says_why(world: World) -> None:
    async with world.pool() as pool:
        job = await done(pool, segment(0, "fail"))
        assert (job.state, job.failure_code, job.failure_reason) == ("failed", "damaged-file", "not sound")


async def test_many_who_ask_for_one_thing_get_one_job(world: World) -> None:
    jobs: list[Job] = []
    async with world.pool(workers=2) as pool:

        async def listener() -> None:
            jobs.append(await done(pool, segment(0)))

        async with trio.open_nursery() as nursery:
            for _ in range(50):
                nursery.start_soon(listener)
    assert {job.key for job in jobs} == {"segment/r/0"}
    assert {job.attempts for job in jobs} == {1}


@pytest.mark.slow
async def test_a_killed_worker_loses_no_job(world: World, tmp_path: Path) -> None:
    marker = tmp_path / "go"
    work = segment(0, f"hang-unless:{marker}")
    async with world.pool() as pool:
        await pool.ask(work, priority=0)
        await until_busy(pool, job_key(work))
        (killed,) = pool.process_ids
        marker.touch()
        os.kill(killed, signal.SIGKILL)
        job = await pool.wait(job_key(work))
        assert (job.state, job.attempts) == ("done", 2)
        assert pool.process_ids != [killed]


@pytest.mark.slow
async def test_the_third_death_gives_the_job_up_and_the_pool_goes_on(world: World) -> None:
    async with world.pool() as pool:
        job = await done(pool, segment(0, "die"))
        assert (job.state, job.failure_code, job.attempts) == ("failed", "worker-died", 3)
        assert (await done(pool, segment(1))).state == "done"


@pytest.mark.slow
async def test_a_worker_that_babbles_is_replaced(world: World) -> None:
    async with world.pool() as pool:
        assert (await done(pool, segment(0, "babble"))).failure_code == "worker-died"


async def test_closing_gives_the_lease_back_at_once(world: World) -> None:
    work = segment(0, "hang")
    async with world.pool() as pool:
        await pool.ask(work, priority=0)
        await until_busy(pool, job_key(work))
        (process_id,) = pool.process_ids
    assert not is_alive(process_id)
    again = await world.queue.lease("another", now_utc=now_utc(), lease_micros=1)
    assert again is not None
    assert again.key == job_key(work)


@pytest.mark.slow
async def test_a_job_that_never_ends_is_ended(world: World) -> None:
    async with world.pool(times=PoolTimes(seconds_of=lambda _: 0.4)) as pool:
        job = await done(pool, segment(0, "hang"))
        assert (job.state, job.failure_code, job.attempts) == ("failed", "out-of-time", 1)
        assert (await done(pool, segment(1))).state == "done"


@pytest.mark.slow
async def test_a_lost_lease_stops_the_work_and_its_result_is_dropped(world: World) -> None:
    work = segment(0, "hang")
    async with world.pool(times=PoolTimes(heartbeat_seconds=0.1)) as pool:
        await pool.ask(work, priority=0)
        await until_busy(pool, job_key(work))
        # To the queue, this pool has been silent for a minute.
        taken = await world.queue.lease("another", now_utc=now_utc() + 60_000_000, lease_micros=10**9)
        assert taken is not None
        await until(lambda: pool.process_ids == [])
        await world.queue.finish(taken.key, "another", SegmentResult("there", 1))
        assert (await pool.wait(taken.key)).result == SegmentResult("there", 1)


@pytest.mark.slow
async def test_a_long_job_keeps_its_lease_and_tells_how_far_it_is(world: World, tmp_path: Path) -> None:
    work = segment(0, "hang")
    async with world.pool(times=PoolTimes(lease_micros=300_000, heartbeat_seconds=0.05)) as pool:
        await pool.ask(work, priority=0)
        await until_busy(pool, job_key(work))
        await trio.sleep(0.5)
        assert await world.queue.lease("another", now_utc=now_utc(), lease_micros=1) is None
        job = await world.queue.get(job_key(work))
        assert job is not None
        assert (job.state, job.progress) == ("leased", 0.5)


async def test_the_most_urgent_goes_first(world: World) -> None:
    order: list[str] = []
    async with world.pool() as pool:
        await pool.ask_many([(segment(index), priority) for index, priority in ((0, 30), (1, 10), (2, 20))])

        async def watch(key: str) -> None:
            await pool.wait(key)
            order.append(key)

        async with trio.open_nursery() as nursery:
            for index in range(3):
                nursery.start_soon(watch, f"segment/r/{index}")
    assert order == ["segment/r/1", "segment/r/2", "segment/r/0"]


async def test_waiting_for_a_forgotten_job_ends(world: World) -> None:
    async with world.pool() as pool:
        with pytest.raises(KeyError):
            await pool.wait("segment/r/0")


@pytest.mark.slow
async def test_a_segment_somebody_waits_for_passes_a_long_measurement(world: World) -> None:
    async with world.pool() as pool:
        measure = Measure("long", "hang")
        await pool.ask(measure, priority=1)
        await until_busy(pool, job_key(measure))
        assert (await done(pool, segment(0))).state == "done"
        assert len(pool.process_ids) == 2


@pytest.mark.slow
async def test_a_length_somebody_waits_for_passes_listening_ahead(world: World) -> None:
    async with world.pool() as pool, trio.open_nursery() as nursery:
        ahead = Measure("ahead", "hang", keeps_sound=False)
        await pool.ask(ahead, priority=1000)
        nursery.start_soon(partial(pool.wait, job_key(ahead), is_patient=True))
        await until_busy(pool, job_key(ahead))
        assert (await done(pool, Measure("wanted", "finish"))).state == "done"
        assert len(pool.process_ids) == 2
        nursery.cancel_scope.cancel()


@pytest.mark.slow
async def test_a_patient_wish_does_not_start_the_express_process(world: World) -> None:
    async with world.pool() as pool, trio.open_nursery() as nursery:
        await pool.ask(Measure("long", "hang"), priority=1)
        await until_busy(pool, "measure/long")
        await pool.ask(Measure("ahead", "finish"), priority=1000)
        nursery.start_soon(partial(pool.wait, "measure/ahead", is_patient=True))
        await trio.sleep(0.3)
        assert len(pool.process_ids) == 1
        nursery.cancel_scope.cancel()


@pytest.mark.slow
async def test_a_length_awaited_does_not_pass_another_that_is(world: World) -> None:
    """The one express process is for segments as long as the others do what somebody waits for."""
    async with world.pool() as pool, trio.open_nursery() as nursery:
        for name in ("one", "two"):
            await pool.ask(Measure(name, "hang"), priority=1)
            nursery.start_soon(pool.wait, f"measure/{name}")
        await until(lambda: pool.progress("measure/one") == 0.5)
        await trio.sleep(0.3)
        assert len(pool.process_ids) == 1
        nursery.cancel_scope.cancel()


@pytest.mark.slow
async def test_what_nobody_waits_for_does_not_start_the_express_process(world: World) -> None:
    async with world.pool() as pool:
        measure = Measure("long", "hang")
        await pool.ask(measure, priority=1)
        await until_busy(pool, job_key(measure))
        await pool.ask(segment(0), priority=5)
        await trio.sleep(0.3)
        assert len(pool.process_ids) == 1


async def test_a_store_that_is_full_fails_the_job_as_such(world: World) -> None:
    async with world.pool() as pool:
        world.files.is_full = True
        assert (await done(pool, segment(0))).failure_code == "storage-full"
        world.files.is_full = False
        assert (await done(pool, segment(0))).state == "done"


class AwayQueue(MemoryJobs):
    """Storage that does not answer for a while."""

    def __init__(self) -> None:
        super().__init__()
        self.refusals = 1

    async def lease(self, worker: str, *, now_utc: int, lease_micros: int) -> Job | None:
        if self.refusals:
            self.refusals -= 1
            raise OSError("storage is away")
        return await super().lease(worker, now_utc=now_utc, lease_micros=lease_micros)


async def test_the_pool_outlives_storage_that_is_away(world: World, autojump_clock: trio.testing.MockClock) -> None:
    world.queue = AwayQueue()
    async with world.pool() as pool:
        await trio.sleep(10)
        assert world.queue.refusals == 0
        assert pool.process_ids == []


async def test_a_job_done_elsewhere_is_noticed(world: World) -> None:
    await world.queue.ask(segment(0), priority=0, now_utc=now_utc())
    job = await world.queue.lease("another", now_utc=now_utc(), lease_micros=10**9)
    assert job is not None
    async with world.pool() as pool, trio.open_nursery() as nursery:

        async def other() -> None:
            await trio.sleep(0.02)
            await world.queue.finish(job.key, "another", SegmentResult("there", 1))

        nursery.start_soon(other)
        assert (await pool.wait(job.key)).result == SegmentResult("there", 1)


async def test_a_pool_of_fewer_than_no_workers_is_a_mistake(world: World) -> None:
    with pytest.raises(ValueError, match="0 workers or more"):
        async with world.pool(workers=-1):
            pass


async def test_a_pool_without_workers_leaves_the_work_to_others(world: World) -> None:
    async with world.pool(workers=0) as asking:
        asking.warm()
        assert asking.is_able
        await asking.ask(segment(0), priority=0)
        with trio.move_on_after(0.05):
            await asking.wait("segment/r/0")
        assert asking.process_ids == []
        async with world.pool() as working:
            assert (await asking.wait("segment/r/0")).result == SegmentResult("segment/r/0", 11)
            assert len(working.process_ids) == 1


async def test_after_the_second_death_a_job_waits_for_whatever_it_was_to_pass(world: World) -> None:
    async with world.pool(times=PoolTimes(second_retry_micros=10**12)) as pool:
        await pool.ask(segment(0, "die"), priority=0)
        job = None
        while job is None or job.attempts < 2 or pool.process_ids:
            await trio.sleep(0.005)
            job = await pool.get("segment/r/0")
        assert (await done(pool, segment(1))).state == "done"
        job = await pool.get("segment/r/0")
        assert job is not None
        assert (job.state, job.attempts) == ("leased", 2)
        later = await world.queue.lease("w", now_utc=now_utc() + 10**12, lease_micros=1)
        assert later is not None
        assert later.attempts == 3


@pytest.mark.slow
def test_the_server_process_loads_no_samples() -> None:
    script = """
import importlib, pkgutil, sys
import media.pool, media.rendition, media.jobs, media.segment_format, hathor_rt.library
for module in pkgutil.iter_modules(hathor_rt.library.__path__):
    importlib.import_module(f"hathor_rt.library.{module.name}")
print(sorted({"numpy", "numba", "av", "soxr", "scipy", "torch"} & set(sys.modules)))
"""
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True).stdout
    assert loaded.strip() == "[]"


@pytest.mark.slow
async def test_real_workers_bend_whatever_order_they_do_it_in(tmp_path: Path, compiled_bends: Path) -> None:
    """Two processes share the segments of a rendition; each of these is what one process makes of it alone."""
    samples = through_16_bit(music(192_000 * 5))
    path = write_sound(tmp_path, "flac", samples)
    bend = Bend(1100, 250)
    (tmp_path / "compiled").symlink_to(compiled_bends, target_is_directory=True)
    store, queue = HashedFiles(tmp_path / "kept"), MemoryJobs()
    works = [Segment("a", str(path), "r", "flac", 0, index, bend) for index in (4, 1, 3, 0, 2)]
    with trio.fail_after(60):
        async with open_pool(queue, store, workers=2, data=tmp_path, now_utc=now_utc) as pool:
            await pool.ask_many((work, 0) for work in works)
            made = {work.index: await pool.wait(job_key(work)) for work in works}
            unknown = await done(pool, Segment("a", str(path), "r", "flac", 0, 5, bend))
    expected = whole(samples, bend) / 2
    sound = []
    for index in range(5):
        result = made[index].result
        assert isinstance(result, SegmentResult)
        sound.append(decode_flac((tmp_path / "kept" / result.blob).read_bytes()))
    assert np.abs(np.concatenate(sound, axis=1) - expected).max() <= 0.5 / 32768
    assert (unknown.state, unknown.failure_code) == ("failed", "unknown-segment")


class HashedFiles:
    """`ResultFiles` that keeps files under the hash of their bytes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    async def adopt(self, path: Path) -> str:
        return await trio.to_thread.run_sync(self._move, path)

    def _move(self, path: Path) -> str:
        digest = hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()
        path.rename(self.folder / digest)
        return digest
