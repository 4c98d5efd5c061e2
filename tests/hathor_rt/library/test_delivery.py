import base64
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trio
import trio.testing

from hathor_rt.ids import RoomId, TrackId
from hathor_rt.library.delivery import SegmentDelivery
from hathor_rt.library.ports import Manifest, SegmentFile
from hathor_rt.library.prefetch import Prefetch
from hathor_rt.library.recordings import LibraryRecordings
from hathor_rt.library.shelf import Shelf
from hathor_rt.library.sound_files import SoundFiles
from hathor_rt.library.sources import Sources
from hathor_rt.library.stem_sets import StemSets
from hathor_rt.refusals import (
    DamagedFile,
    NotSeparated,
    StillRendering,
    TrackUnavailable,
    UnknownSegment,
    UnknownStem,
    UnknownTrack,
)
from hathor_rt.storage.blobs import Blobs
from hathor_rt.storage.memory.jobs import MemoryJobs
from hathor_rt.storage.memory.tracks import MemoryTracks
from hathor_rt.storage.ports import TrackFile
from media.bend import Bend
from media.jobs import Segment
from media.pool import open_pool
from media.rendition import OPUS_KILOBITS
from media.segment_format import OPUS_HEAD, SEGMENT_FRAMES
from media.stem_models import OUR_MODEL
from media.unfinished_stems import FOLDER
from tests.fakes.library import track
from tests.fakes.shelves import WAIT_SECONDS, Shelves
from tests.media.sounds import decode_flac, music, through_16_bit, write_sound
from tests.media.spans.recordings import whole

ONE = TrackId("one")


# Looking for files takes a thread, and virtual time must not jump while one works.
THREAD_SECONDS = 0.3


async def fetch(shelves: Shelves, manifest: Manifest, index: int) -> SegmentFile:
    _, _, signature, rendition, number = manifest.segments[index].split("/")
    return await shelves.delivery.segment(signature, rendition, int(number))


async def test_a_manifest_says_how_to_fetch_and_decode(shelves: Shelves) -> None:
    manifest = await shelves.delivery.manifest(ONE, "opus", near_frame=0)
    assert (manifest.track, manifest.codec, manifest.frames) == ("one", "opus", 500_000)
    assert (manifest.segment_frames, manifest.pre_roll_frames) == (192_000, 7_680)
    assert base64.b64decode(manifest.description) == OPUS_HEAD
    assert manifest.gain_db == 2.0
    assert len(manifest.segments) == 3
    assert all(url.startswith("/segments/") for url in manifest.segments)


async def test_a_flac_manifest_needs_neither_pre_roll_nor_description(shelves: Shelves) -> None:
    manifest = await shelves.delivery.manifest(ONE, "flac", near_frame=0)
    assert (manifest.pre_roll_frames, manifest.description) == (0, "")
    assert (await fetch(shelves, manifest, 0)).content_type == "audio/flac"


async def test_the_rungs_of_the_ladder_are_renditions_of_their_own(shelves: Shelves) -> None:
    rungs = [await shelves.delivery.manifest(ONE, "opus", near_frame=0, kilobits=rate) for rate in OPUS_KILOBITS]
    rungs.append(await shelves.delivery.manifest(ONE, "flac", near_frame=0, kilobits=96))
    assert [manifest.kilobits for manifest in rungs] == [48, 96, 160, 0]
    assert len({manifest.rendition for manifest in rungs}) == 4
    files = [await fetch(shelves, manifest, 1) for manifest in rungs]
    assert [file.quality for file in files] == ["opus-48", "opus-96", "opus-160", "flac"]


async def test_a_segment_is_made_when_it_is_asked_for(shelves: Shelves) -> None:
    manifest = await shelves.delivery.manifest(ONE, "opus", near_frame=0)
    file = await fetch(shelves, manifest, 2)
    assert file.content_type == "application/x-hathor-opus"
    assert file.path.name == file.etag
    assert await fetch(shelves, manifest, 2) == file
    assert shelves.workshop.attempts[file.etag.replace("-", "/")] == 1


