"""Open rooms: opened once however many ask, contained when they fail, opened again for whoever comes."""

from dataclasses import replace

import pytest
import trio
from trio.testing import MockClock

from hathor_rt.documents.directory import REOPEN_AFTER
from hathor_rt.documents.lease import Leases
from hathor_rt.ids import DeviceId, DocumentName, PrincipalId, RoomId, TrackId
from hathor_rt.refusals import Overloaded, StorageDown, UnknownRoom
from hathor_rt.rooms.directory import Directory, RoomSettings
from hathor_rt.storage.memory.opening import open_memory
from hathor_rt.storage.ports import JournalRow, Membership, RoomRecord, RoomStore
from sync.documents.limits import Limits
from sync.documents.replica import ReplicaBroken
from sync.refusal import Refusal
from sync.units import Micros
from sync.wire.endings import ENDINGS
from sync.wire.frames import Saved
from tests.fakes.room_page import enter
from tests.fakes.rooms_world import FakeRecordings, RememberingOutlet, VirtualTimebase
from tests.fakes.running_rooms import SETTINGS, TRACKS, RunningRooms, running_rooms, visitor
from tests.fakes.storage import faulty

HANA = PrincipalId("hana")


async def friday(world: RunningRooms) -> tuple[RoomRecord, str]:
    record, invite = await world.rooms.create(HANA, "Friday")
    return record, invite.token


async def test_however_many_ask_a_room_is_opened_once(autojump_clock: MockClock) -> None:
    storage, faults = faulty(open_memory(seed=1))
    async with running_rooms(storage=storage) as world:
        record, _ = await friday(world)
        faults.delay_seconds = 0.1
        found = []

        async def ask() -> None:
            found.append(await world.directory.open(record.room))

        async with trio.open_nursery() as nursery:
            for _ in range(30):
                nursery.start_soon(ask)
        assert len(set(map(id, found))) == 1
        assert faults.calls.count("rooms.acquire") == 1
        assert world.directory.all_open() == (found[0],)
        assert world.directory.find(record.room) is found[0]


async def test_when_a_room_cannot_be_loaded_all_who_wait_are_told_and_the_next_one_opens_it(
    autojump_clock: MockClock,
) -> None:
    storage, faults = faulty(open_memory(seed=1))
    async with running_rooms(storage=storage) as world:
        record, _ = await friday(world)
        faults.delay_seconds = 0.1
        faults.fail_next(StorageDown("the disk sleeps"), "documents.load")
        refusals: list[Refusal] = []

        async def ask() -> None:
            with pytest.raises(StorageDown) as refused:
                await world.directory.open(record.room)
            refusals.append(refused.value)

        async with trio.open_nursery() as nursery:
            for _ in range(5):
                nursery.start_soon(ask)
        assert len(refusals) == 5
        assert world.directory.find(record.room) is None
        assert (await world.directory.open(record.room)).room == record.room


async def test_a_room_that_does_not_exist_is_not_remembered(autojump_clock: MockClock) -> None:
    async with running_rooms() as world:
        with pytest.raises(UnknownRoom):
            await world.directory.open(RoomId("nope"))
        assert world.directory.all_open() == ()


async def test_a_room_whose_documents_are_damaged_is_refused_and_the_others_live(autojump_clock: MockClock) -> None:
    async with running_rooms() as world:
        damaged, _ = await friday(world)
        sound, _ = await friday(world)
        name, stamp = DocumentName(f"queue:{damaged.room}"), world.timebase.stamp()
        lease = await world.storage.rooms.acquire(damaged.room, "n", Micros(0))
        row = JournalRow(name, 1, b"\x07noise", HANA, DeviceId("d"), "[]", stamp)
        await world.storage.documents.append([row], room=damaged.room, term=lease.term)
        with pytest.raises(StorageDown):
            await world.directory.open(damaged.room)
        await world.directory.open(sound.room)


