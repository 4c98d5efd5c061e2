"""The rooms service: who gets in, who may decide, and what is durable when it answers."""

from dataclasses import replace
from typing import cast

import pytest
import trio
import trio.lowlevel
from trio.testing import MockClock

from hathor_rt.ids import PrincipalId, RoomId, TrackId
from hathor_rt.refusals import (
    BadName,
    InviteExpired,
    InviteRequired,
    RoomFull,
    UnknownRoom,
)
from hathor_rt.rooms.hosting import checked_name
from hathor_rt.storage.memory.opening import open_memory
from hathor_rt.storage.ports import Invite, Membership, RoomChanges, RoomRecord, RoomStore
from sync.refusal import NotAllowed, Refusal
from sync.units import Micros
from sync.wire.frames import Entered, People, Play
from tests.fakes.room_page import enter
from tests.fakes.running_rooms import SETTINGS, friday, running_rooms
from tests.fakes.storage import faulty

HANA, GABE, SAM = PrincipalId("hana"), PrincipalId("gabe"), PrincipalId("sam")
SERVER = PrincipalId("")


# ── making and finding ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_new_room_belongs_to_its_maker_and_has_a_link(autojump_clock: MockClock) -> None:
    async with running_rooms() as world:
        record, token = await friday(world)
        assert (record.name, record.owner, record.guests_control, record.guests_edit) == (
            "Friday night",
            HANA,
            False,
            False,
        )
        assert (await world.rooms.invite(record.room, HANA)).token == token
        assert [each.room for each in await world.rooms.mine(HANA)] == [record.room]


async def test_in_a_listed_room_of_the_server_everybody_controls_and_edits(autojump_clock: MockClock) -> None:
    async with running_rooms() as world:
        record, _ = await world.rooms.create(SERVER, "Demo", is_listed=True)
        assert record.guests_control
        assert record.guests_edit
        page = await enter(world, record.room, "gabe")
        assert set(page.outlet.of(Entered)[0].may) == {"add", "calibrate", "control", "edit-any", "edit-own", "vibe"}
        await world.rooms.add_tracks(record.room, GABE, [TrackId("t0")])
        await world.rooms.add_tracks(record.room, SERVER, [TrackId("t1")])
        with pytest.raises(NotAllowed):
            await world.rooms.kick(record.room, GABE, SAM)


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\x00b", "a\u202eb"])
async def test_bad_names_are_refused_for_new_rooms_and_old_ones(name: str, autojump_clock: MockClock) -> None:
    async with running_rooms() as world:
        with pytest.raises(BadName):
            await world.rooms.create(HANA, name)
        record, _ = await friday(world)
        with pytest.raises(BadName):
            await world.rooms.change(record.room, RoomChanges(name=name), HANA)


def test_names_are_trimmed_and_may_have_eighty_characters() -> None:
    assert checked_name(" a \t b ") == "a b"
    assert checked_name("x" * 80) == "x" * 80


async def test_a_session_is_made_once_and_is_nobody_elses_business(autojump_clock: MockClock) -> None:
    async with running_rooms() as world:
        session = await world.rooms.session(HANA)
        assert await world.rooms.session(HANA) == session
        assert session.is_private
        await enter(world, session.room, "hana")
        for refused in (
            world.rooms.card(session.room, GABE, ""),
            world.rooms.card(session.room, None, ""),
            world.rooms.invite(session.room, GABE),
            world.rooms.renew_invite(session.room, GABE),
            world.rooms.kick(session.room, GABE, HANA),
            world.rooms.change(session.room, RoomChanges(), GABE),
            world.rooms.add_tracks(session.room, GABE, [TrackId("t0")]),
        ):
            with pytest.raises(UnknownRoom):
                await refused
        with pytest.raises(UnknownRoom):
            await enter(world, session.room, "gabe", (await world.rooms.invite(session.room, HANA)).token)


async def test_two_devices_that_make_the_session_at_once_end_in_the_same_one(autojump_clock: MockClock) -> None:
    storage, faults = faulty(open_memory(seed=1))
    async with running_rooms(storage=storage) as world:
        faults.delay_seconds = 0.1
        found: list[RoomRecord] = []

        async def ask() -> None:
            found.append(await world.rooms.session(HANA))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask)
            nursery.start_soon(ask)
        assert found[0] == found[1] == await world.rooms.session(HANA)


