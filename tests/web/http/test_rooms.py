from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hathor_rt.ids import PrincipalId, RoomId
from hathor_rt.storage.ports import Invite
from tests.fakes.website import Website, running_website


@pytest.fixture
async def closed(tmp_path: Path) -> AsyncIterator[Website]:
    """An instance that is entered by invitation."""
    async with running_website(tmp_path, instance_access="invite") as running:
        yield running


async def own_room(site: Website, name: str = "Friday") -> tuple[str, RoomId, str]:
    """Its owner's cookie, the room, its invite."""
    cookie = await site.guest()
    person = (await site.request("GET", "/api/session", cookie=cookie)).json()["principal"]
    record, invite = await site.rooms.create(PrincipalId(str(person)), name)
    await site.storage.rooms.create(record, invite)
    return cookie, record.room, invite.token


async def test_a_room_is_made_with_its_link(site: Website) -> None:
    answer = await site.request("POST", "/api/rooms", cookie=await site.guest(), json={"name": "Friday"})
    body = answer.json()
    assert answer.status == 200
    assert body["name"] == "Friday"
    assert body["link"] == f"http://127.0.0.1:{site.port}/r/{body['room']}?i={body['invite']}"


async def test_a_room_needs_a_maker_and_a_name(site: Website) -> None:
    assert (await site.request("POST", "/api/rooms", json={"name": "Friday"})).status == 401
    refused = await site.request("POST", "/api/rooms", cookie=await site.guest(), json={"name": " "})
    assert (refused.status, refused.json()["code"]) == (422, "bad-name")


async def test_room_creation_may_be_closed(tmp_path: Path) -> None:
    async with running_website(tmp_path, room_creation="nobody") as site:
        answer = await site.request("POST", "/api/rooms", cookie=await site.guest(), json={"name": "Friday"})
        assert (answer.status, answer.json()["code"]) == (403, "not-allowed")


async def test_ones_own_and_the_listed_rooms_are_listed(site: Website) -> None:
    cookie, room, _ = await own_room(site)
    listed = await site.room()
    rooms = (await site.request("GET", "/api/rooms", cookie=cookie)).json()["rooms"]
    assert rooms == [
        {"room": room, "name": "Friday", "is_private": False, "is_listed": False},
        {"room": listed, "name": "A room", "is_private": False, "is_listed": True},
    ]


async def test_the_personal_session_is_always_the_same(site: Website) -> None:
    cookie = await site.guest()
    first, second = [await site.request("POST", "/api/rooms/mine", cookie=cookie) for _ in range(2)]
    assert first.status == 200
    assert first.json() == second.json()


async def test_a_room_is_described_before_one_enters(site: Website) -> None:
    _, room, _ = await own_room(site)
    body = (await site.request("GET", f"/api/rooms/{room}")).json()
    assert body == {
        "room": room, "name": "Friday", "listeners": 0, "participants": 0, "track": None, "is_playing": False,
        "guests_control": False, "guests_edit": False, "people": [],
    }  # fmt: skip


@pytest.mark.parametrize("room", ["n0ne", "ROOM", "..", "a" * 40])
async def test_what_is_no_room_is_unknown(site: Website, room: str) -> None:
    answer = await site.request("GET", f"/api/rooms/{room}")
    assert answer.status == 404


async def test_a_host_changes_what_is_named_and_nothing_else(site: Website) -> None:
    cookie, room, _ = await own_room(site)
    answer = await site.request("PATCH", f"/api/rooms/{room}", cookie=cookie, json={"guests_control": True})
    assert (answer.status, answer.json()["name"]) == (200, "Friday")
    assert site.rooms.records[room].guests_control
    assert not site.rooms.records[room].guests_edit
    await site.request("PATCH", f"/api/rooms/{room}", cookie=cookie, json={"name": "Saturday"})
    assert site.rooms.records[room].name == "Saturday"
    assert site.rooms.records[room].guests_control


