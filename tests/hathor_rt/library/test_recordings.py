import pytest
import trio

from hathor_rt.ids import TrackId
from hathor_rt.library.workshop import BACKGROUND_PRIORITY, MEASURE_PRIORITY
from hathor_rt.refusals import DamagedFile, TrackUnavailable, UnknownTrack
from media.jobs import Measure
from media.recording_facts import RecordingFacts
from media.segment_format import SEGMENT_FRAMES
from sync.units import Micros
from tests.fakes.shelves import Shelves

ONE = TrackId("one")
FACTS = RecordingFacts(tempo_bpm=120.0, beats=[1, 2], fingerprint=b"1234")


async def test_only_tracks_of_the_library_exist(shelves: Shelves) -> None:
    assert await shelves.recordings.exists([ONE, TrackId("three"), TrackId("two")]) == {"one", "two"}
    assert await shelves.recordings.exists([]) == frozenset()


async def test_a_length_is_measured_once_and_kept(shelves: Shelves) -> None:
    assert await shelves.recordings.frames(ONE) == 500_000
    kept = await shelves.tracks.get(ONE)
    assert kept is not None
    assert (kept.frames, kept.loudness_lufs, kept.true_peak_db) == (500_000, -20.0, -3.0)
    assert (kept.peaks_blob, kept.note) == ("measure-hash-one", "a note")
    assert await shelves.restarted().recordings.frames(ONE) == 500_000
    assert shelves.workshop.attempts == {"measure/hash-one": 1}


async def test_facts_are_kept_with_the_length(shelves: Shelves) -> None:
    shelves.workshop.facts = FACTS
    await shelves.recordings.frames(ONE)
    stored = await shelves.tracks.facts(ONE)
    assert stored is not None
    assert stored.facts == FACTS
    assert (stored.overview_blob, stored.detail_blob) == ("measure-hash-one-overview", "measure-hash-one-detail")


async def test_facts_whose_file_is_gone_already_are_found_out_by_listening_again(shelves: Shelves) -> None:
    shelves.workshop.facts = FACTS
    record = await shelves.tracks.get(ONE)
    assert record is not None
    await shelves.recordings.measured_by_now(record)
    await shelves.workshop.work_all()
    shelves.results.evict()
    assert await shelves.recordings.frames(ONE) == 500_000
    assert await shelves.tracks.facts(ONE) is None
    await shelves.recordings.listen(record)
    assert await shelves.tracks.facts(ONE) is not None
    assert shelves.workshop.attempts == {"measure/hash-one": 2}


async def test_facts_are_asked_for_in_no_hurry_and_found_later(shelves: Shelves) -> None:
    shelves.workshop.facts = FACTS
    record = await shelves.tracks.get(ONE)
    assert record is not None
    assert await shelves.recordings.facts_by_now(record) is None
    assert await shelves.recordings.facts_by_now(record) is None
    assert {(key, priority) for key, _, priority in shelves.workshop.asked} == {
        ("measure/hash-one", BACKGROUND_PRIORITY)
    }
    await shelves.workshop.work_all()
    for _ in range(2):
        stored = await shelves.recordings.facts_by_now(record)
        assert stored is not None
        assert stored.facts == FACTS
    kept = await shelves.tracks.get(ONE)
    assert kept is not None
    assert kept.frames == 500_000


async def test_facts_of_what_an_earlier_version_measured_are_asked_for(shelves: Shelves) -> None:
    await shelves.recordings.frames(ONE)
    record = await shelves.tracks.get(ONE)
    assert record is not None
    shelves.workshop.facts = FACTS
    assert await shelves.recordings.facts_by_now(record) is None
    await shelves.workshop.work_all()
    assert await shelves.recordings.facts_by_now(record) is not None


async def test_listening_leaves_the_wish_of_whoever_will_play_it_as_it_is(shelves: Shelves) -> None:
    record = await shelves.tracks.get(ONE)
    assert record is not None
    await shelves.recordings.measured_by_now(record, priority=MEASURE_PRIORITY)
    await shelves.recordings.facts_by_now(record)
    shelves.workshop.facts = FACTS
    await shelves.recordings.listen(record)
    job = await shelves.workshop.get("measure/hash-one")
    assert job is not None
    assert isinstance(job.work, Measure)
    assert job.work.keeps_sound
    assert job.priority == MEASURE_PRIORITY