async def test_what_is_near_the_playhead_is_made_before_anybody_asks(shelves: Shelves) -> None:
    shelves.workshop.frames = SEGMENT_FRAMES * 50
    await shelves.delivery.manifest(ONE, "opus", near_frame=20 * SEGMENT_FRAMES)
    wishes = [key for key, _, _ in shelves.workshop.asked if key.startswith("segment/")]
    assert [int(key.rpartition("/")[2]) for key in wishes] == list(range(20, 35))


async def test_a_waited_for_segment_goes_before_what_lies_ahead(shelves: Shelves) -> None:
    shelves.workshop.frames = SEGMENT_FRAMES * 50
    manifest = await shelves.delivery.manifest(ONE, "opus", near_frame=0)
    await fetch(shelves, manifest, 40)
    segments = [key for key in shelves.workshop.attempts if key.startswith("segment/")]
    assert [key.rpartition("/")[2] for key in segments] == ["40"]


async def test_listeners_who_ask_together_share_one_segment(shelves: Shelves) -> None:
    manifest = await shelves.delivery.manifest(ONE, "opus", near_frame=0)
    async with trio.open_nursery() as nursery:
        for _ in range(30):
            nursery.start_soon(fetch, shelves, manifest, 1)
    assert set(shelves.workshop.attempts.values()) == {1}


async def test_links_outlive_a_restart(shelves: Shelves) -> None:
    manifest = await shelves.delivery.manifest(ONE, "opus", near_frame=0)
    file = await fetch(shelves, manifest, 0)
    assert await fetch(shelves.restarted(), manifest, 0) == file
    assert shelves.workshop.attempts[file.etag.replace("-", "/")] == 1


async def test_an_evicted_segment_is_made_again(shelves: Shelves) -> None:
    manifest = await shelves.delivery.manifest(ONE, "opus", near_frame=0)
    file = await fetch(shelves, manifest, 0)
    shelves.results.evict()
    assert await fetch(shelves, manifest, 0) == file
    assert shelves.workshop.attempts[file.etag.replace("-", "/")] == 2


async def test_evicted_and_asked_for_by_many_it_is_made_again_once(shelves: Shelves) -> None:
    manifest = await shelves.delivery.manifest(ONE, "opus", near_frame=0)
    file = await fetch(shelves, manifest, 0)
    shelves.results.evict()
    async with trio.open_nursery() as nursery:
        for _ in range(10):
            nursery.start_soon(fetch, shelves, manifest, 0)
    assert shelves.workshop.attempts[file.etag.replace("-", "/")] == 2


async def test_what_was_made_plays_on_without_its_file(shelves: Shelves) -> None:
    manifest = await shelves.delivery.manifest(ONE, "opus", near_frame=0)
    await shelves.workshop.work_all()
    shelves.file_of("one").unlink()
    assert (await fetch(shelves, manifest, 0)).path.exists()
    shelves.results.evict()
    with pytest.raises(TrackUnavailable):
        await fetch(shelves, manifest, 0)


@pytest.mark.parametrize("index", [-1, 3, 10**9])
async def test_there_is_no_segment_outside_the_track(shelves: Shelves, index: int) -> None:
    manifest = await shelves.delivery.manifest(ONE, "opus", near_frame=0)
    _, _, signature, rendition, _ = manifest.segments[0].split("/")
    with pytest.raises(UnknownSegment):
        await shelves.delivery.segment(signature, rendition, index)


async def test_a_wrong_signature_opens_nothing(shelves: Shelves) -> None:
    manifest = await shelves.delivery.manifest(ONE, "opus", near_frame=0)
    before = len(shelves.workshop.asked)
    for signature in ("", "a" * 26, "ä"):
        with pytest.raises(UnknownSegment):
            await shelves.delivery.segment(signature, manifest.rendition, 0)
    assert len(shelves.workshop.asked) == before


async def test_a_track_that_left_the_library_has_no_segments(shelves: Shelves) -> None:
    manifest = await shelves.delivery.manifest(ONE, "opus", near_frame=0)
    elsewhere = shelves.restarted()
    elsewhere.tracks._by_hash.clear()  # noqa: SLF001 - the store knows no removal
    with pytest.raises(UnknownSegment):
        await fetch(elsewhere, manifest, 0)


