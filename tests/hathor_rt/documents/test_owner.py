"""The loop of every owner, with an owner that keeps notes. What documents and rooms make of it: their own tests."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from hathor_rt.documents.effects import Publish, Record, Send
from hathor_rt.documents.followed import SERVER, FollowedDocuments
from hathor_rt.documents.journal import Journal
from hathor_rt.documents.owner import MOST_PER_TICK, TICK_SECONDS, Owner, Terms
from hathor_rt.documents.ports import Outlet
from hathor_rt.documents.quiet import QUIET_AFTER
from hathor_rt.ids import ConnectionId, DeviceId, DocumentName, RoomId
from hathor_rt.refusals import RoomFull, StorageDown
from hathor_rt.storage.memory.opening import open_memory
from hathor_rt.storage.ports import Storage
from sync.documents.replica import Replica
from sync.documents.scratch import SCRATCH
from sync.refusal import NotAllowed
from sync.units import MICROS_PER_SECOND, Micros
from sync.wire.endings import ending
from sync.wire.frames import FromServer, Saved
from tests.fakes.rooms_world import RememberingOutlet, VirtualTimebase
from tests.fakes.storage import Faults, faulty

NAME = DocumentName("scratch:s1")
ANN, BEN = ConnectionId("cann"), ConnectionId("cben")
IDLE = Micros(60 * MICROS_PER_SECOND)


@dataclass(frozen=True)
class Rung:
    """An effect of this owner's own."""

    by: str


class RestingDocuments(FollowedDocuments):
    """Counts how often they were told to rest."""

    rests = 0

    def rest(self) -> None:
        self.rests += 1
        super().rest()


@dataclass
class Ticks:
    """What happened to a notebook, in order."""

    handled: list[str] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    rung: list[str] = field(default_factory=list)
    seen_off: list[ConnectionId] = field(default_factory=list)
    is_released: bool = False


class Notebook(Owner[str, Rung | Send | Publish]):
    """Keeps every note as a row, tells it to everybody, rings for those that end with "!", refuses "no"."""

    def __init__(self, storage: Storage, documents: RestingDocuments, clock: VirtualTimebase, *, capacity: int) -> None:
        journal = Journal(storage.documents, RoomId(NAME), 1, clock, {NAME: 0})
        super().__init__(documents, journal, clock, Terms(nullcontext(), capacity, IDLE))
        self.ticks = Ticks()
        self.wake_up_at: Micros | None = None
        self._new: list[str] = []

    async def come(self, connection: ConnectionId, outlet: Outlet) -> None:
        await self._arrive(connection, f"come {connection}", outlet)

    async def note(self, text: str) -> None:
        await self._inbox.put(text)

    def lose(self, outlet: Outlet) -> None:
        self._on_gone(outlet)

    def has_room_for_all(self) -> bool:
        return not self._gone

    async def _handle(self, item: str) -> None:
        if item == "no":
            raise NotAllowed("no")
        self.ticks.handled.append(item)
        self._new.append(item)

    def _see_off(self, connection: ConnectionId) -> None:
        self.ticks.seen_off.append(connection)

    def _finish(self) -> tuple[Sequence[Record], Sequence[Rung | Send | Publish]]:
        notes, self._new = self._new, []
        self.ticks.sizes.append(len(notes))
        if self.wake_up_at is not None and self._timebase.now() >= self.wake_up_at:
            self.wake_up_at = None
            self.ticks.rung.append("alarm")
        records = [Record(NAME, b"\x00\x00", SERVER, DeviceId(""), note) for note in notes if "come" not in note]
        effects: list[Rung | Send | Publish] = [Publish((ANN, BEN), _told(number)) for number in range(len(records))]
        return records, effects + [Rung(note) for note in notes if note.endswith("!")]

    def _do(self, effect: Rung | Send | Publish, nursery: trio.Nursery) -> None:
        assert isinstance(effect, Rung)
        self.ticks.rung.append(effect.by)

    def _wake_at(self) -> Micros | None:
        return self.wake_up_at

    def _weigh(self, item: str) -> int:
        return 100 if item == "heavy" else 1

    async def _release(self) -> None:
        self.ticks.is_released = True


def _told(number: int) -> FromServer:
    return Saved(NAME, number)


@dataclass
class Desk:
    """A running notebook and what it stands on."""

    notebook: Notebook
    documents: RestingDocuments
    storage: Storage
    faults: Faults
    failure: list[BaseException] = field(default_factory=list)

    @property
    def ticks(self) -> Ticks:
        return self.notebook.ticks

    async def rows(self) -> list[str]:
        return [row.actions for row in await self.storage.documents.history(NAME, limit=2000)]