@pytest.mark.slow  # the log renders the traceback
@pytest.mark.parametrize("error", [ReplicaBroken("the engine failed"), ZeroDivisionError("a bug")])
async def test_what_breaks_within_a_tick_ends_this_room_only_and_it_opens_again_as_saved(
    error: Exception, autojump_clock: MockClock
) -> None:
    storage, faults = faulty(open_memory(seed=1))
    async with running_rooms(storage=storage) as world:
        broken, _ = await friday(world)
        other, _ = await friday(world)
        page, bystander = (
            await enter(world, broken.room, "hana"),
            await enter(world, other.room, "hana", connection="c2"),
        )
        await page.open()
        await bystander.open()
        await page.add("e1")
        await page.outlet.wait_for(Saved)
        faults.fail_next(error, "documents.append")
        await page.add("e2")
        await trio.sleep(1)
        assert [(ending.code, ending.retry_after) for ending in page.outlet.endings] == [("failed", REOPEN_AFTER)]
        assert world.directory.find(broken.room) is None
        await bystander.add("e1")
        await bystander.outlet.wait_for(Saved)
        assert bystander.outlet.endings == []
        again = await enter(world, broken.room, "hana", connection="c3")
        await again.open()
        assert again.entries() == {"e1"}


async def test_whoever_is_ended_by_a_room_may_come_back(autojump_clock: MockClock) -> None:
    class Odd(Refusal):
        code = "a-code-without-a-row"

    for error in (StorageDown("x"), Odd("y")):
        storage, faults = faulty(open_memory(seed=1))
        async with running_rooms(storage=storage) as world:
            record, _ = await friday(world)
            page = await enter(world, record.room, "hana")
            await page.open()
            faults.fail_next(error, "documents.append")
            await page.add("e1")
            await trio.sleep(1)
            (ending,) = page.outlet.endings
            assert ending.code in ENDINGS
            assert ending.retry_after > 0


async def test_who_is_on_the_way_in_when_a_room_fails_is_told_too(autojump_clock: MockClock) -> None:
    storage, faults = faulty(open_memory(seed=1))
    async with running_rooms(storage=storage) as world:
        record, _ = await friday(world)
        page = await enter(world, record.room, "hana")
        await page.open()
        opened = world.directory.find(record.room)
        assert opened is not None
        faults.delay_seconds = 0.5
        faults.fail_next(StorageDown("the disk sleeps"), "documents.append")
        await page.seat.deliver(page.edit_adding("e1"))
        await trio.sleep(0.1)
        outlet = RememberingOutlet("cgabe")
        await opened.seat(visitor("gabe"), outlet, "guest", sound=True)
        assert outlet.endings == []
        await trio.sleep(3)
        assert [ending.code for ending in outlet.endings] == ["storage-down"]


async def test_an_idle_room_closes_and_an_asked_one_opens_again(autojump_clock: MockClock) -> None:
    async with running_rooms() as world:
        record, _ = await friday(world)
        first = await world.directory.open(record.room)
        await trio.sleep(SETTINGS.idle_room_seconds + 1)
        assert world.directory.all_open() == ()
        assert first.closed.is_set()
        assert await world.directory.open(record.room) is not first


async def test_when_the_server_stops_those_who_wait_for_a_room_are_told(autojump_clock: MockClock) -> None:
    storage, faults = faulty(open_memory(seed=1))
    async with trio.open_nursery() as askers, running_rooms(storage=storage) as world:
        record, _ = await friday(world)
        faults.delay_seconds = 1
        refusals: list[Refusal] = []

        async def ask() -> None:
            with pytest.raises(Overloaded) as refused:
                await world.directory.open(record.room)
            refusals.append(refused.value)

        askers.start_soon(ask)
        await trio.sleep(0.5)
    assert len(refusals) == 1


async def test_a_stopped_server_opens_nothing_and_leaves_nobody_waiting(autojump_clock: MockClock) -> None:
    storage, timebase = open_memory(seed=1), VirtualTimebase()
    async with trio.open_nursery() as nursery:
        leases = Leases(nursery, storage.rooms, timebase, node=SETTINGS.node)
        directory = Directory(nursery, storage, FakeRecordings(TRACKS), timebase, leases, SETTINGS)
    for _ in range(2):
        with pytest.raises(RuntimeError), trio.fail_after(1):
            await directory.open(RoomId("r1"))