async def test_sound_that_is_only_looked_at_is_not_kept(shelves: Shelves) -> None:
    record = await shelves.tracks.get(ONE)
    assert record is not None
    await shelves.recordings.measured_by_now(record)
    job = await shelves.workshop.get("measure/hash-one")
    assert job is not None
    assert isinstance(job.work, Measure)
    assert not job.work.keeps_sound


async def test_what_was_measured_by_an_earlier_version_is_listened_to_once(shelves: Shelves) -> None:
    await shelves.recordings.frames(ONE)
    assert await shelves.tracks.facts(ONE) is None
    shelves.workshop.facts = FACTS
    record = await shelves.tracks.get(ONE)
    assert record is not None
    await shelves.recordings.listen(record)
    stored = await shelves.tracks.facts(ONE)
    assert stored is not None
    assert stored.facts == FACTS
    await shelves.recordings.listen(record)
    assert shelves.workshop.attempts == {"measure/hash-one": 2}
    assert [priority for _, _, priority in shelves.workshop.asked][1:] == [BACKGROUND_PRIORITY]


async def test_rooms_that_ask_together_share_one_measurement(shelves: Shelves) -> None:
    async with trio.open_nursery() as nursery:
        for _ in range(20):
            nursery.start_soon(shelves.recordings.frames, ONE)
    assert shelves.workshop.attempts == {"measure/hash-one": 1}


async def test_a_length_that_cannot_be_known_says_why(shelves: Shelves) -> None:
    with pytest.raises(UnknownTrack):
        await shelves.recordings.frames(TrackId("three"))
    shelves.workshop.failure = "damaged-file"
    with pytest.raises(DamagedFile):
        await shelves.recordings.frames(ONE)
    shelves.file_of("two").unlink()
    with pytest.raises(TrackUnavailable):
        await shelves.recordings.frames(TrackId("two"))


async def test_warming_asks_for_the_minute_from_the_position_on(shelves: Shelves) -> None:
    shelves.workshop.frames = SEGMENT_FRAMES * 40
    await shelves.recordings.frames(ONE)
    shelves.workshop.asked.clear()
    await shelves.recordings.warm(ONE, Micros(41_000_000))
    assert [int(key.rpartition("/")[2]) for key, _, _ in shelves.workshop.asked] == list(range(10, 25))


async def test_warming_an_unmeasured_track_has_it_measured_and_does_not_wait(shelves: Shelves) -> None:
    shelves.workshop.is_stuck = True
    with trio.fail_after(1):
        await shelves.recordings.warm(ONE, Micros(0))
    assert shelves.workshop.asked == [("measure/hash-one", str(shelves.file_of("one")), MEASURE_PRIORITY)]


async def test_warming_says_what_cannot_be_had(shelves: Shelves) -> None:
    with pytest.raises(UnknownTrack):
        await shelves.recordings.warm(TrackId("three"), Micros(0))
    shelves.file_of("one").unlink()
    with pytest.raises(TrackUnavailable):
        await shelves.recordings.warm(ONE, Micros(0))
    assert shelves.workshop.asked == []


async def test_facts_in_the_making_are_asked_for_once_and_found_later(shelves: Shelves) -> None:
    record = await shelves.tracks.get(ONE)
    assert record is not None
    assert await shelves.recordings.measured_by_now(record) is None
    assert [priority for _, _, priority in shelves.workshop.asked] == [BACKGROUND_PRIORITY]
    await shelves.workshop.work_all()
    measured = await shelves.recordings.measured_by_now(record)
    assert measured is not None
    assert measured.frames == 500_000
    assert len(shelves.workshop.asked) == 1


async def test_beats_are_told_as_positions_once_somebody_listened(shelves: Shelves) -> None:
    shelves.workshop.facts = RecordingFacts(tempo_bpm=120.0, beats=[0, 24_000, 48_001])
    assert await shelves.recordings.beats(ONE) == ()
    await shelves.recordings.frames(ONE)
    assert list(await shelves.recordings.beats(ONE)) == [0, 500_000, 1_000_020]