async def test_a_card_tells_of_the_open_room_without_opening_it(autojump_clock: MockClock) -> None:
    async with running_rooms() as world:
        record, token = await friday(world)
        card = await world.rooms.card(record.room, GABE, token)
        assert (card.listeners, card.participants, card.track, card.is_playing) == (0, 0, None, False)
        assert card.people == ()
        assert world.directory.find(record.room) is None
        await world.rooms.add_tracks(record.room, HANA, [TrackId("t0")])
        host = await enter(world, record.room, "hana")
        await enter(world, record.room, "gabe", token, sound=False)
        await host.command(Play(), 1)
        await trio.sleep(2)
        card = await world.rooms.card(record.room, GABE, "")
        assert (card.listeners, card.participants, card.track, card.is_playing) == (1, 2, "t0", True)
        assert card.people == ("Hana", "Gabe")


async def test_a_card_names_eight_of_many(autojump_clock: MockClock) -> None:
    async with running_rooms() as world:
        record, token = await friday(world)
        for number in range(10):
            await enter(world, record.room, f"g{number}", token)
        card = await world.rooms.card(record.room, GABE, token)
        assert (len(card.people), card.participants) == (8, 10)


# ── entering ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_room_that_does_not_exist_is_entered_by_nobody(autojump_clock: MockClock) -> None:
    async with running_rooms() as world:
        for refused in (
            world.rooms.card(RoomId("nope"), HANA, ""),
            world.rooms.invite(RoomId("nope"), HANA),
            world.rooms.add_tracks(RoomId("nope"), HANA, []),
        ):
            with pytest.raises(UnknownRoom):
                await refused
        with pytest.raises(UnknownRoom):
            await enter(world, RoomId("nope"), "hana")


async def test_strangers_need_a_link_that_belongs_to_the_room_and_still_works(autojump_clock: MockClock) -> None:
    async with running_rooms() as world:
        record, token = await friday(world)
        other, foreign = await world.rooms.create(SAM, "Other")
        cases: list[tuple[str, type[Refusal]]] = [
            ("", InviteRequired),
            ("made-up", InviteRequired),
            (foreign.token, InviteRequired),
        ]
        for invite, refusal in cases:
            with pytest.raises(refusal):
                await enter(world, record.room, "gabe", invite)
            with pytest.raises(refusal):
                await world.rooms.card(record.room, GABE, invite)
        assert (await world.rooms.card(other.room, None, foreign.token)).record == other
        await world.rooms.renew_invite(record.room, HANA)
        with pytest.raises(InviteExpired):
            await enter(world, record.room, "gabe", token)


async def test_a_link_ends_at_its_time(autojump_clock: MockClock) -> None:
    async with running_rooms() as world:
        record, _ = await friday(world)
        ends = Micros(world.timebase.stamp().utc_at + 60_000_000)
        await world.storage.rooms.replace_invites(record.room, Invite("short", record.room, "guest", ends, False))
        await enter(world, record.room, "gabe", "short")
        await trio.sleep(60)
        with pytest.raises(InviteExpired):
            await enter(world, record.room, "sam", "short")


async def test_members_come_back_without_a_link(autojump_clock: MockClock) -> None:
    async with running_rooms() as world:
        record, token = await friday(world)
        first = await enter(world, record.room, "gabe", token)
        await first.seat.leave()
        await world.rooms.renew_invite(record.room, HANA)
        again = await enter(world, record.room, "gabe", connection="cgabe2")
        assert again.outlet.of(Entered)[0].role == "guest"


async def test_the_owner_is_host_and_listed_rooms_are_open_to_everybody(autojump_clock: MockClock) -> None:
    async with running_rooms() as world:
        record, _ = await world.rooms.create(HANA, "Open", is_listed=True)
        assert (await enter(world, record.room, "hana")).outlet.of(Entered)[0].role == "host"
        assert (await enter(world, record.room, "gabe")).outlet.of(Entered)[0].role == "guest"


async def test_who_finds_no_seat_is_a_member_all_the_same(autojump_clock: MockClock) -> None:
    settings = replace(SETTINGS, room_capacity=1)
    async with running_rooms(settings=settings) as world:
        record, token = await friday(world)
        host = await enter(world, record.room, "hana")
        with pytest.raises(RoomFull):
            await enter(world, record.room, "gabe", token)
        await host.seat.leave()
        await trio.sleep(0.1)
        await enter(world, record.room, "gabe")


# ── hosting ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_only_hosts_see_and_renew_the_link_change_the_room_and_ask_to_leave(autojump_clock: MockClock) -> None:
    async with running_rooms() as world:
        record, token = await friday(world)
        await enter(world, record.room, "gabe", token)
        for asker in (GABE, SAM):
            for refused in (
                world.rooms.invite(record.room, asker),
                world.rooms.renew_invite(record.room, asker),
                world.rooms.change(record.room, RoomChanges(guests_control=True), asker),
                world.rooms.kick(record.room, asker, HANA),
            ):
                with pytest.raises(NotAllowed):
                    await refused
        await world.storage.rooms.save_member(Membership(record.room, GABE, "host", False, Micros(0)))
        assert (await world.rooms.renew_invite(record.room, GABE)).token != token
        for victim in (HANA, GABE):
            with pytest.raises(NotAllowed):
                await world.rooms.kick(record.room, GABE, victim)


