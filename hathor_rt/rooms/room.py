"""The owner task of an open room: inbox → core → commit → effects.

Exactly one task touches the core. A tick takes whatever is in the inbox, commits its records as one unit, and only then
sends anything. While a commit is under way the inbox fills, so ticks grow under load by themselves and an idle room answers
at once.
"""

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, assert_never

import structlog
import trio

from hathor_rt.ids import ConnectionId, DocumentName, RoomId, TrackId
from hathor_rt.refusals import RoomFull, StorageDown
from hathor_rt.rooms.core import RoomCore, TracksWanted
from hathor_rt.rooms.effects import Effect, Measure, Promote, Publish, Send, Unseat, Warm
from hathor_rt.rooms.events import Departed, Event, Joined, Measured, Submitted, Unplayable
from hathor_rt.rooms.opening import OpenedRoom
from hathor_rt.rooms.ports import Outlet, Recordings, SharedPayload, Visitor
from hathor_rt.rooms.seat import RoomSeat
from hathor_rt.storage.ports import Membership, Storage
from hathor_rt.timebase import Timebase
from sync.refusal import Refusal
from sync.units import MICROS_PER_SECOND, Micros
from sync.wire.codec import encode
from sync.wire.frames import Changed, Ending, FromServer, Update

# More waiting events than this make senders wait, which pushes back on their sockets.
INBOX_BOUND: Final = 1024
EVENTS_PER_TICK: Final = 256
# The lease says "alive" this often; after GOES_ON_WITHIN without it a reopened room stays paused.
RENEW_EVERY_SECONDS: Final = 5

_log = structlog.get_logger("hathor.room")


@dataclass(slots=True)
class _Awaited:
    """An event whose sender waits until it is durable."""

    event: Event
    over: trio.Event = field(default_factory=trio.Event)
    is_durable: bool = False