async def test_a_segment_that_takes_long_is_promised_for_later(
    shelves: Shelves, autojump_clock: trio.testing.MockClock
) -> None:
    autojump_clock.autojump_threshold = THREAD_SECONDS
    manifest = await shelves.delivery.manifest(ONE, "opus", near_frame=0)
    shelves.workshop.is_stuck = True
    began = trio.current_time()
    with pytest.raises(StillRendering):
        await fetch(shelves, manifest, 0)
    assert trio.current_time() - began == WAIT_SECONDS
    shelves.workshop.is_stuck = False
    assert (await fetch(shelves, manifest, 0)).path.exists()


async def test_a_first_reading_that_takes_long_is_promised_for_later(
    shelves: Shelves, autojump_clock: trio.testing.MockClock
) -> None:
    autojump_clock.autojump_threshold = THREAD_SECONDS
    shelves.workshop.is_stuck = True
    with pytest.raises(StillRendering):
        await shelves.delivery.manifest(ONE, "opus", near_frame=0)


async def test_a_manifest_of_nothing_playable_says_why(shelves: Shelves) -> None:
    with pytest.raises(UnknownTrack):
        await shelves.delivery.manifest(TrackId("three"), "opus", near_frame=0)
    shelves.workshop.failure = "damaged-file"
    with pytest.raises(DamagedFile):
        await shelves.delivery.manifest(ONE, "opus", near_frame=0)


async def test_what_a_room_plays_is_never_evicted(shelves: Shelves) -> None:
    manifest = await shelves.delivery.manifest(ONE, "opus", near_frame=0)
    before = await fetch(shelves, manifest, 0)
    await shelves.delivery.pin(RoomId("a"), ONE)
    after = await fetch(shelves, manifest, 1)
    other = await shelves.delivery.manifest(TrackId("two"), "opus", near_frame=0)
    unpinned = await fetch(shelves, other, 0)
    shelves.results.evict()
    assert before.path.exists()
    assert after.path.exists()
    assert not unpinned.path.exists()


async def test_pins_last_until_the_last_room_plays_something_else(shelves: Shelves) -> None:
    manifest = await shelves.delivery.manifest(ONE, "opus", near_frame=0)
    file = await fetch(shelves, manifest, 0)
    for room in ("a", "b"):
        await shelves.delivery.pin(RoomId(room), ONE)
        await shelves.delivery.pin(RoomId(room), ONE)
    assert shelves.results.pins == [file.etag]
    await shelves.delivery.pin(RoomId("a"), TrackId("two"))
    assert shelves.results.pins == [file.etag]
    await shelves.delivery.pin(RoomId("b"), None)
    assert shelves.results.pins == []
    await shelves.delivery.pin(RoomId("c"), None)
    assert shelves.results.pins == []


async def test_a_track_without_a_length_is_measured_before_its_segment(shelves: Shelves) -> None:
    manifest = await shelves.delivery.manifest(ONE, "opus", near_frame=0)
    # Another server's database: the same recording, never measured.
    fresh = shelves.restarted()
    await fresh.tracks.save_scanned([replace(track("one"))], [])
    assert (await fetch(fresh, manifest, 0)).path.exists()


async def test_a_bent_rendition_has_a_length_urls_and_segments_of_its_own(shelves: Shelves) -> None:
    plain = await shelves.delivery.manifest(ONE, "opus", near_frame=0)
    bend = Bend(500, -200, keeps_formants=True)
    manifest = await shelves.delivery.manifest(ONE, "opus", near_frame=0, bend=bend)
    assert (manifest.frames, len(manifest.segments)) == (1_000_000, 6)
    assert (manifest.tempo_permille, manifest.pitch_cents, manifest.keeps_formants) == (500, -200, True)
    assert manifest.rendition != plain.rendition
    assert manifest.gain_db == pytest.approx(plain.gain_db + 6.02)
    assert await fetch(shelves, manifest, 5) != await fetch(shelves, plain, 2)
    signature, rendition = manifest.segments[0].split("/")[2:4]
    with pytest.raises(UnknownSegment):
        await shelves.delivery.segment(signature, rendition, 6)


