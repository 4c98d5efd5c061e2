"""A room comes back from the journal: its documents as committed, its music where it would be."""

from dataclasses import dataclass

import pytest
import trio
from trio.testing import MockClock

from hathor_rt.ids import DeviceId, DocumentName, PrincipalId, RoomId, TrackId
from hathor_rt.refusals import StorageDown, UnknownRoom
from hathor_rt.rooms.effects import Tick
from hathor_rt.rooms.events import Event, Joined, Measured, Submitted, TracksAppended
from hathor_rt.rooms.opening import GOES_ON_WITHIN, OpenedRoom, load_room
from hathor_rt.storage.memory.opening import open_memory
from hathor_rt.storage.ports import Invite, JournalRow, RoomRecord, Storage
from sync.documents.limits import Limits
from sync.documents.replica import ReplicaBroken
from sync.timeline.transport import position_at
from sync.units import SAMPLE_RATE, Micros, SampleCount
from sync.wire.frames import Command, Play
from tests.fakes.core_stage import tracks
from tests.fakes.rooms_world import VirtualTimebase
from tests.fakes.running_rooms import visitor
from tests.fakes.storage import faulty

ROOM = RoomId("r1")
QUEUE, PLAYBACK = DocumentName("queue:r1"), DocumentName("playback:r1")
RECORD = RoomRecord(ROOM, "Friday", PrincipalId("hana"), Micros(0), False, False, False, False)


@dataclass(slots=True)
class Owner:
    """Opens the room and keeps what it decides, as the owner task does."""

    storage: Storage
    timebase: VirtualTimebase

    async def open(self) -> OpenedRoom:
        limits = Limits(entries=100)
        return await load_room(self.storage, ROOM, node="node1", timebase=self.timebase, limits=limits)

    async def do(self, opened: OpenedRoom, *events: Event) -> Tick:
        for event in events:
            opened.core.handle(event, self.timebase.now())
        tick = opened.core.finish_tick(self.timebase.now())
        await opened.journal.commit(tick.records)
        return tick

    async def renew(self, opened: OpenedRoom) -> None:
        terms = {ROOM: opened.lease.term}
        assert not await self.storage.rooms.renew_many(terms, "node1", self.timebase.stamp().utc_at)


async def owner(storage: Storage | None = None) -> Owner:
    kept = storage or open_memory(seed=1)
    await kept.rooms.create(RECORD, Invite("token", ROOM, "guest", None, False))
    return Owner(kept, VirtualTimebase())


def music(*names: str) -> tuple[Event, ...]:
    """Tracks of one minute each, in the queue."""
    lengths = [Measured(TrackId(name), SampleCount(60 * SAMPLE_RATE)) for name in names]
    return (TracksAppended(PrincipalId("hana"), tracks(names), names, 1), *lengths)


async def playing(at: Owner) -> OpenedRoom:
    """A room that plays two tracks, the first since just now, and whose owner renews its lease once more."""
    opened = await at.open()
    await at.do(opened, Joined(visitor("hana"), "host", sound=True), *music("t0", "t1"))
    await at.do(opened, Submitted(visitor("hana").connection, Command("r1", 1, Play())))
    await trio.sleep(1)
    await at.do(opened)
    assert opened.core.transport.status == "playing"
    await trio.sleep(4)
    await at.renew(opened)
    return opened


async def test_a_room_that_was_never_open_is_empty(autojump_clock: MockClock) -> None:
    at = await owner()
    opened = await at.open()
    assert opened.core.transport.status == "empty"
    assert (opened.core.transport.clock_epoch, opened.core.transport.owner_term) == ("epoch1", 1)
    assert opened.core.documents.entries == ()


async def test_a_room_that_does_not_exist_is_said_to() -> None:
    timebase = VirtualTimebase()
    with pytest.raises(UnknownRoom):
        await load_room(open_memory(), ROOM, node="node1", timebase=timebase, limits=Limits())


