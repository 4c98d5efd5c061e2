"""Adding tracks through the rooms service, and who may hear them."""

from dataclasses import replace

import pytest
import trio
import trio.lowlevel
from trio.testing import MockClock

from hathor_rt.ids import DocumentName, PrincipalId, RoomId, TrackId
from hathor_rt.refusals import (
    StorageDown,
    UnknownTrack,
)
from hathor_rt.storage.memory.opening import open_memory
from sync.documents.limits import Limits
from sync.refusal import NotAllowed, UpdateTooLarge
from tests.fakes.room_page import enter
from tests.fakes.running_rooms import SETTINGS, friday, running_rooms
from tests.fakes.storage import faulty

HANA, GABE, SAM = PrincipalId("hana"), PrincipalId("gabe"), PrincipalId("sam")


async def test_tracks_are_in_the_journal_when_adding_them_is_answered(autojump_clock: MockClock) -> None:
    storage, faults = faulty(open_memory(seed=1))
    async with running_rooms(storage=storage) as world:
        record, _ = await friday(world)
        faults.delay_seconds = 0.05
        await world.rooms.add_tracks(record.room, HANA, [TrackId("t0"), TrackId("t1")])
        faults.delay_seconds = 0
        rows = await storage.documents.history(DocumentName(f"queue:{record.room}"))
        assert [(row.principal, row.actions.count('"added"')) for row in rows] == [(HANA, 2)]


async def test_unknown_tracks_and_foreign_hands_add_nothing(autojump_clock: MockClock) -> None:
    async with running_rooms() as world:
        record, _ = await friday(world)
        with pytest.raises(UnknownTrack, match="t98, t99"):
            await world.rooms.add_tracks(record.room, HANA, [TrackId("t0"), TrackId("t99"), TrackId("t98")])
        with pytest.raises(NotAllowed):  # and not whether the track exists
            await world.rooms.add_tracks(record.room, GABE, [TrackId("t99")])
        assert await world.storage.documents.history(DocumentName(f"queue:{record.room}")) == ()


async def test_more_tracks_than_fit_are_refused_and_the_room_goes_on(autojump_clock: MockClock) -> None:
    async with running_rooms(settings=replace(SETTINGS, limits=Limits(entries=3))) as world:
        record, _ = await friday(world)
        host = await enter(world, record.room, "hana")
        with pytest.raises(UpdateTooLarge):
            await world.rooms.add_tracks(record.room, HANA, [TrackId("t0")] * 4)
        await world.rooms.add_tracks(record.room, HANA, [TrackId("t0")] * 3)
        assert host.outlet.endings == []


async def test_tracks_that_could_not_be_saved_are_refused_and_not_there(autojump_clock: MockClock) -> None:
    storage, faults = faulty(open_memory(seed=1))
    async with running_rooms(storage=storage) as world:
        record, _ = await friday(world)
        await world.rooms.add_tracks(record.room, HANA, [TrackId("t0")])
        faults.fail_next(StorageDown("the disk sleeps"), "documents.append")
        with pytest.raises(StorageDown):
            await world.rooms.add_tracks(record.room, HANA, [TrackId("t1")])
        await world.rooms.add_tracks(record.room, HANA, [TrackId("t2")])
        opened = world.directory.find(record.room)
        assert opened is not None
        assert [row.track for row in opened.core.documents.entries] == ["t0", "t2"]


async def test_only_those_inside_hear_and_only_what_the_room_has(autojump_clock: MockClock) -> None:
    async with running_rooms() as world:
        record, token = await friday(world)
        await world.rooms.add_tracks(record.room, HANA, [TrackId("t0")])
        guest = await enter(world, record.room, "gabe", token)
        assert await world.rooms.may_hear(record.room, GABE, TrackId("t0"))
        assert not await world.rooms.may_hear(record.room, GABE, TrackId("t1"))
        assert not await world.rooms.may_hear(record.room, SAM, TrackId("t0"))
        assert not await world.rooms.may_hear(RoomId("nope"), GABE, TrackId("t0"))
        await guest.seat.leave()
        await trio.sleep(0.1)
        assert not await world.rooms.may_hear(record.room, GABE, TrackId("t0"))
