import pytest

from hathor_rt.ids import PrincipalId, TrackId
from tests.fakes.website import Website
from web.http.stems import SEPARATIONS_PER_MINUTE


async def listener(site: Website) -> tuple[str, str]:
    """The cookie of someone who may hear the track ``star`` in a room, and where its stems are."""
    cookie, room = await site.guest(), await site.room()
    principal = (await site.request("GET", "/api/session", cookie=cookie)).json()["principal"]
    site.rooms.audible.add((room, PrincipalId(str(principal)), TrackId("star")))
    return cookie, f"/api/stems/star?room={room}"


async def test_a_listener_asks_for_stems_and_is_told_how_far_they_are(site: Website) -> None:
    cookie, target = await listener(site)
    before = await site.request("GET", target, cookie=cookie)
    assert (before.status, before.headers["cache-control"]) == (200, "no-store")
    assert before.json() == {
        "track": "star", "model": "tiny", "origin": "ours", "state": "none", "progress": 0.0, "stems": [], "ready": 0,
        "code": "", "reason": "",
    }  # fmt: skip
    assert site.stems.asked == []
    asked = await site.request("POST", target, cookie=cookie)
    assert (asked.status, asked.json()["state"]) == (200, "running")
    assert (await site.request("GET", target, cookie=cookie)).json()["progress"] == 0.5
    assert site.stems.asked == ["star"]
    assert (await site.request("DELETE", target, cookie=cookie)).json()["state"] == "none"
    assert site.stems.asked == []


async def test_nobody_else_does(site: Website) -> None:
    cookie, target = await listener(site)
    for method in ("GET", "POST", "DELETE"):
        for who, where in ((await site.guest(), target), (cookie, target.replace("star", "0ther"))):
            answer = await site.request(method, where, cookie=who)
            assert (answer.status, answer.json()["code"]) == (403, "not-allowed")
    assert (await site.request("POST", target)).status == 401
    assert site.stems.asked == []


async def test_one_person_asks_for_so_many_a_minute(site: Website) -> None:
    cookie, target = await listener(site)
    for _ in range(SEPARATIONS_PER_MINUTE):
        assert (await site.request("POST", target, cookie=cookie)).status == 200
    refused = await site.request("POST", target, cookie=cookie)
    assert (refused.status, refused.json()["code"]) == (429, "too-many")
    # Looking is free, and others have a minute of their own.
    assert (await site.request("GET", target, cookie=cookie)).status == 200
    other, its_target = await listener(site)
    assert (await site.request("POST", its_target, cookie=other)).status == 200


@pytest.mark.parametrize(
    ("target", "code"), [("/api/stems/star", "unknown-room"), ("/api/stems/STAR?room=r00m", "unknown-track")]
)
async def test_what_is_asked_wrongly_is_refused(site: Website, target: str, code: str) -> None:
    cookie = await site.guest()
    for method in ("GET", "POST", "DELETE"):
        assert (await site.request(method, target, cookie=cookie)).json()["code"] == code
