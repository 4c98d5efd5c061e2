"""What every room store promises."""

from dataclasses import replace

import pytest
import trio

from hathor_rt.ids import PrincipalId, RoomId
from hathor_rt.refusals import UnknownRoom
from hathor_rt.storage.ports import Conflict, RoomChanges, Standing, Storage
from sync.units import Micros
from tests.conformance.records import ALICE, BOB, ROOM, invite, membership, room


class RecordSuite:
    """Rooms themselves."""

    async def test_a_room_is_kept_with_its_first_invite(self, storage: Storage) -> None:
        await storage.rooms.create(room(), invite("t1", expires_utc=Micros(9)))
        assert await storage.rooms.get(ROOM) == room()
        assert await storage.rooms.invite("t1") == invite("t1", expires_utc=Micros(9))

    async def test_an_unknown_room_is_none(self, storage: Storage) -> None:
        assert await storage.rooms.get(ROOM) is None
        assert await storage.rooms.invite("nothing") is None
        assert await storage.rooms.member(ROOM, ALICE) is None

    async def test_a_taken_room_code_changes_nothing(self, storage: Storage) -> None:
        await storage.rooms.create(room(), invite("t1"))
        with pytest.raises(Conflict):
            await storage.rooms.create(room(name="Another"), invite("t2"))
        assert await storage.rooms.invite("t2") is None

    async def test_a_taken_token_changes_nothing(self, storage: Storage) -> None:
        await storage.rooms.create(room(), invite("t1"))
        with pytest.raises(Conflict):
            await storage.rooms.create(room("room2"), invite("t1", "room2"))
        assert await storage.rooms.get(RoomId("room2")) is None

    async def test_an_invite_for_another_room_is_refused(self, storage: Storage) -> None:
        with pytest.raises(Conflict):
            await storage.rooms.create(room(), invite("t1", "elsewhere"))
        assert await storage.rooms.get(ROOM) is None

    async def test_only_what_is_said_is_changed(self, storage: Storage) -> None:
        await storage.rooms.create(room(), invite("t1"))
        changed = room()
        for changes, values in (
            (RoomChanges(name="Other"), {"name": "Other"}),
            (RoomChanges(guests_edit=True), {"guests_edit": True}),
            (RoomChanges(guests_control=not changed.guests_control), {"guests_control": not changed.guests_control}),
            (RoomChanges(), {}),
            (RoomChanges(name="", guests_edit=False), {"name": "", "guests_edit": False}),
        ):
            changed = replace(changed, **values)
            assert await storage.rooms.change(ROOM, changes) == changed
            assert await storage.rooms.get(ROOM) == changed

    async def test_changes_at_once_are_all_kept(self, storage: Storage) -> None:
        await storage.rooms.create(room(), invite("t1"))
        async with trio.open_nursery() as nursery:
            for changes in (
                RoomChanges(name="Other"),
                RoomChanges(guests_edit=True),
                RoomChanges(guests_control=False),
            ):
                nursery.start_soon(storage.rooms.change, ROOM, changes)
        changed = replace(room(), name="Other", guests_edit=True, guests_control=False)
        assert await storage.rooms.get(ROOM) == changed

    async def test_an_unknown_room_is_not_changed_into_being(self, storage: Storage) -> None:
        for changes in (RoomChanges(name="Other"), RoomChanges()):
            with pytest.raises(UnknownRoom):
                await storage.rooms.change(ROOM, changes)
        assert await storage.rooms.get(ROOM) is None


