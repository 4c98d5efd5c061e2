"""The owner task of an open room: its core decides, its errands go beside it. The loop is every owner's."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import assert_never

import trio

from hathor_rt.documents.effects import Publish, Record, Send
from hathor_rt.documents.followed import ClientIdWanted
from hathor_rt.documents.owner import Owner, Terms
from hathor_rt.documents.tracks import TracksWanted
from hathor_rt.ids import ConnectionId, DocumentName, RoomId, TrackId
from hathor_rt.observations import Observations
from hathor_rt.refusals import UnknownTrack
from hathor_rt.rooms.core import RoomCore
from hathor_rt.rooms.effects import Effect, FindBeats, Measure, Promote, Reinstate, Unseat, Warm
from hathor_rt.rooms.errands import Errands
from hathor_rt.rooms.events import Departed, Event, Followed, Joined, Submitted
from hathor_rt.rooms.opening import OpenedRoom
from hathor_rt.rooms.ports import Outlet, Recordings, Visitor
from hathor_rt.rooms.seat import FollowingSeat, RoomSeat
from hathor_rt.storage.ports import Claim, Storage
from hathor_rt.timebase import Timebase
from sync.refusal import Refusal
from sync.units import MICROS_PER_SECOND, Micros
from sync.wire.frames import Update


class Room(Owner[Event, Effect]):
    """One open room.

    Args:
        opened: Core and journal.
        storage: For client ids and memberships.
        recordings: Lengths and warm segments.
        timebase: The room's clock.
        terms: On what terms it serves.
        observations: Told how long judging an update takes.
    """

    def __init__(
        self,
        opened: OpenedRoom,
        storage: Storage,
        recordings: Recordings,
        timebase: Timebase,
        terms: Terms,
        observations: Observations | None = None,
    ) -> None:
        super().__init__(opened.core.documents, opened.journal, timebase, terms, opened.core.news_for)
        self._core = opened.core
        self._accept_times = (observations or Observations()).accept
        self._store = storage.documents
        self._recordings = recordings
        self._errands = Errands(self.room, storage.rooms, recordings, timebase, put=self._inbox.put)

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
        connection = visitor.connection
        await self._arrive(connection, Joined(visitor, role, sound), outlet)
        return RoomSeat(
            self.room,
            visitor,
            self._inbox.put,
            self._store,
            partial(self._on_readable, connection),
            partial(self._on_gone, outlet),
        )

    async def follow(self, document: DocumentName, visitor: Visitor, outlet: Outlet, role: str) -> FollowingSeat:
        """Let `visitor` follow one document without taking part. Raises what `seat` raises."""
        connection = visitor.connection
        await self._arrive(connection, Followed(visitor, role), outlet)
        return FollowingSeat(
            document,
            visitor,
            self._inbox.put,
            partial(self._on_readable, connection),
            partial(self._on_gone, outlet),
        )

    def positions(self) -> Mapping[str, int]:
        """Counts for logs and health: connections and listeners."""
        return {"participants": len(self._readers), "listeners": self._core.attendance.listeners}

    # ── events ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _handle(self, item: Event) -> None:
        while True:
            try:
                self._decide(item)
            except (TracksWanted, ClientIdWanted) as wanted:
                assert isinstance(item, Submitted)
                assert isinstance(item.frame, Update)
                try:
                    await self._look_up(item, wanted)
                except Refusal as refusal:  # nobody can tell, or the answer is no: this edit is not made
                    self._core.refuse_update(item.connection, item.frame, refusal)
                    break
            else:
                break
        if isinstance(item, Departed):
            self._readers.unseat(item.connection)

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
                owners = await self._store.claim_client_ids(document, [claim])
                self._core.documents.learn_author(document, client_id, owners[client_id])

    def _see_off(self, connection: ConnectionId) -> None:
        self._core.handle(Departed(connection), self._timebase.now())

    def _weigh(self, item: Event) -> int:
        # The core looks at the queue and at people besides.
        return 2

    # ── the end of a tick ────────────────────────────────────────────────────────────────────────────────────────────

    def _finish(self) -> tuple[Sequence[Record], Sequence[Effect]]:
        tick = self._core.finish_tick(self._timebase.now())
        return tick.records, tick.effects

    def _do(self, effect: Effect, nursery: trio.Nursery) -> None:
        match effect:
            case Unseat(connection=connection):
                if not self._core.sits(connection):  # else it came in again within this very tick
                    self._readers.unseat(connection)
            case Measure(track=track):
                nursery.start_soon(self._errands.measure, track)
            case Warm(track=track, position=position, vibe=vibe):
                nursery.start_soon(self._errands.warm, track, position, vibe)
            case FindBeats(track=track):
                nursery.start_soon(self._errands.find_beats, track)
            case Promote(principal=principal, role=role):
                nursery.start_soon(self._errands.promote, principal, role)
            case Reinstate(owner=owner):
                nursery.start_soon(self._errands.reinstate, owner)
            case Send() | Publish():
                raise AssertionError("every owner tells by itself")
            case _:
                assert_never(effect)

    def _look_around(self, nursery: trio.Nursery) -> None:
        current = self._core.transport.current
        self._errands.hold(nursery, None if current is None else TrackId(current.track))

    def _wake_at(self) -> Micros | None:
        return self._core.wake_at()

    async def _release(self) -> None:
        await self._errands.release()