@asynccontextmanager
async def running(*, capacity: int = 10) -> AsyncIterator[Desk]:
    storage, faults = faulty(open_memory(seed=1))
    clock = VirtualTimebase()
    documents = RestingDocuments({NAME: Replica(SCRATCH)}, tell=lambda effect: None, keep=lambda record: None)
    desk = Desk(Notebook(storage, documents, clock, capacity=capacity), documents, storage, faults)

    async def serve() -> None:
        try:
            await desk.notebook.run()
        except BaseExceptionGroup as group:
            rest = group.subgroup(lambda error: isinstance(error, StorageDown))
            desk.failure.append(rest or group)
            if rest is None:
                raise

    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve)
        yield desk
        nursery.cancel_scope.cancel()


async def test_nobody_is_told_before_the_commit_and_everybody_after_it(autojump_clock: MockClock) -> None:
    async with running() as desk:
        ann = RememberingOutlet(ANN)
        await desk.notebook.come(ANN, ann)
        await trio.sleep(1)
        desk.faults.delay_seconds = 5
        await desk.notebook.note("one!")
        await trio.sleep(4)
        assert (ann.of(Saved), desk.ticks.rung) == ([], [])
        await trio.sleep(2)
        assert (len(ann.of(Saved)), desk.ticks.rung) == (1, ["one!"])
        assert await desk.rows() == ["one!"]


async def test_what_comes_within_a_commit_is_the_next_tick(autojump_clock: MockClock) -> None:
    async with running() as desk:
        desk.faults.delay_seconds = 1
        for number in range(5):
            await desk.notebook.note(str(number))
            await trio.sleep(0.1)
        await trio.sleep(5)
        assert [size for size in desk.ticks.sizes if size] == [1, 4]


async def test_a_lone_note_is_taken_at_once_and_a_stream_in_ticks(autojump_clock: MockClock) -> None:
    async with running() as desk:
        began = trio.current_time()
        await desk.notebook.note("first")
        await wait_all_tasks_blocked()
        assert (await desk.rows(), trio.current_time()) == (["first"], began)
        for number in range(100):
            await desk.notebook.note(str(number))
            await trio.sleep(0.001)
        await trio.sleep(1)
        took = [size for size in desk.ticks.sizes if size]
        assert sum(took) == 101
        assert len(took) <= 0.1 / TICK_SECONDS + 4


