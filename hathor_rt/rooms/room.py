"""The owner task of an open room: inbox → core → commit → effects.

Exactly one task touches the core. A tick takes whatever is in the inbox, commits its records as one unit, and only then
sends anything. While a commit is under way the inbox fills, so ticks grow under load by themselves and an idle room answers
at once.
"""

import math
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from typing import Final, assert_never

import structlog
import trio

from hathor_rt.documents.effects import Publish, Send
from hathor_rt.documents.followed import ClientIdWanted
from hathor_rt.documents.inbox import Inbox
from hathor_rt.documents.quiet import Quiet
from hathor_rt.documents.readers import Readers
from hathor_rt.documents.tracks import TracksWanted
from hathor_rt.ids import DocumentName, RoomId, TrackId
from hathor_rt.observations import Observations
from hathor_rt.refusals import Fenced, RoomFull, StorageDown, UnknownTrack
from hathor_rt.rooms.core import RoomCore
from hathor_rt.rooms.effects import Effect, Measure, Promote, Reinstate, Unseat, Warm
from hathor_rt.rooms.errands import Errands
from hathor_rt.rooms.events import Departed, Event, Followed, Joined, Submitted
from hathor_rt.rooms.opening import OpenedRoom
from hathor_rt.rooms.ports import Outlet, Recordings, Visitor
from hathor_rt.rooms.seat import FollowingSeat, RoomSeat
from hathor_rt.storage.ports import Claim, Storage
from hathor_rt.timebase import Timebase
from sync.refusal import Refusal
from sync.units import MICROS_PER_SECOND, Micros
from sync.wire.frames import Ending, Update

EVENTS_PER_TICK: Final = 256

_log = structlog.get_logger("hathor.room")


@dataclass(slots=True, eq=False)
class _Awaited:
    """An event whose sender waits until it is durable, or refused."""

    event: Event
    over: trio.Event = field(default_factory=trio.Event)
    is_durable: bool = False
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Arrival:
    """A visitor with its outlet. They travel together, behind whatever the same connection said before."""

    event: Joined | Followed
    outlet: Outlet


_Item = Event | _Awaited | _Arrival
"""What lies in the inbox."""


