from dataclasses import replace

import pytest

from hathor_rt.ids import TrackId
from hathor_rt.library.catalogue import picture_type
from hathor_rt.refusals import UnknownTrack
from media.recording_facts import RecordingFacts
from tests.fakes.library import track
from tests.fakes.shelves import Shelves

ONE = TrackId("one")
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"
WEBP = b"RIFF\0\0\0\0WEBPVP8 "


async def test_search_finds_by_any_word(shelves: Shelves) -> None:
    assert [each.track for each in await shelves.catalogue.search("tw", limit=10, offset=0)] == ["two"]
    assert len(await shelves.catalogue.search("", limit=1, offset=0)) == 1


async def test_many_keep_the_order_asked_and_leave_out_the_unknown(shelves: Shelves) -> None:
    wanted = [TrackId("two"), TrackId("three"), ONE, TrackId("two")]
    assert [each.track for each in await shelves.catalogue.many(wanted)] == ["two", "one", "two"]


async def test_an_unknown_track_is_refused_everywhere(shelves: Shelves) -> None:
    for ask in (shelves.catalogue.get, shelves.catalogue.cover, shelves.catalogue.peaks):
        with pytest.raises(UnknownTrack):
            await ask(TrackId("three"))


@pytest.mark.parametrize(("content", "kind"), [(JPEG, "image/jpeg"), (PNG, "image/png"), (WEBP, "image/webp")])
async def test_a_cover_is_served_as_what_it_is(shelves: Shelves, content: bytes, kind: str) -> None:
    (shelves.results.folder / "cover1").write_bytes(content)
    await shelves.tracks.save_scanned([replace(track("one"), cover_blob="cover1")], [])
    file = await shelves.catalogue.cover(ONE)
    assert file is not None
    assert (file.content_type, file.etag) == (kind, "cover1")


@pytest.mark.parametrize("content", [b"<svg onload='alert(1)'>", b"GIF89a", b""])
def test_nothing_else_is_taken_for_a_picture(content: bytes) -> None:
    assert picture_type(content) is None


async def test_what_is_no_picture_is_not_served_as_a_cover(shelves: Shelves) -> None:
    (shelves.results.folder / "cover1").write_bytes(b"<html>")
    await shelves.tracks.save_scanned([replace(track("one"), cover_blob="cover1")], [])
    assert await shelves.catalogue.cover(ONE) is None


async def test_no_cover_is_no_cover(shelves: Shelves) -> None:
    assert await shelves.catalogue.cover(ONE) is None
    await shelves.tracks.save_scanned([replace(track("one"), cover_blob="lost")], [])
    assert await shelves.catalogue.cover(ONE) is None


async def test_peaks_are_there_once_the_track_is_measured(shelves: Shelves) -> None:
    assert await shelves.catalogue.peaks(ONE) is None
    assert await shelves.catalogue.peaks(ONE) is None
    assert len(shelves.workshop.asked) in (1, 2)
    await shelves.workshop.work_all()
    file = await shelves.catalogue.peaks(ONE)
    assert file is not None
    assert file.etag == "measure-hash-one"
    kept = await shelves.tracks.get(ONE)
    assert kept is not None
    assert kept.frames == 500_000


async def test_evicted_peaks_are_made_again(shelves: Shelves) -> None:
    await shelves.recordings.frames(ONE)
    shelves.results.evict()
    assert await shelves.catalogue.peaks(ONE) is None
    await shelves.workshop.work_all()
    assert await shelves.catalogue.peaks(ONE) is not None
    assert shelves.workshop.attempts == {"measure/hash-one": 2}


async def test_every_zoom_of_the_waveform_is_a_file(shelves: Shelves) -> None:
    shelves.workshop.facts = RecordingFacts(tempo_bpm=90.0)
    assert await shelves.catalogue.peaks(ONE, per_second=200) is None
    await shelves.workshop.work_all()
    found = [await shelves.catalogue.peaks(ONE, per_second=zoom) for zoom in (2, 20, 200)]
    assert [file.etag for file in found if file is not None] == [
        "measure-hash-one-overview",
        "measure-hash-one",
        "measure-hash-one-detail",
    ]
    shelves.results.evict()
    assert await shelves.catalogue.peaks(ONE, per_second=200) is None
    await shelves.workshop.work_all()
    assert await shelves.catalogue.peaks(ONE, per_second=200) is not None


async def test_zooms_that_an_earlier_version_did_not_make_are_made(shelves: Shelves) -> None:
    await shelves.recordings.frames(ONE)
    shelves.workshop.facts = RecordingFacts(tempo_bpm=90.0)
    assert await shelves.catalogue.peaks(ONE) is not None
    assert await shelves.catalogue.peaks(ONE, per_second=2) is None
    await shelves.workshop.work_all()
    assert await shelves.catalogue.peaks(ONE, per_second=2) is not None


async def test_facts_are_there_once_somebody_listened(shelves: Shelves) -> None:
    shelves.workshop.facts = RecordingFacts(tempo_bpm=90.0)
    assert await shelves.catalogue.facts(ONE) is None
    await shelves.workshop.work_all()
    assert await shelves.catalogue.facts(ONE) == RecordingFacts(tempo_bpm=90.0)
