from pathlib import Path

from hathor_rt.ids import PrincipalId
from tests.fakes.website import running_website


async def test_a_stranger_is_told_what_this_server_is(tmp_path: Path) -> None:
    async with running_website(tmp_path) as site:
        body = (await site.request("GET", "/api/instance")).json()
    assert body["name"] == "Hathor RT"
    assert (body["demo_room"], body["may_create_rooms"], body["needs_invite"], body["https_url"]) == (
        "",
        True,
        False,
        "",
    )
    assert set(body) == {
        "name", "version", "demo_room", "may_create_rooms", "may_upload",
        "upload_file_bytes", "needs_invite", "https_url",
    }  # fmt: skip


async def test_the_demo_room_is_the_listed_one(tmp_path: Path) -> None:
    async with running_website(tmp_path) as site:
        record, invite = await site.rooms.create(PrincipalId("0wner"), "Demo", is_listed=True)
        await site.storage.rooms.create(record, invite)
        assert (await site.request("GET", "/api/instance")).json()["demo_room"] == record.room


async def test_a_closed_instance_shows_strangers_nothing_but_its_door(tmp_path: Path) -> None:
    async with running_website(tmp_path, instance_access="invite") as site:
        record, invite = await site.rooms.create(PrincipalId("0wner"), "Demo", is_listed=True)
        await site.storage.rooms.create(record, invite)
        stranger = (await site.request("GET", "/api/instance", cookie=await site.guest())).json()
        assert (stranger["demo_room"], stranger["may_create_rooms"], stranger["needs_invite"]) == ("", False, True)
        assert site.serving is not None
        answer = await site.request("GET", f"/?k={site.serving.invite}")
        admitted = answer.headers["set-cookie"].partition(";")[0]
        member = (await site.request("GET", "/api/instance", cookie=admitted)).json()
        assert (member["demo_room"], member["may_create_rooms"], member["needs_invite"]) == (record.room, True, False)