class Room:
    """One open room.

    Args:
        opened: Core and journal.
        storage: For client ids and memberships.
        recordings: Lengths and warm segments.
        timebase: The room's clock.
        lease: Keeps the lease of the room while it is entered; see `Leases.kept`.
        capacity: Most connections.
        idle_micros: Closes after this long without a connection.
        observations: Told how long judging an update takes.
    """

    def __init__(
        self,
        opened: OpenedRoom,
        storage: Storage,
        recordings: Recordings,
        timebase: Timebase,
        *,
        lease: AbstractContextManager[None],
        capacity: int,
        idle_micros: Micros,
        observations: Observations | None = None,
    ) -> None:
        self._core = opened.core
        self._accept_times = (observations or Observations()).accept
        self._journal = opened.journal
        self._documents = storage.documents
        self._recordings = recordings
        self._timebase = timebase
        self._lease = lease
        self._capacity = capacity
        self._idle_micros = idle_micros
        self._readers = Readers(opened.core.documents, opened.core.news_for)
        self._arriving: list[_Arrival] = []
        self._gone: list[Outlet] = []
        self._empty_since: Micros | None = timebase.now()
        self._awaited: set[_Awaited] = set()
        # False while the replicas hold what the journal may not have: then nothing of them may be kept.
        self._is_saved = True
        self._quiet = Quiet()
        self._inbox = Inbox[_Item]()
        self._errands = Errands(self.room, storage.rooms, recordings, timebase, put=self._inbox.put)
        self.closed = trio.Event()

    @property
    def room(self) -> RoomId:
        """Its code."""
        return self._core.record.room

    @property
    def core(self) -> RoomCore:
        """The decisions, for reading only."""
        return self._core

    async def seat(self, visitor: Visitor, outlet: Outlet, role: str, *, sound: bool) -> RoomSeat:
        """Take `visitor` in; `Entered` and `People` follow through `outlet`.

        Raises:
            RoomFull: No seat is left.
            trio.BrokenResourceError, trio.ClosedResourceError: The room closed meanwhile; open it again.
        """
        await self._arrive(Joined(visitor, role, sound), outlet)
        return RoomSeat(
            self.room,
            visitor,
            self._inbox.put,
            self._documents,
            partial(self._on_readable, visitor),
            partial(self._on_gone, outlet),
        )

    async def follow(self, document: DocumentName, visitor: Visitor, outlet: Outlet, role: str) -> FollowingSeat:
        """Let `visitor` follow one document without taking part. Raises what `seat` raises."""
        await self._arrive(Followed(visitor, role), outlet)
        return FollowingSeat(
            document,
            visitor,
            self._inbox.put,
            partial(self._on_readable, visitor),
            partial(self._on_gone, outlet),
        )

    async def _arrive(self, event: Joined | Followed, outlet: Outlet) -> None:
        taken = len(self._readers) + len(self._arriving)
        if taken >= self._capacity and event.visitor.connection not in self._readers:
            raise RoomFull(f"the room is full: {self._capacity} devices are inside")
        arrival = _Arrival(event, outlet)
        self._arriving.append(arrival)
        self._note_emptiness()
        try:
            await self._inbox.put(arrival)
        except BaseException:  # closed, or cancelled while the inbox was full: the connection never came in
            self._arriving.remove(arrival)
            self._note_emptiness()
            raise

    async def post(self, event: Event) -> None:
        """Have an event of the service itself (a kick, tracks from a playlist) handled; returns when it is durable.

        Raises:
            Refusal: What the core refuses it with; nothing of it was kept.
            StorageDown: The room failed before it was durable.
            trio.BrokenResourceError, trio.ClosedResourceError: The room closed meanwhile; open it again.
        """
        awaited = _Awaited(event)
        self._awaited.add(awaited)
        try:
            await self._inbox.put(awaited)
            await awaited.over.wait()
        finally:
            self._awaited.discard(awaited)
        if awaited.refusal is not None:
            raise awaited.refusal
        if not awaited.is_durable:
            raise StorageDown("the room had to close before this was saved; try again")

    # ── the task ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        """Serve until the room has been empty for its idle time. Cancellation closes it in order as well.

        Raises:
            Fenced, StorageDown, StorageFull: The journal does not take the room's records any more.
        """
        try:
            with self._lease:
                async with trio.open_nursery() as nursery:
                    try:
                        while not self._is_idle():
                            await self._tick(nursery)
                    finally:
                        # In the same instant in which it stops serving: who comes now is told to open the room again.
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
        """End every connection in the room, and those that were about to come in."""
        self._readers.end_all(ending)
        for arrival in self._arriving:
            arrival.outlet.end(ending)

    async def _tick(self, nursery: trio.Nursery) -> None:
        batch = await self._inbox.batch(within_seconds=self._seconds_to_wait(), most=EVENTS_PER_TICK)
        self._is_saved = False
        durable: list[_Awaited] = []
        for item in batch:
            await self._take(item, durable)
        self._depart_gone()
        tick = self._core.finish_tick(self._timebase.now())
        await self._journal.commit(tick.records)
        self._is_saved = True
        for awaited in durable:
            awaited.is_durable = True
            awaited.over.set()
        for effect in tick.effects:
            self._perform(effect, nursery)
        self._note_emptiness()
        self._readers.heal()
        current = self._core.transport.current
        self._errands.hold(nursery, None if current is None else TrackId(current.track))
        if self._quiet.note(self._timebase.now(), has_changed=bool(tick.records)):
            self._core.documents.rest()
        for document in self._journal.due():
            keep = self._journal.keeping(document, self._core.documents.snapshot(document))
            nursery.start_soon(self._keep_snapshot, document, keep)

    def _seconds_to_wait(self) -> float:
        now = self._timebase.now()
        if self._gone:
            return 0.0
        instants = [self._core.wake_at(), self._quiet.due_at]
        if self._empty_since is not None:
            instants.append(Micros(self._empty_since + self._idle_micros))
        known = [instant for instant in instants if instant is not None]
        return max(0.0, (min(known) - now) / MICROS_PER_SECOND) if known else math.inf

    def _is_idle(self) -> bool:
        if self._empty_since is None or self._awaited:
            return False
        return self._timebase.now() - self._empty_since >= self._idle_micros

    def _note_emptiness(self) -> None:
        if len(self._readers) or self._arriving:
            self._empty_since = None
        elif self._empty_since is None:
            self._empty_since = self._timebase.now()

    # ── events ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _take(self, item: _Item, durable: list[_Awaited]) -> None:
        match item:
            case _Awaited():
                try:
                    await self._handle(item.event)
                except Refusal as refusal:
                    item.refusal = refusal
                    item.over.set()
                else:
                    durable.append(item)
            case _Arrival(event=event, outlet=outlet):
                self._arriving.remove(item)
                self._readers.seat(outlet)
                await self._handle(event)
            case _:
                await self._handle(item)

    async def _handle(self, event: Event) -> None:
        while True:
            try:
                self._decide(event)
            except (TracksWanted, ClientIdWanted) as wanted:
                assert isinstance(event, Submitted)
                assert isinstance(event.frame, Update)
                try:
                    await self._look_up(event, wanted)
                except Refusal as refusal:  # nobody can tell, or the answer is no: this edit is not made
                    self._core.refuse_update(event.connection, event.frame, refusal)
                    break
            else:
                break
        if isinstance(event, Departed):
            self._readers.unseat(event.connection)

    def _decide(self, event: Event) -> None:
        began = self._timebase.now()
        self._core.handle(event, began)
        if isinstance(event, Submitted) and isinstance(event.frame, Update):
            self._accept_times.note((self._timebase.now() - began) / MICROS_PER_SECOND)

    async def _look_up(self, event: Submitted, wanted: TracksWanted | ClientIdWanted) -> None:
        """Learn what handling the update needs. Raises `Refusal`: it is not to be handled."""
        match wanted:
            case TracksWanted(tracks=tracks):
                existing = await self._recordings.exists([TrackId(track) for track in tracks])
                if not existing >= tracks:
                    raise UnknownTrack("this track is not in the library")
                self._core.learn_tracks(existing)
            case ClientIdWanted(document=document, client_id=client_id):
                visitor = self._core.visitor(event.connection)
                claim = Claim(client_id, visitor.principal, visitor.device)
                owners = await self._documents.claim_client_ids(document, [claim])
                self._core.documents.learn_author(document, client_id, owners[client_id])

    def _on_readable(self, visitor: Visitor) -> None:
        self._readers.mark_readable(visitor.connection)
        self._inbox.wake()

    def _on_gone(self, outlet: Outlet) -> None:
        self._gone.append(outlet)
        self._inbox.wake()

    def _depart_gone(self) -> None:
        """See off those whose goodbye the inbox did not take. Their arrival may still lie in it: then next time."""
        waiting = {id(arrival.outlet) for arrival in self._arriving}
        gone, self._gone = self._gone, [outlet for outlet in self._gone if id(outlet) in waiting]
        for outlet in gone:
            if self._readers.is_seated(outlet):
                self._core.handle(Departed(outlet.connection), self._timebase.now())
                self._readers.unseat(outlet.connection)

    # ── effects ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _perform(self, effect: Effect, nursery: trio.Nursery) -> None:
        match effect:
            case Send(connection=connection, frame=frame):
                self._readers.send(connection, frame)
            case Publish(connections=connections, frame=frame):
                self._readers.publish(connections, frame)
            case Unseat(connection=connection):
                if not self._core.sits(connection):  # else it came in again within this very tick
                    self._readers.unseat(connection)
            case Measure(track=track):
                nursery.start_soon(self._errands.measure, track)
            case Warm(track=track, position=position):
                nursery.start_soon(self._errands.warm, track, position)
            case Promote(principal=principal, role=role):
                nursery.start_soon(self._errands.promote, principal, role)
            case Reinstate(owner=owner):
                nursery.start_soon(self._errands.reinstate, owner)
            case _:
                assert_never(effect)

    async def _keep_snapshot(self, document: DocumentName, keep: Callable[[], Awaitable[None]]) -> None:
        try:
            await keep()
        except Fenced:
            raise
        except Refusal as refusal:  # snapshots only make loading faster
            _log.warning("no snapshot", room=self.room, document=document, code=refusal.code)

    async def _close(self) -> None:
        """Keep snapshots, free the replicas. Shielded for a second: the data is safe in the journal anyway."""
        try:
            with trio.CancelScope(shield=True, deadline=trio.current_time() + 1):  # snapshots only make loading faster
                if self._is_saved:
                    for document in self._journal.grown():
                        await self._journal.snapshot(document, self._core.documents.snapshot(document))
                await self._errands.release()
        except Refusal as refusal:
            _log.warning("not closed in full", room=self.room, code=refusal.code)
        finally:
            self._core.close()

    def positions(self) -> Mapping[str, int]:
        """Counts for logs and health: connections and listeners."""
        return {"participants": len(self._readers), "listeners": self._core.attendance.listeners}