async def test_the_job_of_a_segment_says_how_it_is_bent(shelves: Shelves) -> None:
    bend = Bend(1250, 300)
    await shelves.delivery.manifest(ONE, "flac", near_frame=0, bend=bend)
    works = [(await shelves.workshop.get(key)).work for key, _, _ in shelves.workshop.asked if key.startswith("seg")]  # type: ignore[union-attr]
    assert works
    assert all(isinstance(work, Segment) and work.bend == bend for work in works)


@pytest.mark.parametrize(("near", "made"), [(0, [40]), (SEGMENT_FRAMES // 2 - 1_000, [40, 41])])
async def test_of_a_bent_rendition_what_sounds_first_is_made_and_no_more(
    shelves: Shelves, near: int, made: list[int]
) -> None:
    shelves.workshop.frames = SEGMENT_FRAMES * 50
    await shelves.delivery.manifest(ONE, "opus", near_frame=20 * SEGMENT_FRAMES + near, bend=Bend(500))
    wishes = [key for key, _, _ in shelves.workshop.asked if key.startswith("segment/")]
    assert [int(key.rpartition("/")[2]) for key in wishes] == made


async def test_formants_without_a_pitch_are_no_other_rendition(shelves: Shelves) -> None:
    plain = await shelves.delivery.manifest(ONE, "opus", near_frame=0)
    assert await shelves.delivery.manifest(ONE, "opus", near_frame=0, bend=Bend(1000, 0, keeps_formants=True)) == plain


async def test_a_stem_is_heard_beside_the_mix_once_the_track_is_taken_apart(shelves: Shelves) -> None:
    with pytest.raises(NotSeparated):
        await shelves.delivery.manifest(ONE, "opus", near_frame=0, stem="vocals")
    await shelves.stems.ask(ONE)
    await shelves.workshop.work_all()
    mix = await shelves.delivery.manifest(ONE, "opus", near_frame=0)
    stem = await shelves.delivery.manifest(ONE, "opus", near_frame=0, stem="vocals")
    assert (stem.stem, stem.frames, len(stem.segments)) == ("vocals", mix.frames, len(mix.segments))
    assert stem.rendition != mix.rendition
    # Stems are kept at half their level.
    assert stem.gain_db == pytest.approx(mix.gain_db + 6.02)
    first = (await fetch(shelves, stem, 0)).etag
    assert first != (await fetch(shelves, mix, 0)).etag
    paths = {path for key, path, _ in shelves.workshop.asked if key == first.replace("-", "/")}
    assert [Path(path).name.rpartition("-")[2] for path in paths] == ["vocals"]
    with pytest.raises(UnknownStem, match="drums, vocals"):
        await shelves.delivery.manifest(ONE, "opus", near_frame=0, stem="kazoo")


async def test_a_bent_stem_is_as_long_as_the_bent_mix(shelves: Shelves) -> None:
    await shelves.stems.ask(ONE)
    await shelves.workshop.work_all()
    bend = Bend(800, -200)
    mix = await shelves.delivery.manifest(ONE, "flac", near_frame=0, bend=bend)
    stem = await shelves.delivery.manifest(ONE, "flac", near_frame=0, bend=bend, stem="drums")
    assert (stem.frames, stem.tempo_permille, stem.pitch_cents) == (mix.frames, 800, -200)
    assert stem.gain_db == pytest.approx(mix.gain_db + 6.02)


async def test_stems_that_were_evicted_are_to_be_asked_for_again(shelves: Shelves) -> None:
    await shelves.stems.ask(ONE)
    await shelves.workshop.work_all()
    stem = await shelves.delivery.manifest(ONE, "flac", near_frame=0, stem="drums")
    shelves.results.evict()
    with pytest.raises(NotSeparated):
        await fetch(shelves, stem, 0)
    await shelves.stems.ask(ONE)
    await shelves.workshop.work_all()
    assert (await fetch(shelves, stem, 0)).content_type == "audio/flac"


@pytest.mark.slow
async def test_a_bent_track_is_heard_from_its_manifest_on(tmp_path: Path, compiled_bends: Path) -> None:
    """Through the pool, its processes and the store of results: all segments side by side are the bent sound."""
    samples = through_16_bit(music(11 * 48_000))
    path = write_sound(tmp_path, "flac", samples)
    (tmp_path / "compiled").symlink_to(compiled_bends, target_is_directory=True)
    tracks = MemoryTracks()
    file = TrackFile(str(path), ONE, str(tmp_path), 1, 1, True)
    await tracks.save_scanned([track("one")], [file])
    shelf = Shelf(await Blobs.open(tmp_path / "kept"))
    bend = Bend(700, -250)
    with trio.fail_after(60):
        async with open_pool(
            MemoryJobs(), shelf, workers=2, data=tmp_path, now_utc=lambda: time.time_ns() // 1000
        ) as pool:
            sources = Sources(tracks)
            stems = StemSets(sources, pool, shelf, model="none", models=tmp_path, unfinished=tmp_path)
            prefetch = Prefetch(pool, SoundFiles(sources, stems))
            recordings = LibraryRecordings(tracks, pool, shelf, prefetch)
            delivery = SegmentDelivery(tracks, recordings, prefetch, pool, shelf, stems, key=b"k" * 32, wait_seconds=60)
            manifest = await delivery.manifest(ONE, "flac", near_frame=5 * 48_000, bend=bend)
            files = []
            for url in reversed(manifest.segments):
                signature, rendition, index = url.split("/")[2:]
                files.append((await delivery.segment(signature, rendition, int(index))).path)
    sound = np.concatenate([decode_flac(each.read_bytes()) for each in reversed(files)], axis=1)
    assert sound.shape == (2, manifest.frames) == (2, 11 * 48_000 * 1000 // 700)
    assert np.abs(2 * sound - whole(samples, bend)).max() <= 1 / 32768


@pytest.mark.stems
@pytest.mark.slow
async def test_stems_side_by_side_are_the_mix(tmp_path: Path) -> None:
    """Through the pool, a process with torch and the store of results."""
    path = write_sound(tmp_path, "flac", through_16_bit(music(9 * 48_000)))
    tracks, jobs = MemoryTracks(), MemoryJobs()
    await tracks.save_scanned([track("one")], [TrackFile(str(path), ONE, str(tmp_path), 1, 1, True)])
    shelf, sources = Shelf(await Blobs.open(tmp_path / "kept")), Sources(tracks)
    with trio.fail_after(120):
        async with open_pool(jobs, shelf, workers=1, data=tmp_path, now_utc=lambda: time.time_ns() // 1000) as pool:
            stems = StemSets(
                sources, pool, shelf, model=OUR_MODEL, models=tmp_path / "models", unfinished=tmp_path / FOLDER
            )
            prefetch = Prefetch(pool, SoundFiles(sources, stems))
            recordings = LibraryRecordings(tracks, pool, shelf, prefetch)
            delivery = SegmentDelivery(tracks, recordings, prefetch, pool, shelf, stems, key=b"k" * 32, wait_seconds=60)

            async def heard(stem: str) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
                manifest = await delivery.manifest(ONE, "flac", near_frame=0, stem=stem)
                pieces = []
                for url in manifest.segments:
                    _, _, signature, rendition, index = url.split("/")
                    file = None
                    while file is None:
                        with suppress(StillRendering):
                            file = await delivery.segment(signature, rendition, int(index))
                    pieces.append(decode_flac(file.path.read_bytes()))
                return np.concatenate(pieces, axis=1)

            await stems.ask(ONE)
            while not (state := await stems.state(ONE)).ready:
                await trio.sleep(0.05)
            # Some are cut out of what the separation has made so far, others out of its result.
            names = state.stems
            apart = [await heard(stem) for stem in names]
            mix = await heard("")
    assert names == ["drums", "bass", "other", "vocals"]
    assert {sound.shape for sound in apart} == {mix.shape}
    # Each of four is rounded to 16 bits at half its level.
    assert np.abs(2 * np.sum(apart, axis=0) - mix).max() <= 5 / 32768
