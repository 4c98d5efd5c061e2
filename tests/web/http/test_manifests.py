import pytest

from hathor_rt.ids import PrincipalId, TrackId
from hathor_rt.refusals import DamagedFile, NotSeparated
from media.bend import PLAIN, Bend
from media.rendition import OPUS_KILOBITS
from sync.timeline.vibe import Vibe
from tests.fakes.website import Website
from web.http.manifests import BENDS_PER_MINUTE


async def listener(site: Website) -> tuple[str, str]:
    """The cookie of someone who may hear the track ``star`` in a room, and the room."""
    cookie, room = await site.guest(), await site.room()
    principal = (await site.request("GET", "/api/session", cookie=cookie)).json()["principal"]
    site.rooms.audible.add((room, PrincipalId(str(principal)), TrackId("star")))
    return cookie, room


async def test_a_listener_is_told_where_the_sound_is(site: Website) -> None:
    cookie, room = await listener(site)
    answer = await site.request("GET", f"/api/manifests/star?room={room}&codec=flac&near=96000", cookie=cookie)
    body = answer.json()
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    assert (body["track"], body["codec"], body["segment_frames"]) == ("star", "flac", 24_000)
    assert site.delivery.asked == [("star", "flac", 96_000)]


async def test_opus_from_the_beginning_is_what_is_not_said(site: Website) -> None:
    cookie, room = await listener(site)
    await site.request("GET", f"/api/manifests/star?room={room}", cookie=cookie)
    assert site.delivery.asked == [("star", "opus", 0)]


@pytest.mark.parametrize("kilobits", OPUS_KILOBITS)
async def test_every_rung_of_opus_can_be_asked_for(site: Website, kilobits: int) -> None:
    cookie, room = await listener(site)
    await site.request("GET", f"/api/manifests/star?room={room}&kilobits={kilobits}", cookie=cookie)
    await site.request("GET", f"/api/manifests/star?room={room}", cookie=cookie)
    assert site.delivery.rates == [kilobits, 160]


async def test_tempo_pitch_and_formants_are_asked_for_with_it(site: Website) -> None:
    cookie, room = await listener(site)
    await site.request("GET", f"/api/manifests/star?room={room}&tempo=800&pitch=-350&formants=1", cookie=cookie)
    await site.request("GET", f"/api/manifests/star?room={room}", cookie=cookie)
    assert site.delivery.bends == [Bend(800, -350, keeps_formants=True), PLAIN]


async def test_a_stem_is_asked_for_with_it(site: Website) -> None:
    cookie, room = await listener(site)
    await site.request("GET", f"/api/manifests/star?room={room}&stem=vocals&tempo=800", cookie=cookie)
    await site.request("GET", f"/api/manifests/star?room={room}", cookie=cookie)
    assert site.delivery.stems == ["vocals", ""]
    site.delivery.refuses = NotSeparated("ask for them first")
    refused = await site.request("GET", f"/api/manifests/star?room={room}&stem=vocals", cookie=cookie)
    assert (refused.status, refused.json()["code"]) == (409, "not-separated")


async def test_one_person_bends_so_many_tracks_a_minute(site: Website) -> None:
    cookie, room = await listener(site)
    target = f"/api/manifests/star?room={room}"
    answers = [await site.request("GET", f"{target}&tempo={500 + number}", cookie=cookie) for number in range(60)]
    assert len(answers) == BENDS_PER_MINUTE
    assert {answer.status for answer in answers} == {200}
    # Each second gives one back: on a slow machine some more are answered first.
    refused = answers[-1]
    for number in range(9 * BENDS_PER_MINUTE):
        refused = await site.request("GET", f"{target}&tempo={900 + number}", cookie=cookie)
        if refused.status != 200:
            break
    assert (refused.status, refused.json()["code"]) == (429, "too-many")
    assert refused.headers["retry-after"] == "10"
    # The recording as it is can always be heard, and others have a minute of their own.
    assert (await site.request("GET", target, cookie=cookie)).status == 200
    other, its_room = await listener(site)
    answer = await site.request("GET", f"/api/manifests/star?room={its_room}&tempo=900", cookie=other)
    assert answer.status == 200


async def test_what_the_room_itself_sounds_like_is_not_counted(site: Website) -> None:
    cookie, room = await listener(site)
    site.rooms.vibe = Vibe(900, 0, True)
    for _ in range(BENDS_PER_MINUTE + 20):
        answer = await site.request("GET", f"/api/manifests/star?room={room}&tempo=900", cookie=cookie)
        assert answer.status == 200


async def test_nobody_else_is(site: Website) -> None:
    cookie, room = await listener(site)
    for who, target in (
        (await site.guest(), f"/api/manifests/star?room={room}"),
        (cookie, f"/api/manifests/0ther?room={room}"),
    ):
        answer = await site.request("GET", target, cookie=who)
        assert (answer.status, answer.json()["code"]) == (403, "not-allowed")
    assert (await site.request("GET", f"/api/manifests/star?room={room}")).status == 401
    assert site.delivery.asked == []


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("/api/manifests/star", "unknown-room"),
        ("/api/manifests/STAR?room=r00m", "unknown-track"),
        ("/api/manifests/star?room=r00m&codec=mp3", "bad-request"),
        ("/api/manifests/star?room=r00m&near=-5", "bad-request"),
        ("/api/manifests/star?room=r00m&kilobits=128", "bad-request"),
        ("/api/manifests/star?room=r00m&kilobits=47", "bad-request"),
        ("/api/manifests/star?room=r00m&tempo=499", "bad-request"),
        ("/api/manifests/star?room=r00m&tempo=2001", "bad-request"),
        ("/api/manifests/star?room=r00m&tempo=0.8", "bad-request"),
        ("/api/manifests/star?room=r00m&pitch=1201", "bad-request"),
        ("/api/manifests/star?room=r00m&pitch=-1201", "bad-request"),
        ("/api/manifests/star?room=r00m&formants=yes", "bad-request"),
    ],
)
async def test_what_is_asked_wrongly_is_refused(site: Website, target: str, code: str) -> None:
    answer = await site.request("GET", target, cookie=await site.guest())
    assert answer.json()["code"] == code


async def test_a_damaged_file_is_told(site: Website) -> None:
    cookie, room = await listener(site)
    site.delivery.refuses = DamagedFile("it is no sound")
    answer = await site.request("GET", f"/api/manifests/star?room={room}", cookie=cookie)
    assert (answer.status, answer.json()) == (422, {"code": "damaged-file", "reason": "it is no sound"})
