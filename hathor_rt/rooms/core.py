"""Every decision of a room, as a plain object: an event and an instant go in, a tick of records and effects comes out.

No I/O, no clock, no randomness: so a room is tested as a table and simulated for hours of virtual time in seconds. The owner
task (`room.py`) commits the tick's records as one unit and only then carries out its effects: commit, then publish.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, assert_never, cast

from hathor_rt.ids import ConnectionId, DeviceId, DocumentName, PrincipalId, TrackId
from hathor_rt.refusals import UnknownTrack
from hathor_rt.rooms.attendance import Attendance, Attendee
from hathor_rt.rooms.conductor import Conductor
from hathor_rt.rooms.effects import Effect, Measure, Promote, Publish, Record, Send, Tick, Unseat, Warm
from hathor_rt.rooms.events import (
    Departed,
    Event,
    Expelled,
    Joined,
    Measured,
    Opening,
    Reconfigured,
    Renamed,
    SoundChanged,
    Submitted,
    TracksAppended,
    Unplayable,
)
from hathor_rt.rooms.permissions import permitted
from hathor_rt.storage.ports import RoomRecord
from sync.documents import playback, queue
from sync.documents.kind import Action, Edit
from sync.documents.plain import Plain
from sync.documents.replica import Replica
from sync.refusal import NotAllowed, Refusal, SchemaViolation, UnknownDocument
from sync.timeline.lead import start_lead
from sync.timeline.plain import to_plain
from sync.timeline.transport import Transport
from sync.units import Micros
from sync.wire.frames import (
    Changed,
    Close,
    Command,
    Done,
    Entered,
    Left,
    Opened,
    Refused,
    Report,
    Saved,
    Update,
)

# After this long without a listener the room pauses where it is.
SILENCE_PAUSES_AFTER: Final = Micros(30_000_000)
SERVER: Final = PrincipalId("")
# Entries must name somebody: what the server itself put into a queue carries this.
BY_SERVER: Final = PrincipalId("server")


class TracksWanted(Exception):  # not an error: a question the caller answers with `learn_tracks`
    """Handling needs to know whether these tracks exist; nothing has changed. Call `learn_tracks`, then handle again."""

    def __init__(self, tracks: frozenset[str]) -> None:
        super().__init__("tracks to look up")
        self.tracks = tracks


@dataclass(slots=True)
class _Subscription:
    """One connection's open document."""

    client_ids: frozenset[int]
    unsaved_intent: int = -1


@dataclass(frozen=True, slots=True)
class RoomDocuments:
    """The replicas of one room, loaded from the journal."""

    queue: Replica
    playback: Replica

    def by_name(self, record: RoomRecord) -> Mapping[DocumentName, Replica]:
        """The same under their names on the wire."""
        return {
            DocumentName(f"queue:{record.room}"): self.queue,
            DocumentName(f"playback:{record.room}"): self.playback,
        }


