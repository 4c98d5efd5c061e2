"""The task that alone touches some documents: inbox → decisions → commit → effects.

A tick takes whatever is in the inbox, commits its records as one unit, and only then tells anybody. What comes alone is told
at once; of a stream each tick begins 10 ms after the one before, so that one commit and one frame carry many, and while a
commit is under way the inbox fills.

What a kind of owner decides, and does besides telling, is its subclass's: the methods at the end.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

import structlog
import trio

from hathor_rt.documents.effects import Publish, Record, Send
from hathor_rt.documents.followed import FollowedDocuments
from hathor_rt.documents.inbox import Inbox
from hathor_rt.documents.journal import Journal
from hathor_rt.documents.ports import Outlet
from hathor_rt.documents.quiet import Quiet
from hathor_rt.documents.readers import Readers
from hathor_rt.ids import ConnectionId, DocumentName
from hathor_rt.refusals import Fenced, RoomFull, StorageDown
from hathor_rt.timebase import Timebase
from sync.refusal import Refusal
from sync.units import MICROS_PER_SECOND, Micros
from sync.wire.frames import Ending, FromServer

# Under load: a hundred commits a second, and nobody sees the delay.
TICK_SECONDS: Final = 0.01
# About 15 ms of work: under the heaviest load others still hear something fifty times a second.
MOST_PER_TICK: Final = 512

_log = structlog.get_logger("hathor.owner")

Item = TypeVar("Item")
Effect = TypeVar("Effect")


@dataclass(slots=True, eq=False)
class Awaited(Generic[Item]):
    """An item whose sender waits until it is durable, or refused."""

    item: Item
    over: trio.Event = field(default_factory=trio.Event)
    is_durable: bool = False
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Arrival(Generic[Item]):
    """Somebody who comes in, with its outlet. They travel together, behind whatever the same connection said before."""

    item: Item
    outlet: Outlet


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms an owner serves.

    Attributes:
        lease: Keeps the lease of its documents while it is entered; see `Leases.kept`.
        capacity: Most connections.
        idle_micros: It closes after this long without a connection.
    """

    lease: AbstractContextManager[None]
    capacity: int
    idle_micros: Micros


