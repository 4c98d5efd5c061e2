"""The documents of one open room: who follows them, what may change in them, what is journalled and told of it.

Pure, like the core it belongs to. Everything that follows from a call is appended to the tick's draft, in order.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, cast

from hathor_rt.ids import ConnectionId, DeviceId, DocumentName, PrincipalId, RoomId
from hathor_rt.rooms.effects import Draft, Publish, Record, Send
from hathor_rt.rooms.events import Opening, TracksAppended
from hathor_rt.rooms.permissions import require
from hathor_rt.rooms.ports import Visitor
from hathor_rt.storage.ports import RoomRecord
from sync.documents import playback, queue
from sync.documents.kind import Action, Edit
from sync.documents.plain import Plain
from sync.documents.replica import Replica
from sync.refusal import Refusal, SchemaViolation, UnknownDocument, UpdateTooLarge
from sync.timeline.plain import to_plain
from sync.timeline.transport import Transport
from sync.units import Micros
from sync.wire.frames import Changed, Close, Opened, Refused, Saved, Update

SERVER: Final = PrincipalId("")
# Entries must name somebody: what the server itself put into a queue carries this.
BY_SERVER: Final = PrincipalId("server")
# Tracks remembered to exist, so that most additions need no look-up. Beyond this the memory starts anew.
TRACKS_REMEMBERED: Final = 10_000


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


class RoomDocuments:
    """The replicas of one room, loaded from the journal, and their readers.

    Args:
        room: Whose documents they are.
        queue: Written by participants.
        playback: Written by the conductor alone.
    """

    def __init__(self, room: RoomId, queue: Replica, playback: Replica) -> None:
        self.draft: Final = Draft()
        self.queue_name: Final = DocumentName(f"queue:{room}")
        self.playback_name: Final = DocumentName(f"playback:{room}")
        self._queue = queue
        self._replicas: Final[Mapping[DocumentName, Replica]] = {self.queue_name: queue, self.playback_name: playback}
        self._readers: dict[DocumentName, dict[ConnectionId, _Subscription]] = {name: {} for name in self._replicas}
        # Readers whose update was refused and who have not opened the document again since.
        self._dropped: set[tuple[DocumentName, ConnectionId]] = set()
        self._known_tracks: set[str] = set()
        # Whether the queue changed since its order keys were last looked through.
        self._is_unbalanced = True
        self._vectors = self._present_vectors()
        self._vectors_before = self._vectors

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def entries(self) -> tuple[queue.QueueEntry, ...]:
        """The queue in order, with everything accepted so far."""
        return queue.entries(self._queue)

    def diff(self, document: DocumentName, state_vector: bytes) -> bytes:
        """What a replica at `state_vector` lacks of the live document."""
        return self._replicas[document].diff(state_vector)

    def state(self, document: DocumentName) -> bytes:
        """The live document as one update."""
        return self._replicas[document].state()

    def vector_before_tick(self, document: DocumentName) -> bytes:
        """State vector of the document as of before the last finished tick: what every reader has who kept up so far."""
        return self._vectors_before[document]

    def opened_by(self, connection: ConnectionId) -> tuple[DocumentName, ...]:
        """Documents this connection follows."""
        return tuple(name for name, readers in self._readers.items() if connection in readers)

    def close(self) -> None:
        """Free the replicas. Nothing here may be used afterwards."""
        for replica in self._replicas.values():
            replica.close()

    # ── readers ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def open(self, event: Opening) -> None:
        """Let a connection follow a document, from where its replica stands.

        Raises:
            UnknownDocument: The room has none of this name.
            MalformedUpdate: The state vector is none.
        """
        frame, connection = event.frame, event.connection
        name = DocumentName(frame.document)
        replica = self._replicas.get(name)
        if replica is None:
            raise UnknownDocument("this room has no such document")
        update = replica.diff(frame.state_vector)
        self._unsubscribe(name, connection)
        self._readers[name][connection] = _Subscription(event.client_ids | {event.client_id})
        answer = Opened(frame.document, event.client_id, update, replica.state_vector())
        self.draft.effects.append(Send(connection, answer))

    def shut(self, connection: ConnectionId, frame: Close) -> None:
        """A connection follows a document no longer."""
        self._unsubscribe(DocumentName(frame.document), connection)

    def depart(self, connection: ConnectionId) -> None:
        """A connection is gone: it follows nothing and is owed nothing."""
        for name, readers in self._readers.items():
            readers.pop(connection, None)
            self._dropped.discard((name, connection))

    def refuse(self, connection: ConnectionId, frame: Update, refusal: Refusal) -> None:
        """Tell a reader that its update was refused.

        Its replica must be opened anew: until then its further updates build on what was refused.
        """
        name = DocumentName(frame.document)
        if connection in self._readers.get(name, {}):
            self._unsubscribe(name, connection)
            self._dropped.add((name, connection))
        answer = Refused("update", frame.document, frame.intent, refusal.code, refusal.reason)
        self.draft.effects.append(Send(connection, answer))

    def _unsubscribe(self, name: DocumentName, connection: ConnectionId) -> None:
        subscription = self._readers.get(name, {}).pop(connection, None)
        if subscription is not None:
            # What was accepted before is durable with this tick: its author must hear so, or it would do it again.
            self._answer_saved(name, connection, subscription)
        self._dropped.discard((name, connection))

    # ── edits of participants ────────────────────────────────────────────────────────────────────────────────────────

    def learn_tracks(self, existing: Iterable[str]) -> None:
        """These tracks exist in the library."""
        learnt = frozenset(existing)
        if len(self._known_tracks) + len(learnt) > TRACKS_REMEMBERED:
            self._known_tracks.clear()
        self._known_tracks |= learnt

    def update(self, visitor: Visitor, role: str, record: RoomRecord, frame: Update) -> bool:
        """Take a participant's update in.

        Returns:
            Whether a document changed. False also for what came after a refused update: its author does not know yet.

        Raises:
            TracksWanted: See there; nothing has changed.
            NotAllowed, UnknownDocument, SchemaViolation: Refused by the room.
            Refusal: Refused by the document: what `Replica.propose` raises.
        """
        name = DocumentName(frame.document)
        subscription = self._readers.get(name, {}).get(visitor.connection)
        if subscription is None:
            if (name, visitor.connection) in self._dropped:
                return (
                    False  # sent before its author learned that an earlier update was refused; it replays its intents
                )
            raise UnknownDocument("open the document before editing it")
        replica = self._replicas[name]
        proposal = replica.propose(frame.update, subscription.client_ids)
        try:
            self._judge(visitor, role, record, proposal.actions)
        except (Refusal, TracksWanted):
            replica.discard()
            raise
        replica.accept()
        subscription.unsaved_intent = max(subscription.unsaved_intent, frame.intent)
        if proposal.has_effect:
            actions = _told(proposal.actions)
            self.draft.records.append(Record(name, frame.update, visitor.principal, visitor.device, actions))
            self._is_unbalanced = True
        return proposal.has_effect

    def _judge(self, visitor: Visitor, role: str, record: RoomRecord, actions: Iterable[Action]) -> None:
        """Whether the role permits what the shadow saw. The shape of entries was checked by the document kind already."""
        wanted: set[str] = set()
        for action in actions:
            match action:
                case queue.Added(track=track, added_by=added_by):
                    require(role, record, "add")
                    if added_by != visitor.principal:
                        raise SchemaViolation("an entry must name the one who adds it")
                    if track not in self._known_tracks:
                        wanted.add(track)
                case queue.Moved(added_by=added_by) | queue.Removed(added_by=added_by):
                    require(role, record, "edit-own" if added_by == visitor.principal else "edit-any")
                case _:
                    raise AssertionError(f"no right is written down for {action}")
        if wanted:
            raise TracksWanted(frozenset(wanted))

    # ── edits of the server ──────────────────────────────────────────────────────────────────────────────────────────

    def append(self, event: TracksAppended) -> None:
        """Put tracks known to exist at the end of the queue.

        Raises:
            UpdateTooLarge: The queue would have more entries than it may; none was added.
        """
        present, most = self.entries, self._queue.limits.entries
        if len(present) + len(event.entries) > most:
            raise UpdateTooLarge(f"a queue has at most {most} entries")
        orders = queue.orders_at(present, len(present), event.entries)
        rows = [
            queue.QueueEntry(entry, track, event.principal or BY_SERVER, order, Micros(event.utc_at))
            for entry, track, order in zip(event.entries, event.tracks, orders, strict=True)
        ]
        actions = [queue.Added(row.entry, row.track, row.added_by, row.order, row.added_at) for row in rows]
        # The limit was checked above, on the view, which shows more than the live copy: what this tick accepted.
        self._author(self.queue_name, queue.add(*rows, at_most=most), actions, event.principal)
        self._is_unbalanced = True

    def write_transport(self, transport: Transport) -> None:
        """Replace the record of what plays."""
        # `to_plain` yields exactly what a document can hold; the two modules are siblings that cannot share the type.
        plain = cast("Mapping[str, Plain]", to_plain(transport))
        self._author(self.playback_name, playback.write_transport(plain), (), SERVER)

    def rebalance(self) -> bool:
        """Shorten order keys that many edits in one place made long; whether there were any.

        Length is never a reason to refuse an edit. Everything accepted must have been flushed.
        """
        if not self._is_unbalanced:
            return False
        self._is_unbalanced = False
        orders = queue.rebalanced(self.entries)
        if orders:
            self._author(self.queue_name, queue.move(orders), (), SERVER)
        return bool(orders)

    def _author(self, name: DocumentName, edit: Edit, actions: Iterable[Action], principal: PrincipalId) -> None:
        """The server's own edit: journalled and published like everybody's."""
        update = self._replicas[name].author(edit)
        if update is not None:
            self.draft.records.append(Record(name, update, principal, DeviceId(""), _told(actions)))
            self._publish(name, update)

    # ── the end of a tick ────────────────────────────────────────────────────────────────────────────────────────────

    def flush(self) -> None:
        """Bring what participants changed to the live queue and to everybody who follows it, as one update."""
        update = self._queue.flush()
        if update is not None:
            self._publish(self.queue_name, update)

    def finish(self) -> None:
        """Tell authors what is durable with this tick, and remember where its readers stand."""
        for name, readers in self._readers.items():
            for connection, subscription in readers.items():
                self._answer_saved(name, connection, subscription)
        self._vectors_before = self._vectors
        self._vectors = self._present_vectors()

    def _publish(self, name: DocumentName, update: bytes) -> None:
        readers = tuple(self._readers[name])
        if readers:
            self.draft.effects.append(Publish(readers, Changed(name, update)))

    def _answer_saved(self, name: DocumentName, connection: ConnectionId, subscription: _Subscription) -> None:
        if subscription.unsaved_intent >= 0:
            self.draft.effects.append(Send(connection, Saved(name, subscription.unsaved_intent)))
            subscription.unsaved_intent = -1

    def _present_vectors(self) -> dict[DocumentName, bytes]:
        return {name: replica.state_vector() for name, replica in self._replicas.items()}


def _told(actions: Iterable[Action]) -> str:
    return json.dumps([action.to_plain() for action in actions])