@pytest.mark.parametrize("keeps_snapshot", [False, True])
async def test_documents_come_back_as_committed_and_numbers_go_on(
    keeps_snapshot: bool, autojump_clock: MockClock
) -> None:
    at = await owner()
    first = await at.open()
    await at.do(first, *music("t0", "t1"))
    if keeps_snapshot:
        for document in first.journal.grown():
            await first.journal.snapshot(document, first.core.documents.snapshot(document))
    second = await at.open()
    assert [row.entry for row in second.core.documents.entries] == ["t0", "t1"]
    await at.do(second, TracksAppended(PrincipalId("hana"), tracks(["t2"]), ("t2",), 1))
    rows = await at.storage.documents.history(QUEUE)
    assert [row.sequence for row in rows] == [1, 2]
    assert [row.entry for row in (await at.open()).core.documents.entries] == ["t0", "t1", "t2"]


async def test_every_opening_has_a_higher_term_and_fences_the_former_one_off(autojump_clock: MockClock) -> None:
    at = await owner()
    first, second = await at.open(), await at.open()
    assert (first.lease.term, second.lease.term) == (1, 2)
    with pytest.raises(Exception, match="term"):
        await at.do(first, *music("t0"))
    await at.do(second, *music("t1"))


@pytest.mark.parametrize("is_same_boot", [True, False])
async def test_within_half_a_minute_the_music_goes_on_as_if_nothing_had_been(
    is_same_boot: bool, autojump_clock: MockClock
) -> None:
    at = await owner()
    before = (await playing(at)).core.transport
    here = position_at(before, at.timebase.now())
    await trio.sleep(GOES_ON_WITHIN / 1e6 - 1)
    at.timebase = (
        at.timebase.restarted("epoch2")
        if is_same_boot
        else at.timebase.restarted("epoch2", boot_id="boot2", shift=-123_456_789)
    )
    after = (await at.open()).core.transport
    assert (after.status, after.clock_epoch) == ("playing", "epoch2")
    assert position_at(after, at.timebase.now()) == here + 29_000_000
    assert after.revision > before.revision


async def test_an_entry_that_ended_meanwhile_is_followed_by_the_next_without_a_gap(autojump_clock: MockClock) -> None:
    at = await owner()
    first = await playing(at)
    boundary = first.core.transport.boundary_at
    assert boundary is not None
    while at.timebase.now() < boundary - 5_000_000:
        await trio.sleep(5)
        await at.do(first)
        await at.renew(first)
    await trio.sleep(20)
    second = await at.open()
    await at.do(second)
    transport = second.core.transport
    assert transport.current is not None
    assert (transport.current.entry, transport.status, transport.anchor.at) == ("t1", "playing", boundary)


@pytest.mark.parametrize("is_same_boot", [True, False])
async def test_after_a_long_outage_it_is_paused_where_its_owner_last_lived(
    is_same_boot: bool, autojump_clock: MockClock
) -> None:
    at = await owner()
    before = (await playing(at)).core.transport
    here = position_at(before, at.timebase.now())
    await trio.sleep(GOES_ON_WITHIN / 1e6 + 1)
    at.timebase = (
        at.timebase.restarted("epoch2")
        if is_same_boot
        else at.timebase.restarted("epoch2", boot_id="boot2", shift=987_654)
    )
    after = (await at.open()).core.transport
    assert after.status == "paused"
    assert after.anchor.position == here


async def test_a_paused_room_stays_where_it_is_however_long_it_stood(autojump_clock: MockClock) -> None:
    at = await owner()
    first = await at.open()
    await at.do(first, *music("t0"))
    await trio.sleep(86_400)
    second = await at.open()
    assert second.core.transport.status == "paused"
    assert second.core.transport.anchor.position == 0


async def test_what_cannot_be_read_is_no_room(autojump_clock: MockClock) -> None:
    at = await owner()
    lease = await at.storage.rooms.acquire(ROOM, "node1", Micros(0))
    stamp = at.timebase.stamp()
    row = JournalRow(PLAYBACK, 1, b"\x07noise", PrincipalId(""), DeviceId(""), "[]", stamp)
    await at.storage.documents.append([row], room=ROOM, term=lease.term)
    with pytest.raises(ReplicaBroken):
        await at.open()


async def test_storage_that_fails_while_loading_is_told_and_the_next_try_succeeds(autojump_clock: MockClock) -> None:
    storage, faults = faulty(open_memory(seed=1))
    at = await owner(storage)
    faults.fail_next(StorageDown("the disk sleeps"), "documents.issue_client_id")
    with pytest.raises(StorageDown):
        await at.open()
    assert (await at.open()).lease.term == 2