class Owner(ABC, Generic[Item, Effect]):
    """The loop of every owner.

    Args:
        documents: Owned from here on.
        journal: Under the term of their lease.
        timebase: Tells how long nobody was there, and nothing changed.
        terms: On what terms it serves.
        news: What someone who was behind must hear besides the documents, if anything.
    """

    def __init__(
        self,
        documents: FollowedDocuments,
        journal: Journal,
        timebase: Timebase,
        terms: Terms,
        news: Callable[[ConnectionId], FromServer | None] = lambda connection: None,
    ) -> None:
        self._documents: Final = documents
        self._journal = journal
        self._timebase = timebase
        self._terms = terms
        self._readers = Readers(documents, news)
        self._inbox = Inbox[Item | Arrival[Item] | Awaited[Item]](self._weigh_any)
        self._quiet = Quiet()
        # Whether a task waits for the quiet.
        self._awaits_quiet = False
        self._arriving: list[Arrival[Item]] = []
        self._gone: list[Outlet] = []
        self._awaited: set[Awaited[Item]] = set()
        self._empty_since: Micros | None = timebase.now()
        # False while the replicas hold what the journal may not have: then nothing of them may be kept.
        self._is_saved = True
        # Not before this instant of trio's clock is the next tick taken. A lone edit is told at once; of a stream of them each
        # tick waits a while after the one before.
        self._not_before = -math.inf
        self._changed_at = -math.inf
        self.closed: Final = trio.Event()

    # ── what comes in ────────────────────────────────────────────────────────────────────────────────────────────────

    async def post(self, item: Item) -> None:
        """Have something of the service itself handled; returns when it is durable.

        Raises:
            Refusal: What it is refused with; nothing of it was kept.
            StorageDown: The owner failed before it was durable.
            trio.BrokenResourceError: The owner closed meanwhile; open it again.
        """
        awaited = Awaited(item)
        self._awaited.add(awaited)
        try:
            await self._inbox.put(awaited)
            await awaited.over.wait()
        finally:
            self._awaited.discard(awaited)
        if awaited.refusal is not None:
            raise awaited.refusal
        if not awaited.is_durable:
            raise StorageDown("this had to close before it was saved; try again")

    async def _arrive(self, connection: ConnectionId, item: Item, outlet: Outlet) -> None:
        """Let a connection in; `item` says as what. Raises what `post` raises at a closed owner, and `RoomFull`."""
        capacity = self._terms.capacity
        if len(self._readers) + len(self._arriving) >= capacity and connection not in self._readers:
            raise RoomFull(f"no seat is left: {capacity} connections are inside")
        arrival = Arrival(item, outlet)
        self._arriving.append(arrival)
        self._note_emptiness()
        try:
            await self._inbox.put(arrival)
        except BaseException:  # closed, or cancelled while the inbox was full: the connection never came in
            self._arriving.remove(arrival)
            self._note_emptiness()
            raise

    def _on_readable(self, connection: ConnectionId) -> None:
        self._readers.mark_readable(connection)
        self._inbox.wake()

    def _on_gone(self, outlet: Outlet) -> None:
        self._gone.append(outlet)
        self._inbox.wake()

    # ── the task ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        """Serve until nobody was there for the idle time. Cancellation closes it in order as well.

        Raises:
            Fenced, StorageDown, StorageFull: The journal does not take its records any more.
        """
        try:
            with self._terms.lease:
                async with trio.open_nursery() as nursery:
                    try:
                        while not self._is_idle():
                            await self._tick(nursery)
                    finally:
                        # In the same instant in which it stops serving: who comes now is told to open it again.
                        self._inbox.close()
                    nursery.cancel_scope.cancel()
        finally:
            for awaited in self._awaited:
                awaited.over.set()
            try:
                await self._close()
            finally:
                self.closed.set()

    def dismiss(self, ending: Ending) -> None:
        """End every connection, and those that were about to come in."""
        self._readers.end_all(ending)
        for arrival in self._arriving:
            arrival.outlet.end(ending)

    async def _tick(self, nursery: trio.Nursery) -> None:
        batch = await self._batch()
        began = trio.current_time()
        self._is_saved = False
        durable = await self._take(batch)
        self._see_off_gone()
        records, effects = self._finish()
        await self._journal.commit(records)
        self._is_saved = True
        for awaited in durable:
            awaited.is_durable = True
            awaited.over.set()
        self._note_pace(began, has_changed=bool(records))
        for effect in effects:
            self._perform(effect, nursery)
        self._note_emptiness()
        self._readers.heal()
        self._look_around(nursery)
        if self._quiet.note(self._timebase.now(), has_changed=bool(records)):
            self._documents.rest()
        if records and not self._awaits_quiet:
            self._awaits_quiet = True
            nursery.start_soon(self._await_quiet)
        for document in self._journal.due():
            keep = self._journal.keeping(document, self._documents.snapshot(document))
            nursery.start_soon(self._keep_snapshot, document, keep)

    async def _batch(self) -> Sequence[Item | Arrival[Item] | Awaited[Item]]:
        seconds = self._seconds_to_wait()
        batch = await self._inbox.batch(within_seconds=seconds, most=MOST_PER_TICK)
        wait = self._not_before - trio.current_time()
        if batch and wait > 0:
            await trio.sleep(wait)
            room = MOST_PER_TICK - sum(map(self._weigh_any, batch))
            batch += await self._inbox.batch(within_seconds=0, most=room)
        return batch

    def _note_pace(self, began: float, *, has_changed: bool) -> None:
        if has_changed:
            if began - self._changed_at < 2 * TICK_SECONDS:
                self._not_before = began + TICK_SECONDS
            self._changed_at = began

    async def _take(self, batch: Sequence[Item | Arrival[Item] | Awaited[Item]]) -> list[Awaited[Item]]:
        """Handle everything in order. Returns those whose senders wait for the commit."""
        durable: list[Awaited[Item]] = []
        for each in batch:
            if isinstance(each, Awaited):
                try:
                    await self._handle(each.item)
                except Refusal as refusal:
                    each.refusal = refusal
                    each.over.set()
                else:
                    durable.append(each)
            elif isinstance(each, Arrival):
                self._arriving.remove(each)
                self._readers.seat(each.outlet)
                await self._handle(each.item)
            else:
                await self._handle(each)
        await self._handle_parked()
        return durable

    def _see_off_gone(self) -> None:
        """See off those whose goodbye the inbox did not take. Their arrival may still lie in it: then next time."""
        if not self._gone:
            return
        waiting = {id(arrival.outlet) for arrival in self._arriving}
        gone, self._gone = self._gone, [outlet for outlet in self._gone if id(outlet) in waiting]
        for outlet in gone:
            if self._readers.is_seated(outlet):
                self._see_off(outlet.connection)
                self._readers.unseat(outlet.connection)

    def _perform(self, effect: Effect | Send | Publish, nursery: trio.Nursery) -> None:
        if isinstance(effect, Send):
            self._readers.send(effect.connection, effect.frame)
        elif isinstance(effect, Publish):
            self._readers.publish(effect.connections, effect.frame)
        else:
            self._do(effect, nursery)

    def _seconds_to_wait(self) -> float:
        if self._gone:
            return 0.0
        instant = self._wake_at()
        if self._empty_since is not None:
            idle_at = Micros(self._empty_since + self._terms.idle_micros)
            instant = idle_at if instant is None else min(instant, idle_at)
        return math.inf if instant is None else max(0.0, self._seconds_until(instant))

    async def _await_quiet(self) -> None:
        """Have the task look around once nothing has changed for a while.

        That moment moves ahead with every change. A task that is there only then, and looks again when it wakes, keeps timers
        off the path of edits.
        """
        while True:
            due_at = self._quiet.due_at
            if due_at is None or self._timebase.now() >= due_at:
                break
            await trio.sleep(self._seconds_until(due_at))
        self._awaits_quiet = False
        self._inbox.wake()

    def _seconds_until(self, instant: Micros) -> float:
        return (instant - self._timebase.now()) / MICROS_PER_SECOND

    def _is_idle(self) -> bool:
        if self._empty_since is None or self._awaited:
            return False
        return self._timebase.now() - self._empty_since >= self._terms.idle_micros

    def _note_emptiness(self) -> None:
        if len(self._readers) or self._arriving:
            self._empty_since = None
        elif self._empty_since is None:
            self._empty_since = self._timebase.now()

    def _weigh_any(self, item: Item | Arrival[Item] | Awaited[Item]) -> int:
        return 1 if isinstance(item, Arrival | Awaited) else self._weigh(item)

    # ── storage ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _keep_snapshot(self, document: DocumentName, keep: Callable[[], Awaitable[None]]) -> None:
        try:
            await keep()
        except Fenced:
            raise
        except Refusal as refusal:  # snapshots only make loading faster
            _log.warning("no snapshot", document=document, code=refusal.code)

    async def _close(self) -> None:
        """Keep snapshots, free the replicas. Shielded for a second: the data is safe in the journal anyway."""
        try:
            with trio.CancelScope(shield=True, deadline=trio.current_time() + 1):  # snapshots only make loading faster
                if self._is_saved:
                    for document in self._journal.grown():
                        await self._journal.snapshot(document, self._documents.snapshot(document))
                await self._release()
        except Refusal as refusal:
            _log.warning("not closed in full", code=refusal.code)
        finally:
            self._documents.close()

    # ── what a kind of owner decides and does ────────────────────────────────────────────────────────────────────────

    @abstractmethod
    async def _handle(self, item: Item) -> None:
        """Take one item in; what follows from it is in the next `_finish`. Whoever departs is unseated at the readers.

        Raises:
            Refusal: Only of an item that was posted; nothing of it was kept.
        """

    async def _handle_parked(self) -> None:
        """Handle what `_handle` put aside in this tick."""

    @abstractmethod
    def _see_off(self, connection: ConnectionId) -> None:
        """A connection is gone without a goodbye."""

    @abstractmethod
    def _finish(self) -> tuple[Sequence[Record], Sequence[Effect | Send | Publish]]:
        """End the tick: what is committed as one unit, and what is done afterwards, in order."""

    def _do(self, effect: Effect, nursery: trio.Nursery) -> None:
        """Do something else than telling; what takes time runs in `nursery`, which ends with the owner."""
        raise NotImplementedError

    def _look_around(self, nursery: trio.Nursery) -> None:
        """The tick is over."""

    def _wake_at(self) -> Micros | None:
        """When the next tick must be taken even if nothing comes."""
        return None

    def _weigh(self, item: Item) -> int:
        """How much of a tick's work this is; see `MOST_PER_TICK`."""
        return 1

    async def _release(self) -> None:
        """The owner closes. Raises `Refusal`: nothing depends on it."""
