"""The documents of one open room: who follows them, what may change in them, what is journalled and told of it.

Pure, like the core it belongs to. Everything that follows from a call is appended to the tick's draft, in order.
"""

from collections.abc import Iterable, Mapping
from typing import Final, cast

from hathor_rt.documents.followed import SERVER, FollowedDocuments
from hathor_rt.documents.ports import Visitor
from hathor_rt.documents.tracks import KnownTracks
from hathor_rt.ids import ConnectionId, DocumentName, PrincipalId, RoomId
from hathor_rt.rooms.effects import Draft
from hathor_rt.rooms.events import Opening, TracksAppended
from hathor_rt.rooms.permissions import permitted, require
from hathor_rt.storage.ports import RoomRecord
from sync.documents import playback, queue
from sync.documents.kind import Action
from sync.documents.plain import Plain
from sync.documents.replica import Replica
from sync.refusal import NotAllowed, Refusal, SchemaViolation, UpdateTooLarge
from sync.timeline.plain import to_plain
from sync.timeline.transport import Transport
from sync.units import Micros
from sync.wire.frames import Close, Update

# Entries must name somebody: what the server itself put into a queue carries this.
BY_SERVER: Final = PrincipalId("server")


class RoomDocuments(FollowedDocuments):
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
        replicas = {self.queue_name: queue, self.playback_name: playback}
        super().__init__(replicas, tell=self.draft.effects.append, keep=self.draft.records.append)
        self._queue = queue
        self._tracks = KnownTracks()
        # Whether the queue changed since its order keys were last looked through.
        self._is_unbalanced = True

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def entries(self) -> tuple[queue.QueueEntry, ...]:
        """The queue in order, with everything accepted so far."""
        return queue.entries(self._queue)

    # ── readers ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def open(self, event: Opening) -> None:
        """Let a connection follow a document. Raises what `follow` raises."""
        frame = event.frame
        self.follow(
            DocumentName(frame.document), event.connection, frame.state_vector, event.client_id, event.client_ids
        )

    def shut(self, connection: ConnectionId, frame: Close) -> None:
        """A connection follows a document no longer."""
        self.unsubscribe(DocumentName(frame.document), connection)

    def refuse(self, connection: ConnectionId, frame: Update, refusal: Refusal) -> None:
        """Tell a reader that its update was refused; see `refuse_edit`."""
        self.refuse_edit(DocumentName(frame.document), connection, frame.intent, refusal)

    # ── edits of participants ────────────────────────────────────────────────────────────────────────────────────────

    def learn_tracks(self, existing: Iterable[str]) -> None:
        """These tracks exist in the library."""
        self._tracks.learn(existing)

    def update(self, visitor: Visitor, role: str, record: RoomRecord, frame: Update) -> bool:
        """Take a participant's update in.

        Returns:
            Whether a document changed. False also for what came after a refused update: its author does not know yet.

        Raises:
            TracksWanted, ClientIdWanted: See there; nothing has changed.
            NotAllowed, UnknownDocument, SchemaViolation: Refused by the room.
            Refusal: Refused by the document: what `Replica.propose` raises.
        """

        def judge(actions: Iterable[Action]) -> None:
            self._judge(visitor, role, record, actions)

        has_changed = self.take(DocumentName(frame.document), visitor, frame.update, frame.intent, judge)
        self._is_unbalanced |= has_changed
        return has_changed

    def _judge(self, visitor: Visitor, role: str, record: RoomRecord, actions: Iterable[Action]) -> None:
        """Whether the role permits what the shadow saw. The shape of entries was checked by the document kind already."""
        added: list[str] = []
        has_any = False
        for action in actions:
            has_any = True
            match action:
                case queue.Added(track=track, added_by=added_by):
                    require(role, record, "add")
                    if added_by != visitor.principal:
                        raise SchemaViolation("an entry must name the one who adds it")
                    added.append(track)
                case queue.Moved(added_by=added_by) | queue.Removed(added_by=added_by):
                    require(role, record, "edit-own" if added_by == visitor.principal else "edit-any")
                case _:
                    raise AssertionError(f"no right is written down for {action}")
        # An edit that lost against another leaves its traces, which every newcomer is sent.
        if not has_any and not permitted(role, record):
            raise NotAllowed("your role may only read what this room shares")
        self._tracks.require(added)

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
        self.author(self.queue_name, queue.add(*rows, at_most=most), actions, event.principal)
        self._is_unbalanced = True

    def write_transport(self, transport: Transport, bent_by: PrincipalId | None = None) -> None:
        """Replace the record of what plays; `bent_by`: who changed the vibe with it, for the history."""
        # `to_plain` yields exactly what a document can hold; the two modules are siblings that cannot share the type.
        plain = cast("Mapping[str, Plain]", to_plain(transport))
        vibe = transport.vibe
        bent = playback.Bent(vibe.tempo_permille, vibe.pitch_cents, vibe.keeps_formants)
        actions = () if bent_by is None else (bent,)
        self.author(self.playback_name, playback.write_transport(plain), actions, bent_by or SERVER)

    def rebalance(self) -> bool:
        """Shorten order keys that many edits in one place made long; whether there were any.

        Length is never a reason to refuse an edit. Everything accepted must have been flushed.
        """
        if not self._is_unbalanced:
            return False
        self._is_unbalanced = False
        if not queue.has_overlong_keys(self._queue):
            return False
        orders = queue.rebalanced(self.entries)
        if orders:
            self.author(self.queue_name, queue.move(orders), (), SERVER)
        return bool(orders)