class MemberSuite:
    """Members and the rooms they see."""

    async def test_a_membership_is_inserted_and_replaced(self, storage: Storage) -> None:
        await storage.rooms.create(room(), invite("t1"))
        await storage.rooms.save_member(membership(ROOM, BOB, 5))
        await storage.rooms.save_member(membership(ROOM, BOB, 9, is_kicked=True, role="dj"))
        assert await storage.rooms.member(ROOM, BOB) == membership(ROOM, BOB, 9, is_kicked=True, role="dj")

    async def test_members_come_most_recently_seen_first(self, storage: Storage) -> None:
        await storage.rooms.create(room(), invite("t1"))
        await storage.rooms.save_member(membership(ROOM, ALICE, 5))
        await storage.rooms.save_member(membership(ROOM, BOB, 9))
        assert [each.principal for each in await storage.rooms.members(ROOM)] == [BOB, ALICE]

    async def test_who_stands_at_the_door_is_told_in_one_answer(self, storage: Storage) -> None:
        await storage.rooms.create(room(), invite("token"))
        await storage.rooms.save_member(membership(ROOM, ALICE, 5))
        known = await storage.rooms.standing(ROOM, ALICE, "token")
        assert known == Standing(room(), membership(ROOM, ALICE, 5), invite("token"))
        assert await storage.rooms.standing(ROOM, BOB, "") == Standing(room(), None, None)
        assert await storage.rooms.standing(RoomId("other"), ALICE, "token") == Standing(None, None, invite("token"))
        assert await storage.rooms.standing(ROOM, PrincipalId(""), "unknown") == Standing(room(), None, None)

    async def test_nobody_is_a_member_of_no_room(self, storage: Storage) -> None:
        with pytest.raises(Conflict):
            await storage.rooms.save_member(membership(ROOM, BOB, 5))
        assert await storage.rooms.member(ROOM, BOB) is None

    async def test_own_rooms_come_by_last_visit_then_listed_ones(self, storage: Storage) -> None:
        rooms: dict[str, dict[str, object]] = {
            "demo": {"owner": ALICE, "is_listed": True, "created_utc": Micros(1)},
            "lobby": {"owner": ALICE, "is_listed": True, "created_utc": Micros(2)},
            "own": {"owner": BOB, "created_utc": Micros(50)},
            "entered": {"owner": ALICE},
            "visited": {"owner": ALICE},
            "kicked": {"owner": ALICE},
            "foreign": {"owner": ALICE},
        }
        for name, changes in rooms.items():
            await storage.rooms.create(room(name, **changes), invite(f"t-{name}", name))
        await storage.rooms.save_member(membership("entered", BOB, 40))
        await storage.rooms.save_member(membership("visited", BOB, 60))
        await storage.rooms.save_member(membership("kicked", BOB, 90, is_kicked=True))
        await storage.rooms.save_member(membership("lobby", BOB, 30))
        await storage.rooms.save_member(membership("foreign", ALICE, 99))
        found = [record.room for record in await storage.rooms.of_principal(BOB)]
        assert found == ["visited", "own", "entered", "lobby", "demo"]


class InviteSuite:
    """Capability links."""

    async def test_replacing_revokes_all_former_invites(self, storage: Storage) -> None:
        await storage.rooms.create(room(), invite("t1"))
        await storage.rooms.create(room("room2"), invite("u1", "room2"))
        await storage.rooms.replace_invites(ROOM, invite("t2"))
        await storage.rooms.replace_invites(ROOM, invite("t3"))
        kept = [(each.token, each.is_revoked) for each in await storage.rooms.invites(ROOM)]
        assert kept == [("t1", True), ("t2", True), ("t3", False)]
        other = await storage.rooms.invite("u1")
        assert other is not None
        assert not other.is_revoked

    @pytest.mark.parametrize(("token", "of"), [("t1", "room1"), ("u1", "room1"), ("t2", "room2")])
    async def test_a_failed_replacement_revokes_nothing(self, storage: Storage, token: str, of: str) -> None:
        await storage.rooms.create(room(), invite("t1"))
        await storage.rooms.create(room("room2"), invite("u1", "room2"))
        with pytest.raises(Conflict):
            await storage.rooms.replace_invites(ROOM, invite(token, of))
        assert list(await storage.rooms.invites(ROOM)) == [invite("t1")]

    async def test_no_invite_without_a_room(self, storage: Storage) -> None:
        with pytest.raises(Conflict):
            await storage.rooms.replace_invites(ROOM, invite("t1"))


class RoomSuite(RecordSuite, MemberSuite, InviteSuite):
    """All of it."""
