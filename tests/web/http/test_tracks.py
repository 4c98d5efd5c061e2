from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hathor_rt.ids import TrackId
from hathor_rt.library.ports import SegmentFile
from media.analysis.peaks import ZOOMS_PER_SECOND
from media.recording_facts import RecordingFacts
from sync.units import SampleCount
from sync.wire.frames import Enter
from tests.fakes.library import track
from tests.fakes.website import Website, running_website
from web.http import tracks


def fill(site: Website) -> None:
    for name in ("m00n", "m00nr1se", "star"):
        site.library.tracks[TrackId(name)] = track(name)


async def test_tracks_are_found_by_words(site: Website) -> None:
    fill(site)
    cookie = await site.guest()
    body = (await site.request("GET", "/api/tracks?q=m00n&limit=1&offset=1", cookie=cookie)).json()
    assert body == {
        "tracks": [
            {
                "track": "m00nr1se", "title": "M00Nr1Se", "artist": "Ann Onymous", "album": "First",
                "length": 180_000_000, "is_available": True, "has_cover": False, "note": "",
                "tempo_bpm": None, "key": None, "energy_estimate": None, "mood_estimate": None,
            }
        ],
        "total": 0,
    }  # fmt: skip


async def test_what_listening_told_stands_beside_the_tags(site: Website) -> None:
    told = {"tempo_bpm": 122.5, "musical_key": "A minor", "energy_estimate": 0.75, "mood_estimate": "intense"}
    site.library.tracks[TrackId("a")] = track("a", facts_version=1, **told)
    found = (await site.request("GET", "/api/tracks", cookie=await site.guest())).json()["tracks"]
    shown = [(each["tempo_bpm"], each["key"], each["energy_estimate"], each["mood_estimate"]) for each in found]  # type: ignore[attr-defined]  # JSON
    assert shown == [(122.5, "A minor", 0.75, "intense")]


async def test_facts_are_told_in_micros_once_somebody_listened(site: Website) -> None:
    fill(site)
    assert (await site.request("GET", "/api/tracks/star/facts")).status == 404
    site.library.heard[TrackId("star")] = RecordingFacts(
        audible_from=48, tempo_bpm=120.0, beats=[24_000, 48_000], fingerprint=b"1234"
    )
    facts = (await site.request("GET", "/api/tracks/star/facts")).json()
    assert (facts["audible_from"], facts["audible_until"], facts["beats"]) == (1_000, None, [500_000, 1_000_000])
    assert "fingerprint" not in facts
    assert (await site.request("GET", "/api/tracks/n0ne/facts")).status == 404


async def test_a_waveform_has_three_zooms(site: Website, tmp_path: Path) -> None:
    fill(site)
    for name, files in (("usual", site.library.waveforms), ("detail", site.library.detailed)):
        (tmp_path / name).write_text(name)
        files[TrackId("star")] = SegmentFile(tmp_path / name, "application/octet-stream", name)
    assert (await site.request("GET", "/api/tracks/star/peaks")).body == b"usual"
    assert (await site.request("GET", "/api/tracks/star/peaks?per_second=200")).body == b"detail"
    refused = await site.request("GET", "/api/tracks/star/peaks?per_second=50")
    assert (refused.status, refused.json()["code"]) == (400, "bad-request")


def test_the_zooms_are_those_that_are_measured() -> None:
    assert tracks.ZOOMS_PER_SECOND == ZOOMS_PER_SECOND


async def test_a_measured_length_is_exact(site: Website) -> None:
    site.library.tracks[TrackId("a")] = track("a", frames=SampleCount(48_000 * 2 + 6), cover_blob="c")
    found = (await site.request("GET", "/api/tracks", cookie=await site.guest())).json()["tracks"]
    assert [(each["length"], each["has_cover"]) for each in found] == [(2_000_125, True)]  # type: ignore[attr-defined]  # JSON


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "limit=1_0", "offset=-1", "limit=" + "9" * 30])
async def test_numbers_beyond_their_range_are_refused(site: Website, query: str) -> None:
    answer = await site.request("GET", f"/api/tracks?{query}", cookie=await site.guest())
    assert (answer.status, answer.json()["code"]) == (400, "bad-request")


async def test_a_queue_looks_its_tracks_up(site: Website) -> None:
    fill(site)
    cookie = await site.guest()
    body = {"tracks": ["star", "n0ne", "../etc", "m00n"]}
    answer = await site.request("POST", "/api/tracks/lookup", cookie=cookie, json=body)
    assert [each["track"] for each in answer.json()["tracks"]] == ["star", "m00n"]  # type: ignore[attr-defined]  # JSON
    too_many = await site.request("POST", "/api/tracks/lookup", cookie=cookie, json={"tracks": ["a"] * 501})
    assert (too_many.status, too_many.json()["code"]) == (400, "bad-request")


async def test_strangers_without_an_identity_see_nothing(site: Website) -> None:
    fill(site)
    assert (await site.request("GET", "/api/tracks")).status == 401
    assert (await site.request("POST", "/api/tracks/lookup", json={"tracks": ["star"]})).status == 401


@pytest.fixture
async def members_only(tmp_path: Path) -> AsyncIterator[Website]:
    async with running_website(tmp_path, library_access="members") as running:
        yield running


async def test_the_library_may_be_open_to_those_inside_a_room_only(members_only: Website) -> None:
    room = await members_only.room()
    cookie = await members_only.guest()
    outside = await members_only.request("GET", "/api/tracks", cookie=cookie)
    assert (outside.status, outside.json()["code"]) == (403, "not-allowed")
    async with members_only.client(cookie) as client:
        await client.send(Enter(room))
        await client.receive()
        assert (await members_only.request("GET", "/api/tracks", cookie=cookie)).status == 200


async def test_pictures_and_waveforms_are_kept_for_good(site: Website, tmp_path: Path) -> None:
    fill(site)
    (tmp_path / "cover").write_bytes(b"picture")
    (tmp_path / "peaks").write_bytes(bytes(60))
    site.library.covers[TrackId("star")] = SegmentFile(tmp_path / "cover", "image/jpeg", "abc")
    site.library.waveforms[TrackId("star")] = SegmentFile(tmp_path / "peaks", "application/octet-stream", "def")
    cover = await site.request("GET", "/api/tracks/star/cover")
    assert (cover.status, cover.body, cover.headers["content-type"]) == (200, b"picture", "image/jpeg")
    assert "immutable" in cover.headers["cache-control"]
    again = await site.request("GET", "/api/tracks/star/cover", If_None_Match=cover.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    peaks = await site.request("GET", "/api/tracks/star/peaks")
    assert (peaks.status, len(peaks.body)) == (200, 60)


async def test_what_is_not_there_yet_is_not_kept(site: Website, tmp_path: Path) -> None:
    fill(site)
    site.library.covers[TrackId("star")] = SegmentFile(tmp_path / "evicted", "image/jpeg", "abc")
    for target in (
        "/api/tracks/m00n/cover",
        "/api/tracks/m00n/peaks",
        "/api/tracks/star/cover",
        "/api/tracks/n0ne/cover",
    ):
        answer = await site.request("GET", target)
        assert answer.status == 404, target
        assert answer.headers["cache-control"] == "no-store"