async def test_stopping_keeps_snapshots_of_what_was_saved(autojump_clock: MockClock) -> None:
    async with running_rooms() as world:
        record, _ = await friday(world)
        page = await enter(world, record.room, "hana")
        await page.open()
        await page.add("e1")
        await page.outlet.wait_for(Saved)
    stored = await world.storage.documents.load(DocumentName(f"queue:{record.room}"))
    assert (stored.through, list(stored.updates)) == (1, [])


async def test_a_room_that_closes_just_now_is_opened_again_for_who_enters(autojump_clock: MockClock) -> None:
    storage, faults = faulty(open_memory(seed=1))
    async with running_rooms(storage=storage) as world:
        record, token = await friday(world)
        await world.rooms.add_tracks(record.room, HANA, [TrackId("t0")])
        faults.delay_seconds = 0.3
        # The idle room begins to close at 60 s and keeps its snapshots for a while: people arrive all along.
        pages = []

        async def come(number: int) -> None:
            await trio.sleep(58.8 + number * 0.1)
            page = await enter(world, record.room, f"p{number}", token)
            await page.open()
            pages.append(page)

        async with trio.open_nursery() as nursery:
            for number in range(20):
                nursery.start_soon(come, number)
        faults.delay_seconds = 0
        opened = world.directory.find(record.room)
        assert opened is not None
        assert len(pages) == 20
        await pages[0].add("e1")
        await pages[0].outlet.wait_for(Saved)
        await trio.sleep(0.1)
        assert all(len(page.entries()) == 2 for page in pages if not page.outlet.endings)
        assert len(opened.core.attendance) == 20


async def test_a_room_that_closes_again_and_again_is_given_up_politely(autojump_clock: MockClock) -> None:
    settings = RoomSettings(node="n", room_capacity=10, limits=Limits(entries=10), idle_room_seconds=0)
    async with running_rooms(settings=settings) as world:
        record, _ = await friday(world)
        outlet = RememberingOutlet("chana")
        with pytest.raises(Overloaded):
            await world.rooms.enter(record.room, visitor("hana"), outlet, invite="", sound=True)


async def test_tracks_are_added_although_the_room_closes_just_now(autojump_clock: MockClock) -> None:
    storage, faults = faulty(open_memory(seed=1))
    async with running_rooms(storage=storage) as world:
        record, _ = await friday(world)
        await world.rooms.add_tracks(record.room, HANA, [TrackId("t0")])
        faults.delay_seconds = 0.3

        async def add(number: int) -> None:
            await trio.sleep(59 + number * 0.1)
            await world.rooms.add_tracks(record.room, HANA, [TrackId("t1")])

        async with trio.open_nursery() as nursery:
            for number in range(20):
                nursery.start_soon(add, number)
        rows = await storage.documents.history(DocumentName(f"queue:{record.room}"))
        assert len(rows) == 21


class SlowPromoting:
    """A room store where keeping a new host takes 70 s and cannot be interrupted, as a thread cannot."""

    def __init__(self, store: RoomStore) -> None:
        self._store = store

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    async def save_member(self, membership: Membership) -> None:
        if membership.role == "host" and membership.principal != HANA:
            with trio.CancelScope(shield=True):
                await trio.sleep(70)
        await self._store.save_member(membership)


async def test_who_enters_while_a_closing_room_waits_for_its_last_errand_sits_in_a_living_one(
    autojump_clock: MockClock,
) -> None:
    kept = open_memory(seed=1)
    slow = replace(kept, rooms=SlowPromoting(kept.rooms))  # type: ignore[arg-type]  # it answers all methods
    async with running_rooms(storage=slow) as world:
        record, token = await friday(world)
        guest = await enter(world, record.room, "gabe", token)
        closing = await world.directory.open(record.room)
        await trio.sleep(61)  # without its owner for a minute: the guest becomes host, which is kept at 130
        await guest.seat.leave()
        await trio.sleep(61)  # idle since 121
        assert not closing.closed.is_set()
        page = await enter(world, record.room, "hana")
        assert closing.closed.is_set()
        await page.open()
