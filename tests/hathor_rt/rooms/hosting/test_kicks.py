"""Asked to leave is out, whatever else happens at that moment."""

from contextlib import suppress

import pytest
import trio
import trio.lowlevel
from trio.testing import MockClock

from hathor_rt.ids import DocumentName, PrincipalId
from hathor_rt.refusals import (
    Kicked,
    StorageDown,
)
from hathor_rt.storage.memory.opening import open_memory
from hathor_rt.storage.ports import Membership
from sync.units import Micros
from sync.wire.frames import Left
from tests.fakes.room_page import enter
from tests.fakes.rooms_world import RememberingOutlet
from tests.fakes.running_rooms import friday, running_rooms, visitor
from tests.fakes.storage import faulty

HANA, GABE, SAM = PrincipalId("hana"), PrincipalId("gabe"), PrincipalId("sam")


async def test_a_kick_holds_although_its_room_fails_meanwhile(autojump_clock: MockClock) -> None:
    storage, faults = faulty(open_memory(seed=1))
    async with running_rooms(storage=storage) as world:
        record, token = await friday(world)
        guest = await enter(world, record.room, "gabe", token)
        host = await enter(world, record.room, "hana")
        await host.open()
        faults.fail_next(StorageDown("the disk sleeps"), "documents.append")
        await host.add("e1")
        await world.rooms.kick(record.room, HANA, GABE)
        await trio.sleep(1)
        assert len(guest.outlet.endings) + len(guest.outlet.of(Left)) > 0
        with pytest.raises(Kicked):
            await enter(world, record.room, "gabe", token)


async def test_who_was_let_in_at_the_door_while_being_kicked_is_out_as_well(autojump_clock: MockClock) -> None:
    storage, faults = faulty(open_memory(seed=1))
    async with running_rooms(storage=storage) as world:
        record, token = await friday(world)
        await enter(world, record.room, "hana")
        await world.rooms.enter(record.room, visitor("gabe"), RememberingOutlet("cgabe"), invite=token, sound=True)
        for delay in (0.1, 0.25, 0.35, 0.45):
            await world.storage.rooms.save_member(Membership(record.room, GABE, "guest", False, Micros(0)))
            outlet = RememberingOutlet("cgabe2")
            faults.delay_seconds = 0.1

            async def come(door: RememberingOutlet = outlet) -> None:
                with suppress(Kicked):
                    await world.rooms.enter(record.room, visitor("gabe", "cgabe2"), door, invite="", sound=True)

            async with trio.open_nursery() as nursery:
                nursery.start_soon(come)
                await trio.sleep(delay - 0.2 if delay > 0.2 else 0.0)
                await world.rooms.kick(record.room, HANA, GABE)
            faults.delay_seconds = 0
            await trio.sleep(1)
            with pytest.raises(Kicked):
                await world.rooms.card(record.room, GABE, token)
            opened = world.directory.find(record.room)
            assert opened is not None
            assert opened.core.attendance.connections_of(GABE) == ()


async def test_who_was_asked_to_leave_does_not_come_back_to_a_document_of_the_room(autojump_clock: MockClock) -> None:
    async with running_rooms() as world:
        record, _ = await friday(world)
        queue = DocumentName(f"queue:{record.room}")
        outlet = RememberingOutlet("cgabe")
        await world.rooms.follow(queue, visitor("gabe"), outlet, "guest")
        await world.rooms.kick(record.room, HANA, GABE)
        assert (await outlet.wait_for(Left)).code == "kicked"
        with pytest.raises(Kicked):
            await world.rooms.follow(queue, visitor("gabe"), RememberingOutlet("cgabe"), "guest")


async def test_who_was_on_the_way_to_a_document_while_being_kicked_is_out_as_well(autojump_clock: MockClock) -> None:
    storage, faults = faulty(open_memory(seed=1))
    async with running_rooms(storage=storage) as world:
        record, _ = await friday(world)
        await enter(world, record.room, "hana")
        for delay in (0.0, 0.05, 0.15):
            await world.storage.rooms.save_member(Membership(record.room, GABE, "guest", False, Micros(0)))
            outlet = RememberingOutlet("cgabe")
            faults.delay_seconds = 0.1

            async def come(door: RememberingOutlet = outlet) -> None:
                with suppress(Kicked):
                    await world.rooms.follow(DocumentName(f"queue:{record.room}"), visitor("gabe"), door, "guest")

            async with trio.open_nursery() as nursery:
                nursery.start_soon(world.rooms.kick, record.room, HANA, GABE)
                await trio.sleep(delay)
                nursery.start_soon(come)
            faults.delay_seconds = 0
            opened = world.directory.find(record.room)
            assert opened is not None
            assert not opened.core.sits(visitor("gabe").connection)