class RoomCore:
    """The state of one open room. Owned by exactly one task.

    Args:
        record: The room as kept.
        documents: Its replicas.
        transport: What plays, already re-anchored to this owner's timebase and term.
        now: Present instant.
    """

    def __init__(self, record: RoomRecord, documents: RoomDocuments, transport: Transport, now: Micros) -> None:
        self.record = record
        self.attendance = Attendance(record.room)
        self.attendance.note(now)
        self._queue = documents.queue
        self._playback = documents.playback
        self._documents = documents.by_name(record)
        self._queue_name, self._playback_name = self._documents
        self._subscriptions: dict[DocumentName, dict[ConnectionId, _Subscription]] = {n: {} for n in self._documents}
        self._dropped: set[tuple[DocumentName, ConnectionId]] = set()
        self._known_tracks: set[str] = set()
        self._measuring: set[str] = set()
        self._awaiting_start: list[tuple[ConnectionId, int]] = []
        self._records: list[Record] = []
        self._effects: list[Effect] = []
        self._vectors = {name: replica.state_vector() for name, replica in self._documents.items()}
        self._vectors_before = self._vectors
        self._conductor = Conductor(transport)
        self._written: Transport | None = None
        self._conductor.queue_changed(queue.entries(self._queue), now)

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def transport(self) -> Transport:
        """What plays."""
        return self._conductor.transport

    def diff(self, document: DocumentName, state_vector: bytes) -> bytes:
        """What a replica at `state_vector` lacks of the live document."""
        return self._documents[document].diff(state_vector)

    def state(self, document: DocumentName) -> bytes:
        """The live document as one update."""
        return self._documents[document].state()

    def vector_before_tick(self, document: DocumentName) -> bytes:
        """State vector of the document as of before the last finished tick: what every reader has who kept up so far."""
        return self._vectors_before[document]

    def close(self) -> None:
        """Free the replicas. The core must not be used afterwards."""
        for replica in self._documents.values():
            replica.close()

    def open_documents(self, connection: ConnectionId) -> tuple[DocumentName, ...]:
        """Documents this connection is subscribed to."""
        return tuple(name for name, readers in self._subscriptions.items() if connection in readers)

    def holds(self, track: TrackId) -> bool:
        """Whether the track is in the queue or playing."""
        cues = (self.transport.current, self.transport.next)
        if any(cue is not None and cue.track == track for cue in cues):
            return True
        return any(row.track == track for row in queue.entries(self._queue))

    def wake_at(self) -> Micros | None:
        """When `finish_tick` must be called even if no event comes."""
        silent = self.attendance.silent_since
        instants = [
            self._conductor.wake_at(),
            self.attendance.succession_at() if self.record.owner else None,
            Micros(silent + SILENCE_PAUSES_AFTER) if silent is not None and self._conductor.is_playing else None,
        ]
        return min((instant for instant in instants if instant is not None), default=None)

    # ── events ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def learn_tracks(self, existing: Iterable[str]) -> None:
        """These tracks exist in the library."""
        self._known_tracks.update(existing)

    def handle(self, event: Event, now: Micros) -> None:
        """Take one event in. What follows from it is in the next `finish_tick`.

        Raises:
            TracksWanted: See there; the event is to be handled again.
        """
        match event:
            case Joined():
                self._join(event, now)
            case SoundChanged(connection=connection, sound=sound):
                if connection in self.attendance:
                    self.attendance.set_sound(connection, now, sound=sound)
            case Departed(connection=connection):
                self._depart(connection, now)
            case Opening():
                if event.connection in self.attendance:
                    self._open(event)
            case Submitted(connection=connection, frame=frame):
                if connection in self.attendance:
                    self._submit(self.attendance[connection], frame, now)
            case Measured(track=track, frames=frames):
                self._measuring.discard(track)
                self._conductor.measured(track, frames, now)
            case Unplayable(track=track):
                self._measuring.discard(track)
                self._conductor.unplayable(track, now, self._lead())
            case TracksAppended():
                self._append(event, now)
            case Reconfigured(record=record):
                self._reconfigure(record)
            case Expelled(principal=principal, code=code, reason=reason):
                for connection in self.attendance.connections_of(principal):
                    self._effects.append(Send(connection, Left(self.record.room, code, reason)))
                    self._effects.append(Unseat(connection))
                    self._depart(connection, now)
            case Renamed(principal=principal, name=name):
                self.attendance.rename(principal, name)
            case _:
                assert_never(event)

    def finish_tick(self, now: Micros) -> Tick:
        """Close the batch: one update per changed document, the transport if it changed, presence; then start anew."""
        self._keep_house(now)
        self._conductor.tick(now, self._lead(), is_warm=self.attendance.is_warm())
        published = self._queue.flush()
        if published is not None:
            self._publish(self._queue_name, published)
            self._rebalance(now)
        self._write_transport()
        self._answer_saved()
        if not self._conductor.is_starting:
            for connection, seq in self._awaiting_start:
                self._effects.append(Send(connection, Done(self.record.room, seq)))
            self._awaiting_start.clear()
        people = self.attendance.changes()
        if people is not None and len(self.attendance):
            self._effects.append(Publish(self.attendance.connections, people))
        self._ask_for_lengths()
        self._vectors_before = self._vectors
        self._vectors = {name: replica.state_vector() for name, replica in self._documents.items()}
        tick = Tick(tuple(self._records), tuple(self._effects))
        self._records, self._effects = [], []
        return tick

    # ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _join(self, event: Joined, now: Micros) -> None:
        visitor = event.visitor
        self.attendance.join(visitor, event.role, now, sound=event.sound)
        self._effects.append(Send(visitor.connection, self._entered(event.role)))
        self._effects.append(Send(visitor.connection, self.attendance.everybody()))

    def _entered(self, role: str) -> Entered:
        return Entered(self.record.room, self.record.name, role, sorted(permitted(role, self.record)))

    def _depart(self, connection: ConnectionId, now: Micros) -> None:
        for readers in self._subscriptions.values():
            readers.pop(connection, None)
        self._dropped = {pair for pair in self._dropped if pair[1] != connection}
        self._awaiting_start = [pair for pair in self._awaiting_start if pair[0] != connection]
        self.attendance.leave(connection, now)

    def _reconfigure(self, record: RoomRecord) -> None:
        self.record = record
        for attendee in self.attendance:
            self._effects.append(Send(attendee.visitor.connection, self._entered(attendee.role)))

    def _keep_house(self, now: Micros) -> None:
        silent = self.attendance.silent_since
        if silent is not None and now - silent >= SILENCE_PAUSES_AFTER:
            self._conductor.stop(now)
        succession = self.attendance.succession_at()
        heir = self.attendance.heir()
        # A room that belongs to the server (the demo room) has no host to succeed.
        if succession is not None and now >= succession and heir is not None and self.record.owner:
            self.attendance.set_role(heir, "host", now)
            self._effects.append(Promote(heir, "host"))
            for connection in self.attendance.connections_of(heir):
                self._effects.append(Send(connection, self._entered("host")))

    # ── documents ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _open(self, event: Opening) -> None:
        frame = event.frame
        name = DocumentName(frame.document)
        replica = self._documents.get(name)
        try:
            if replica is None:
                raise UnknownDocument("this room has no such document")
            update = replica.diff(frame.state_vector)
        except Refusal as refusal:
            self._refuse(event.connection, "open", frame.document, 0, refusal)
            return
        self._dropped.discard((name, event.connection))
        self._subscriptions[name][event.connection] = _Subscription(event.client_ids | {event.client_id})
        answer = Opened(frame.document, event.client_id, update, replica.state_vector())
        self._effects.append(Send(event.connection, answer))

    def _submit(self, attendee: Attendee, frame: Close | Update | Command | Report, now: Micros) -> None:
        connection = attendee.visitor.connection
        match frame:
            case Close(document=document):
                self._subscriptions.get(DocumentName(document), {}).pop(connection, None)
            case Update():
                try:
                    self._update(attendee, frame, now)
                except Refusal as refusal:
                    self._refuse(connection, "update", frame.document, frame.intent, refusal)
            case Command(seq=seq, order=order):
                try:
                    self._require(attendee, "control")
                    self._conductor.command(order, now, self._lead(), is_warm=self.attendance.is_warm())
                except Refusal as refusal:
                    self._refuse(connection, "command", self.record.room, seq, refusal)
                else:
                    self._awaiting_start.append((connection, seq))
            case Report():
                self.attendance.report(connection, frame, now)
            case _:
                assert_never(frame)

    def _update(self, attendee: Attendee, frame: Update, now: Micros) -> None:
        name = DocumentName(frame.document)
        visitor = attendee.visitor
        subscription = self._subscriptions.get(name, {}).get(visitor.connection)
        if subscription is None:
            if (name, visitor.connection) in self._dropped:
                return  # sent before its author learned that an earlier update was refused; it replays its intents
            raise UnknownDocument("open the document before editing it")
        replica = self._documents[name]
        proposal = replica.propose(frame.update, subscription.client_ids)
        try:
            self._judge(attendee, proposal.actions)
        except (Refusal, TracksWanted):
            replica.discard()
            raise
        replica.accept()
        subscription.unsaved_intent = max(subscription.unsaved_intent, frame.intent)
        if proposal.has_effect:
            actions = json.dumps([action.to_plain() for action in proposal.actions])
            self._records.append(Record(name, frame.update, visitor.principal, visitor.device, actions))
            self._conductor.queue_changed(queue.entries(self._queue), now)

    def _judge(self, attendee: Attendee, actions: Iterable[Action]) -> None:
        """Whether the role permits what the shadow saw. The shape of entries was checked by the document kind already."""
        wanted: set[str] = set()
        for action in actions:
            match action:
                case queue.Added(track=track, added_by=added_by):
                    self._require(attendee, "add")
                    if added_by != attendee.visitor.principal:
                        raise SchemaViolation("an entry must name the one who adds it")
                    if track not in self._known_tracks:
                        wanted.add(track)
                case queue.Moved(added_by=added_by) | queue.Removed(added_by=added_by):
                    own = added_by == attendee.visitor.principal
                    self._require(attendee, "edit-own" if own else "edit-any")
                case _:
                    raise AssertionError(f"no right is written down for {action}")
        if wanted:
            raise TracksWanted(frozenset(wanted))

    def refuse_unknown_tracks(self, connection: ConnectionId, frame: Update) -> None:
        """Answer an update whose tracks were looked up and do not exist."""
        refusal = UnknownTrack("this track is not in the library")
        self._refuse(connection, "update", frame.document, frame.intent, refusal)

    def _append(self, event: TracksAppended, now: Micros) -> None:
        present = queue.entries(self._queue)
        orders = queue.orders_at(present, len(present), event.entries)
        rows = [
            queue.QueueEntry(entry, track, event.principal or BY_SERVER, order, Micros(event.utc_at))
            for entry, track, order in zip(event.entries, event.tracks, orders, strict=True)
        ]
        actions = [queue.Added(row.entry, row.track, row.added_by, row.order, row.added_at) for row in rows]
        self._author(self._queue_name, queue.add(*rows), actions, event.principal)
        self._known_tracks.update(event.tracks)
        self._conductor.queue_changed(queue.entries(self._queue), now)

    def _write_transport(self) -> None:
        transport = self._conductor.transport
        if transport == self._written:
            return
        former = self._written
        self._written = transport
        # `to_plain` yields exactly what a document can hold; the two modules are siblings that cannot share the type.
        plain = cast("Mapping[str, Plain]", to_plain(transport))
        self._author(self._playback_name, playback.write_transport(plain), (), SERVER)
        current = transport.current
        if current is not None and (former is None or former.current is None or former.current.entry != current.entry):
            self.attendance.forget_readiness()
        if current is not None:
            self._effects.append(Warm(TrackId(current.track), transport.anchor.position))
        if transport.next is not None and (former is None or former.next != transport.next):
            self._effects.append(Warm(TrackId(transport.next.track), Micros(0)))

    def _author(self, name: DocumentName, edit: Edit, actions: Iterable[Action], principal: PrincipalId) -> None:
        """The server's own edit: journalled and published like everybody's."""
        update = self._documents[name].author(edit)
        if update is not None:
            told = json.dumps([action.to_plain() for action in actions])
            self._records.append(Record(name, update, principal, DeviceId(""), told))
            self._publish(name, update)

    def _rebalance(self, now: Micros) -> None:
        """Shorten order keys that many edits in one place made long. Length is never a reason to refuse an edit."""
        orders = queue.rebalanced(queue.entries(self._queue))
        if orders:
            self._author(self._queue_name, queue.move(orders), (), SERVER)
            self._conductor.queue_changed(queue.entries(self._queue), now)

    def _publish(self, name: DocumentName, update: bytes) -> None:
        readers = tuple(self._subscriptions[name])
        if readers:
            self._effects.append(Publish(readers, Changed(name, update)))

    def _answer_saved(self) -> None:
        for name, readers in self._subscriptions.items():
            for connection, subscription in readers.items():
                if subscription.unsaved_intent >= 0:
                    self._effects.append(Send(connection, Saved(name, subscription.unsaved_intent)))
                    subscription.unsaved_intent = -1

    # ── small rules ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _ask_for_lengths(self) -> None:
        for track in self._conductor.wanted_tracks():
            if track not in self._measuring:
                self._measuring.add(track)
                self._effects.append(Measure(TrackId(track)))

    def _lead(self) -> Micros:
        return start_lead(self.attendance.listener_reports())

    def _require(self, attendee: Attendee, action: str) -> None:
        if action not in permitted(attendee.role, self.record):
            raise NotAllowed(_REASONS[action])

    def _refuse(self, connection: ConnectionId, about: str, subject: str, seq: int, refusal: Refusal) -> None:
        if about == "update":
            readers = self._subscriptions.get(DocumentName(subject), {})
            # A refused replica must be opened anew: until then its further updates build on what was refused.
            if readers.pop(connection, None) is not None:
                self._dropped.add((DocumentName(subject), connection))
        self._effects.append(Send(connection, Refused(about, subject, seq, refusal.code, refusal.reason)))


_REASONS: Final[Mapping[str, str]] = {
    "control": "in this room only the host controls what plays",
    "add": "your role may not add tracks here",
    "edit-own": "your role may not change the queue here",
    "edit-any": "in this room you may move and remove only what you added yourself",
}