class Room:
    """One open room.

    Args:
        opened: Core, journal and lease.
        storage: For client ids and memberships.
        recordings: Lengths and warm segments.
        timebase: The room's clock.
        node: Name of this process in leases.
        capacity: Most connections.
        idle_micros: Closes after this long without a connection.
    """

    def __init__(
        self,
        opened: OpenedRoom,
        storage: Storage,
        recordings: Recordings,
        timebase: Timebase,
        *,
        node: str,
        capacity: int,
        idle_micros: Micros,
    ) -> None:
        self._core = opened.core
        self._journal = opened.journal
        self._lease = opened.lease
        self._storage = storage
        self._recordings = recordings
        self._timebase = timebase
        self._node = node
        self._capacity = capacity
        self._idle_micros = idle_micros
        self._empty_since: Micros | None = timebase.now()
        self._outlets: dict[ConnectionId, Outlet] = {}
        self._behind: dict[ConnectionId, dict[DocumentName, bytes]] = {}
        self._readable: set[ConnectionId] = set()
        self._held: TrackId | None = None
        self._awaited: list[_Awaited] = []
        self._send, self._receive = trio.open_memory_channel[Event | _Awaited | None](INBOX_BOUND)
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
            trio.BrokenResourceError: The room closed meanwhile; open it again.
        """
        if len(self._outlets) >= self._capacity and visitor.connection not in self._outlets:
            raise RoomFull(f"the room is full: {self._capacity} devices are inside")
        self._outlets[visitor.connection] = outlet
        self._empty_since = None
        is_seated = False
        try:
            await self._send.send(Joined(visitor, role, sound))
            is_seated = True
        finally:
            if not is_seated:  # cancelled while the inbox was full: the connection never came in
                self._forget(visitor.connection)
        return RoomSeat(self.room, visitor, self._send.send, self._storage.documents, self._on_readable)

    async def post(self, event: Event) -> None:
        """Have an event of the service itself (a kick, tracks from a playlist) handled; returns when it is durable.

        Raises:
            StorageDown: The room failed before that; nothing of it was kept.
            trio.BrokenResourceError: The room closed meanwhile; open it again.
        """
        awaited = _Awaited(event)
        self._awaited.append(awaited)
        await self._send.send(awaited)
        await awaited.over.wait()
        if not awaited.is_durable:
            raise StorageDown("the room had to close before this was saved; try again")

    # ── the task ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        """Serve until the room has been empty for its idle time. Cancellation closes it in order as well.

        Raises:
            Fenced, StorageDown, StorageFull: The journal does not take the room's records any more.
        """
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._renew)
                while not self._is_idle():
                    await self._tick(nursery)
                nursery.cancel_scope.cancel()
        finally:
            self._send.close()
            self._receive.close()
            for awaited in tuple(self._awaited):
                self._end(awaited, is_durable=False)
            await self._close()
            self.closed.set()

    def dismiss(self, ending: Ending) -> None:
        """End every connection in the room."""
        for outlet in list(self._outlets.values()):
            outlet.end(ending)

    async def _tick(self, nursery: trio.Nursery) -> None:
        durable: list[_Awaited] = []
        for item in await self._next_batch():
            if isinstance(item, _Awaited):
                durable.append(item)
                await self._handle(item.event)
            elif item is not None:
                await self._handle(item)
        tick = self._core.finish_tick(self._timebase.now())
        await self._journal.commit(tick.records)
        for awaited in durable:
            self._end(awaited, is_durable=True)
        for effect in tick.effects:
            self._perform(effect, nursery)
        self._heal_readers()
        await self._hold_what_plays()
        for document in self._journal.due():
            await self._journal.snapshot(document, self._core.state(document))

    def _end(self, awaited: _Awaited, *, is_durable: bool) -> None:
        awaited.is_durable = is_durable
        awaited.over.set()
        self._awaited.remove(awaited)

    async def _next_batch(self) -> list[Event | _Awaited | None]:
        batch: list[Event | _Awaited | None] = []
        with trio.move_on_after(self._seconds_to_wait()):
            batch.append(await self._receive.receive())
        while len(batch) < EVENTS_PER_TICK:
            try:
                batch.append(self._receive.receive_nowait())
            except trio.WouldBlock:
                break
        return batch

    def _seconds_to_wait(self) -> float:
        now = self._timebase.now()
        instants = [self._core.wake_at()]
        if self._empty_since is not None:
            instants.append(Micros(self._empty_since + self._idle_micros))
        known = [instant for instant in instants if instant is not None]
        return max(0.0, (min(known) - now) / MICROS_PER_SECOND) if known else math.inf

    def _is_idle(self) -> bool:
        return self._empty_since is not None and self._timebase.now() - self._empty_since >= self._idle_micros

    async def _handle(self, event: Event) -> None:
        try:
            self._core.handle(event, self._timebase.now())
        except TracksWanted as wanted:
            assert isinstance(event, Submitted)
            assert isinstance(event.frame, Update)
            existing = await self._recordings.exists([TrackId(track) for track in wanted.tracks])
            if existing >= wanted.tracks:
                self._core.learn_tracks(existing)
                self._core.handle(event, self._timebase.now())
            else:
                self._core.refuse_unknown_tracks(event.connection, event.frame)
        if isinstance(event, Departed):
            self._forget(event.connection)

    # ── effects ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _perform(self, effect: Effect, nursery: trio.Nursery) -> None:
        match effect:
            case Send(connection=connection, frame=frame):
                outlet = self._outlets.get(connection)
                if outlet is not None:
                    outlet.send(frame)
            case Publish(connections=connections, frame=frame):
                self._publish(connections, frame)
            case Unseat(connection=connection):
                self._forget(connection)
            case Measure(track=track):
                nursery.start_soon(self._measure, track)
            case Warm(track=track, position=position):
                nursery.start_soon(self._recordings.warm, track, position)
            case Promote(principal=principal, role=role):
                nursery.start_soon(
                    self._storage.rooms.save_member,
                    Membership(self.room, principal, role, False, self._timebase.stamp().utc_at),
                )
            case _:
                assert_never(effect)

    def _publish(self, connections: tuple[ConnectionId, ...], frame: FromServer) -> None:
        shared = SharedPayload(encode(frame))
        for connection in connections:
            outlet = self._outlets.get(connection)
            if outlet is None or connection in self._behind:
                continue
            if not outlet.push(shared):
                self._behind[connection] = self._known_to(connection)

    def _known_to(self, connection: ConnectionId) -> dict[DocumentName, bytes]:
        """State vectors that a reader who falls behind now is known to have: those from before this very tick."""
        return {name: self._core.vector_before_tick(name) for name in self._core.open_documents(connection)}

    def _on_readable(self, visitor: Visitor) -> None:
        self._readable.add(visitor.connection)
        # A full inbox wakes the task as well; a closed room has nothing to heal.
        with suppress(trio.WouldBlock, trio.ClosedResourceError, trio.BrokenResourceError):
            self._send.send_nowait(None)

    def _heal_readers(self) -> None:
        """Send those who fell behind one diff per document, and everybody's presence, instead of all they missed."""
        for connection in tuple(self._readable):
            self._readable.discard(connection)
            missed, outlet = self._behind.pop(connection, None), self._outlets.get(connection)
            if missed is None or outlet is None:
                continue
            for name, vector in missed.items():
                if not outlet.push(SharedPayload(encode(Changed(name, self._core.diff(name, vector))))):
                    self._behind[connection] = missed
                    break
            else:
                outlet.push(SharedPayload(encode(self._core.attendance.everybody())))

    def _forget(self, connection: ConnectionId) -> None:
        self._outlets.pop(connection, None)
        self._behind.pop(connection, None)
        self._readable.discard(connection)
        if not self._outlets:
            self._empty_since = self._timebase.now()

    async def _hold_what_plays(self) -> None:
        current = self._core.transport.current
        track = None if current is None else TrackId(current.track)
        if track != self._held:
            self._held = track
            await self._recordings.hold(self.room, track)

    async def _measure(self, track: TrackId) -> None:
        event: Event
        try:
            event = Measured(track, await self._recordings.frames(track))
        except Refusal as refusal:
            _log.warning("unplayable track", room=self.room, track=track, code=refusal.code)
            event = Unplayable(track, refusal.code, refusal.reason)
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):  # the room closed meanwhile
            await self._send.send(event)

    async def _renew(self) -> None:
        while True:
            await trio.sleep(RENEW_EVERY_SECONDS)
            await self._storage.rooms.renew(self.room, self._node, self._lease.term, self._timebase.stamp().utc_at)

    async def _close(self) -> None:
        """Keep snapshots, free the replicas. Shielded for a second: the data is safe in the journal anyway."""
        with trio.CancelScope(shield=True, deadline=trio.current_time() + 1):  # snapshots only make loading faster
            try:
                for document in self._journal.grown():
                    await self._journal.snapshot(document, self._core.state(document))
                await self._recordings.hold(self.room, None)
            except Refusal as refusal:
                _log.warning("no snapshot at closing", room=self.room, code=refusal.code)
        self._core.close()

    def positions(self) -> Mapping[str, int]:
        """Counts for logs and health: connections and listeners."""
        return {"participants": len(self._outlets), "listeners": self._core.attendance.listeners}