async def test_a_change_leaves_everything_else_as_it_is(autojump_clock: MockClock) -> None:
    async with running_rooms() as world:
        record, _ = await friday(world)
        changed = await world.rooms.change(record.room, RoomChanges(" New  name ", guests_edit=True), HANA)
        assert changed == replace(record, name="New name", guests_edit=True)
        assert await world.storage.rooms.get(record.room) == changed


async def test_a_change_is_told_to_those_inside_before_it_is_answered(autojump_clock: MockClock) -> None:
    async with running_rooms() as world:
        record, token = await friday(world)
        guest = await enter(world, record.room, "gabe", token)
        await world.rooms.change(record.room, RoomChanges(guests_control=True), HANA)
        await trio.lowlevel.checkpoint()
        assert "control" in guest.outlet.of(Entered)[-1].may


class LateAnswers:
    """A store that keeps a change at once and answers the later, the earlier it was asked."""

    def __init__(self, store: RoomStore) -> None:
        self._store = store
        self._seconds = 1.0

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    async def change(self, room: RoomId, changes: RoomChanges) -> RoomRecord:
        kept = await self._store.change(room, changes)
        self._seconds /= 2
        await trio.sleep(self._seconds)
        return kept


async def test_of_changes_at_once_none_is_lost_and_those_inside_end_with_what_is_kept(
    autojump_clock: MockClock,
) -> None:
    storage = open_memory(seed=1)
    late = replace(storage, rooms=cast("RoomStore", LateAnswers(storage.rooms)))
    async with running_rooms(storage=late) as world:
        record, token = await friday(world)
        guest = await enter(world, record.room, "gabe", token)
        opened = world.directory.find(record.room)
        assert opened is not None
        wishes = (RoomChanges(guests_control=True), RoomChanges("A"), RoomChanges(guests_edit=True), RoomChanges("B"))
        async with trio.open_nursery() as nursery:
            for wish in wishes:
                nursery.start_soon(world.rooms.change, record.room, wish, HANA)
        kept = await storage.rooms.get(record.room)
        assert kept is not None
        assert kept == replace(record, name=kept.name, guests_control=True, guests_edit=True)
        assert kept.name in ("A", "B")
        assert opened.core.record == kept
        assert {"control", "edit-any"} <= set(guest.outlet.of(Entered)[-1].may)


async def test_a_change_reaches_a_room_that_is_being_opened_meanwhile(autojump_clock: MockClock) -> None:
    storage, faults = faulty(open_memory(seed=1))
    async with running_rooms(storage=storage) as world:
        record, _ = await friday(world)
        faults.delay_seconds = 0.1
        async with trio.open_nursery() as nursery:
            nursery.start_soon(world.directory.open, record.room)
            # The room has read its record and still loads its documents.
            await trio.sleep(0.15)
            await world.rooms.change(record.room, RoomChanges(guests_edit=True), HANA)
        opened = await world.directory.open(record.room)
        assert opened.core.record.guests_edit


async def test_a_new_name_of_a_person_is_shown_in_open_rooms(autojump_clock: MockClock) -> None:
    async with running_rooms() as world:
        record, token = await friday(world)
        host = await enter(world, record.room, "hana")
        await enter(world, record.room, "gabe", token)
        await world.rooms.rename_principal(GABE, "Gabriel")
        await world.rooms.rename_principal(SAM, "Samuel")
        await trio.sleep(0.1)
        assert host.outlet.of(People)[-1].present[0].name == "Gabriel"


async def test_who_comes_back_in_a_moment_costs_no_write_and_later_is_seen_again(autojump_clock: MockClock) -> None:
    storage, faults = faulty(open_memory(seed=1))
    async with running_rooms(storage=storage) as world:
        record, token = await friday(world)
        for pause, writes in ((0, 1), (50, 0), (20, 1), (59, 0)):
            await trio.sleep(pause)
            faults.calls.clear()
            page = await enter(world, record.room, "gabe", token)
            assert faults.calls.count("rooms.save_member") == writes
            await page.seat.leave()
        member = await storage.rooms.member(record.room, GABE)
        assert member is not None
        assert world.timebase.stamp().utc_at - member.last_seen_utc == 59_000_000