async def test_nobody_else_changes_a_room_and_nothing_else_can_be_changed(site: Website) -> None:
    cookie, room, _ = await own_room(site)
    stranger = await site.request("PATCH", f"/api/rooms/{room}", cookie=await site.guest(), json={"name": "Mine"})
    assert (stranger.status, stranger.json()["code"]) == (403, "not-allowed")
    for body in ({"owner": "me"}, {"is_listed": True}, {"guests_edit": 1}):
        answer = await site.request("PATCH", f"/api/rooms/{room}", cookie=cookie, json=body)
        assert answer.status == 400


async def test_the_link_is_shown_to_its_host_and_can_be_replaced(site: Website) -> None:
    cookie, room, token = await own_room(site)
    shown = (await site.request("GET", f"/api/rooms/{room}/invite", cookie=cookie)).json()
    assert shown == {"link": f"http://127.0.0.1:{site.port}/r/{room}?i={token}", "token": token}
    fresh = (await site.request("POST", f"/api/rooms/{room}/invite", cookie=cookie)).json()
    assert fresh["token"] != token
    assert (await site.request("GET", f"/api/rooms/{room}/invite", cookie=await site.guest())).status == 403


async def test_the_link_is_drawn_as_a_code(site: Website) -> None:
    _, room, token = await own_room(site)
    answer = await site.request("GET", f"/api/rooms/{room}/qr.svg?i={token}")
    assert answer.status == 200
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.body.startswith(b"<?xml") or b"<svg" in answer.body
    assert (await site.request("GET", "/api/rooms/n0ne/qr.svg")).status == 404


async def test_a_host_asks_someone_to_leave(site: Website) -> None:
    cookie, room, _ = await own_room(site)
    answer = await site.request("POST", f"/api/rooms/{room}/kick", cookie=cookie, json={"principal": "abc"})
    assert (answer.status, answer.json()) == (200, {})
    assert site.rooms.kicked == [(room, "abc")]
    bad = await site.request("POST", f"/api/rooms/{room}/kick", cookie=cookie, json={"principal": "../x"})
    assert bad.status == 400


async def test_strangers_need_an_invitation_where_it_is_asked_for(closed: Website) -> None:
    _, room, _ = await own_room(closed)
    stranger = await closed.guest()
    for method, target, body in (
        ("POST", "/api/rooms", {"name": "x"}),
        ("POST", "/api/rooms/mine", None),
        ("GET", f"/api/rooms/{room}", None),
        ("GET", f"/api/rooms/{room}?i=forged", None),
        ("GET", f"/api/rooms/{room}/qr.svg", None),
    ):
        answer = await closed.request(method, target, cookie=stranger, json=body)
        assert (answer.status, answer.json()["code"]) == (403, "invite-required"), target


async def test_a_rooms_invite_admits_to_the_instance_as_well(closed: Website) -> None:
    _, room, token = await own_room(closed)
    stranger = await closed.guest()
    answer = await closed.request("GET", f"/api/rooms/{room}?i={token}", cookie=stranger)
    assert answer.status == 200
    admitted = answer.headers["set-cookie"].partition(";")[0]
    assert (await closed.request("POST", "/api/rooms", cookie=admitted, json={"name": "x"})).status == 200
    # The invite makes a guest of someone without a cookie, too.
    assert "set-cookie" in (await closed.request("GET", f"/api/rooms/{room}?i={token}")).headers


async def test_an_invite_that_was_replaced_admits_nobody(closed: Website) -> None:
    _, room, token = await own_room(closed)
    await closed.storage.rooms.replace_invites(room, Invite("fresh", room, "guest", None, is_revoked=False))
    answer = await closed.request("GET", f"/api/rooms/{room}?i={token}", cookie=await closed.guest())
    assert answer.status == 403
    assert "set-cookie" not in answer.headers


async def test_listed_rooms_are_not_shown_to_strangers_of_a_closed_instance(closed: Website) -> None:
    await closed.room()
    assert (await closed.request("GET", "/api/rooms", cookie=await closed.guest())).json() == {"rooms": []}