async def test_a_tick_takes_no_more_than_its_weight(autojump_clock: MockClock) -> None:
    async with running() as desk:
        desk.faults.delay_seconds = 1
        await desk.notebook.note("first")
        await trio.sleep(0.5)
        for _ in range(12):
            await desk.notebook.note("heavy")
        await trio.sleep(10)
        heaviest = -(-MOST_PER_TICK // 100)
        assert [size for size in desk.ticks.sizes if size] == [1, heaviest, heaviest]


async def test_whoever_posts_waits_until_it_is_durable_or_refused(autojump_clock: MockClock) -> None:
    async with running() as desk:
        desk.faults.delay_seconds = 5
        began = trio.current_time()
        await desk.notebook.post("kept")
        assert trio.current_time() - began == 5
        with pytest.raises(NotAllowed):
            await desk.notebook.post("no")
        desk.faults.delay_seconds = 0
        assert await desk.rows() == ["kept"]


async def test_a_post_whose_commit_fails_is_told_so_and_so_are_later_ones(autojump_clock: MockClock) -> None:
    async with running() as desk:
        desk.faults.fail_next(StorageDown("the disk sleeps"), "documents.append")
        with pytest.raises(StorageDown):
            await desk.notebook.post("lost")
        await desk.notebook.closed.wait()
        assert len(desk.failure) == 1
        assert await desk.rows() == []
        with pytest.raises(trio.BrokenResourceError):
            await desk.notebook.post("late")


async def test_no_snapshot_is_kept_of_what_was_not_committed(autojump_clock: MockClock) -> None:
    async with running() as desk:
        await desk.notebook.post("kept")
        desk.faults.fail_next(StorageDown("the disk sleeps"), "documents.append")
        await desk.notebook.note("lost")
        await desk.notebook.closed.wait()
        assert "documents.save_snapshot" not in desk.faults.calls


async def test_documents_that_are_left_alone_rest_once(autojump_clock: MockClock) -> None:
    async with running() as desk:
        await desk.notebook.come(ANN, RememberingOutlet(ANN))
        for _ in range(3):
            await desk.notebook.note("one")
            await trio.sleep(QUIET_AFTER / MICROS_PER_SECOND - 1)
            assert desk.documents.rests == 0
        await trio.sleep(2)
        assert desk.documents.rests == 1
        await trio.sleep(100)
        assert desk.documents.rests == 1
        await desk.notebook.note("two")
        await trio.sleep(QUIET_AFTER / MICROS_PER_SECOND + 1)
        assert desk.documents.rests == 2


async def test_an_owner_without_connections_closes_with_a_snapshot(autojump_clock: MockClock) -> None:
    async with running() as desk:
        await desk.notebook.note("one")
        await desk.notebook.closed.wait()
        assert trio.current_time() == IDLE / MICROS_PER_SECOND
        assert desk.faults.calls.count("documents.save_snapshot") == 1
        assert desk.ticks.is_released
        with pytest.raises(trio.BrokenResourceError):
            await desk.notebook.come(ANN, RememberingOutlet(ANN))


async def test_an_owner_stays_open_while_somebody_is_there(autojump_clock: MockClock) -> None:
    async with running() as desk:
        ann = RememberingOutlet(ANN)
        await desk.notebook.come(ANN, ann)
        await trio.sleep(10 * IDLE / MICROS_PER_SECOND)
        assert not desk.notebook.closed.is_set()
        desk.notebook.lose(ann)
        left = trio.current_time()
        await desk.notebook.closed.wait()
        assert desk.ticks.seen_off == [ANN]
        assert trio.current_time() - left == IDLE / MICROS_PER_SECOND


async def test_one_that_is_gone_before_it_was_let_in_is_seen_off_once_it_was(autojump_clock: MockClock) -> None:
    async with running() as desk:
        desk.faults.delay_seconds = 1
        await desk.notebook.note("one")
        await trio.sleep(0.5)
        ann = RememberingOutlet(ANN)
        await desk.notebook.come(ANN, ann)
        desk.notebook.lose(ann)
        await trio.sleep(5)
        assert desk.ticks.seen_off == [ANN]
        assert desk.notebook.has_room_for_all()


async def test_an_outlet_that_was_replaced_is_not_seen_off(autojump_clock: MockClock) -> None:
    async with running() as desk:
        former, present = RememberingOutlet(ANN), RememberingOutlet(ANN)
        await desk.notebook.come(ANN, former)
        await desk.notebook.come(ANN, present)
        await trio.sleep(1)
        desk.notebook.lose(former)
        await trio.sleep(1)
        assert desk.ticks.seen_off == []
        await desk.notebook.note("one")
        await trio.sleep(1)
        assert (len(former.of(Saved)), len(present.of(Saved))) == (0, 1)


async def test_there_is_a_seat_for_as_many_as_agreed(autojump_clock: MockClock) -> None:
    async with running(capacity=1) as desk:
        await desk.notebook.come(ANN, RememberingOutlet(ANN))
        with pytest.raises(RoomFull):
            await desk.notebook.come(BEN, RememberingOutlet(BEN))
        await trio.sleep(1)
        with pytest.raises(RoomFull):
            await desk.notebook.come(BEN, RememberingOutlet(BEN))
        await desk.notebook.come(ANN, RememberingOutlet(ANN))


async def test_those_inside_and_at_the_door_are_dismissed(autojump_clock: MockClock) -> None:
    async with running() as desk:
        ann, ben = RememberingOutlet(ANN), RememberingOutlet(BEN)
        await desk.notebook.come(ANN, ann)
        await trio.sleep(1)
        await desk.notebook.come(BEN, ben)
        desk.notebook.dismiss(ending("failed"))
        assert [each.code for each in (*ann.endings, *ben.endings)] == ["failed", "failed"]


async def test_a_tick_is_taken_when_the_owner_asked_for_it(autojump_clock: MockClock) -> None:
    async with running() as desk:
        await desk.notebook.come(ANN, RememberingOutlet(ANN))
        desk.notebook.wake_up_at = Micros(30 * MICROS_PER_SECOND + desk.notebook._timebase.now())  # noqa: SLF001
        await desk.notebook.note("look at the clock")
        await trio.sleep(29)
        assert desk.ticks.rung == []
        await trio.sleep(2)
        assert desk.ticks.rung == ["alarm"]
