"""The documents of one owner: who follows them, what may change in them, what is journalled and told of it.

Pure. Everything that follows from a call is handed to `tell` and `keep`, in order.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from hathor_rt.documents.effects import Publish, Record, Send
from hathor_rt.documents.ports import Visitor
from hathor_rt.ids import ConnectionId, DeviceId, DocumentName, PrincipalId
from sync.documents.kind import Action, Edit
from sync.documents.replica import Proposal, Replica
from sync.refusal import ForeignClientId, MissingPredecessor, Refusal, SchemaViolation, UnknownDocument
from sync.wire.frames import Changed, Opened, Refused, Saved

SERVER: Final = PrincipalId("")

# Ids that one connection may bring along: a page has one, or two after Yjs met its own operations.
MOST_CLAIMS: Final = 64
# Whose ids are, so that storage is not asked again; a document has as many authors at most.
AUTHORS_REMEMBERED: Final = 20_000
# A plain Yjs client that edits before it was synced is asked once or twice for what is missing.
MOST_GAPS: Final = 16
# An update that holds nothing.
NOTHING: Final = b"\x00\x00"


_encoder: Final = msgspec.json.Encoder()


class ClientIdWanted(Exception):  # not an error: a question the caller answers with `learn_author`
    """Whose client id is this? Nothing has changed. Claim it in storage, `learn_author`, then handle again."""

    def __init__(self, document: DocumentName, client_id: int) -> None:
        super().__init__("client id to claim")
        self.document = document
        self.client_id = client_id


@dataclass(slots=True)
class _Subscription:
    """One connection's open document. Clients with ids of their own choice are `is_plain`."""

    client_ids: frozenset[int]
    is_plain: bool
    unsaved_intent: int = -1
    gaps: int = 0


class FollowedDocuments:
    """Replicas loaded from the journal, and their readers.

    Args:
        replicas: By name; owned from here on.
        tell: Takes what readers are told.
        keep: Takes what is to be journalled.
    """

    def __init__(
        self,
        replicas: Mapping[DocumentName, Replica],
        *,
        tell: Callable[[Send | Publish], None],
        keep: Callable[[Record], None],
    ) -> None:
        self._replicas: Final = dict(replicas)
        self._tell = tell
        self._keep = keep
        self._readers: dict[DocumentName, dict[ConnectionId, _Subscription]] = {name: {} for name in replicas}
        # Readers whose update was refused and who have not opened the document again since.
        self._dropped: set[tuple[DocumentName, ConnectionId]] = set()
        # Whose a client id is that its client chose itself; as far as anybody asked lately.
        self._authors: dict[tuple[DocumentName, int], PrincipalId] = {}
        # Readers whose edits of this tick are not yet answered, in the order of their first one.
        self._unanswered: dict[tuple[DocumentName, ConnectionId], None] = {}
        self._vectors = {name: replica.state_vector() for name, replica in replicas.items()}
        self._vectors_before = self._vectors
        # Documents whose live copy this tick has changed.
        self._changed: set[DocumentName] = set()

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def diff(self, document: DocumentName, state_vector: bytes) -> bytes:
        """What a replica at `state_vector` lacks of the live document."""
        return self._replicas[document].diff(state_vector)

    def snapshot(self, document: DocumentName) -> Callable[[], bytes]:
        """Makes what is to be kept of the live document; see `Replica.snapshot`."""
        return self._replicas[document].snapshot()

    def vector_before_tick(self, document: DocumentName) -> bytes:
        """State vector of the document as of before the last finished tick: what every reader has who kept up so far."""
        return self._vectors_before[document]

    def opened_by(self, connection: ConnectionId) -> tuple[DocumentName, ...]:
        """Documents this connection follows."""
        return tuple(name for name, readers in self._readers.items() if connection in readers)

    def rest(self) -> None:
        """Nobody edits for now: see `Replica.rest`."""
        for replica in self._replicas.values():
            replica.rest()

    def close(self) -> None:
        """Free the replicas. Nothing here may be used afterwards."""
        for replica in self._replicas.values():
            replica.close()

    # ── readers ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def follow(
        self, name: DocumentName, connection: ConnectionId, state_vector: bytes, client_id: int, known: frozenset[int]
    ) -> None:
        """Let a connection follow a document, from where its replica stands.

        Args:
            name: The document.
            connection: Who follows.
            state_vector: What it has.
            client_id: Issued to author under; 0: a Yjs client, which brings its own.
            known: All ids its sender may author under.

        Raises:
            UnknownDocument: There is none of this name here.
            MalformedUpdate: The state vector is none.
        """
        replica = self._replicas.get(name)
        if replica is None:
            raise UnknownDocument("this room has no such document")
        update = replica.diff(state_vector)
        former = self._readers[name].get(connection)
        self.unsubscribe(name, connection)
        ids = known | {client_id} if client_id else known
        if former is not None and not client_id:
            ids |= former.client_ids
        self._readers[name][connection] = _Subscription(ids, is_plain=not client_id)
        self._tell(Send(connection, Opened(name, client_id, update, replica.state_vector())))

    def unsubscribe(self, name: DocumentName, connection: ConnectionId) -> None:
        """A connection follows a document no longer."""
        subscription = self._readers.get(name, {}).pop(connection, None)
        if subscription is not None:
            # What was accepted before is durable with this tick: its author must hear so, or it would do it again.
            self._answer_saved(name, connection, subscription)
        self._dropped.discard((name, connection))

    def depart(self, connection: ConnectionId) -> None:
        """A connection is gone: it follows nothing and is owed nothing."""
        for name, readers in self._readers.items():
            readers.pop(connection, None)
            self._dropped.discard((name, connection))

    def refuse_edit(self, name: DocumentName, connection: ConnectionId, intent: int, refusal: Refusal) -> None:
        """Tell a reader that its update was refused.

        Its replica must be opened anew: until then its further updates build on what was refused. A Yjs client that is
        ahead of what it was asked for is only asked again.
        """
        subscription = self._readers.get(name, {}).get(connection)
        if subscription is not None:
            if isinstance(refusal, MissingPredecessor) and subscription.is_plain and subscription.gaps < MOST_GAPS:
                subscription.gaps += 1
                self._tell(Send(connection, Opened(name, 0, NOTHING, self._replicas[name].state_vector())))
                return
            self.unsubscribe(name, connection)
            self._dropped.add((name, connection))
        self._tell(Send(connection, Refused("update", name, intent, refusal.code, refusal.reason)))

    # ── edits ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def learn_author(self, document: DocumentName, client_id: int, principal: PrincipalId) -> None:
        """Storage says whose a claimed id is."""
        self._authors[document, client_id] = principal
        if len(self._authors) > AUTHORS_REMEMBERED:
            del self._authors[next(iter(self._authors))]

    def take(
        self,
        name: DocumentName,
        visitor: Visitor,
        update: bytes,
        intent: int,
        judge: Callable[[Iterable[Action]], None],
    ) -> bool:
        """Take a participant's update in.

        Args:
            name: The document.
            visitor: Its author.
            update: Bytes from outside.
            intent: Highest intent in it.
            judge: Raises if its author may not do what the update does, or if that needs a look-up first. Of no actions at
                all: if its author may do nothing here.

        Returns:
            Whether a document changed. False also for what came after a refused update: its author does not know yet.

        Raises:
            ClientIdWanted: See there; nothing has changed.
            UnknownDocument: It is not open.
            Refusal: Refused by the document, or by `judge`.
        """
        subscription = self._readers.get(name, {}).get(visitor.connection)
        if subscription is None:
            if (name, visitor.connection) in self._dropped:
                return False  # sent before its author learned that an earlier one was refused; it replays its intents
            raise UnknownDocument("open the document before editing it")
        replica = self._replicas[name]
        proposal = self._propose(name, replica, subscription, visitor.principal, update, judge)
        if proposal.has_effect:
            try:
                judge(proposal.actions)
            except Exception:  # a refusal or a question: the document must not keep the proposal either way
                replica.discard()
                raise
            replica.accept()
            if replica.kind.keeps_authors:
                self._keep(Record(name, update, visitor.principal, visitor.device, told(proposal.actions)))
        subscription.gaps = 0
        if not subscription.is_plain:
            if subscription.unsaved_intent < 0:
                self._unanswered[name, visitor.connection] = None
            subscription.unsaved_intent = max(subscription.unsaved_intent, intent)
        return proposal.has_effect

    def _propose(
        self,
        name: DocumentName,
        replica: Replica,
        subscription: _Subscription,
        principal: PrincipalId,
        update: bytes,
        judge: Callable[[Iterable[Action]], None],
    ) -> Proposal:
        while True:
            try:
                return replica.propose(update, subscription.client_ids)
            except ForeignClientId as refusal:
                # An id beyond 2^53 does not parse, and 0 is what an open without an id says.
                is_choice = subscription.is_plain and refusal.client_id > 0
                if not is_choice or len(subscription.client_ids) >= MOST_CLAIMS:
                    raise
                author = self._authors.get((name, refusal.client_id))
                if replica.kind.is_server_written:
                    raise SchemaViolation(f"a {replica.kind.name} document is written by the server alone") from None
                if author is None:
                    judge(())  # an id is kept for good, so it is nothing for those who may not use it
                    raise ClientIdWanted(name, refusal.client_id) from None
                if author != principal:
                    raise
                subscription.client_ids |= {refusal.client_id}

    def author(self, name: DocumentName, edit: Edit, actions: Iterable[Action], principal: PrincipalId) -> None:
        """The server's own edit: journalled and published like everybody's. Raises what `Replica.author` raises."""
        update = self._replicas[name].author(edit)
        if update is not None:
            self._keep(Record(name, update, principal, DeviceId(""), told(actions)))
            self._publish(name, update)

    # ── the end of a tick ────────────────────────────────────────────────────────────────────────────────────────────

    def flush(self) -> None:
        """Bring what participants changed to the live copies and to everybody who follows them, as one update each."""
        for name, replica in self._replicas.items():
            update = replica.flush()
            if update is not None:
                if not replica.kind.keeps_authors:
                    self._keep(Record(name, update, SERVER, DeviceId(""), "[]"))
                self._publish(name, update)

    def finish(self) -> None:
        """Tell authors what is durable with this tick, and remember where its readers stand."""
        for name, connection in self._unanswered:
            subscription = self._readers[name].get(connection)
            if subscription is not None:
                self._answer_saved(name, connection, subscription)
        self._unanswered.clear()
        self._vectors_before = self._vectors
        if self._changed:
            vectors = {name: self._replicas[name].state_vector() for name in self._changed}
            self._vectors = {**self._vectors, **vectors}
            self._changed.clear()

    def _publish(self, name: DocumentName, update: bytes) -> None:
        self._changed.add(name)
        readers = tuple(self._readers[name])
        if readers:
            self._tell(Publish(readers, Changed(name, update)))

    def _answer_saved(self, name: DocumentName, connection: ConnectionId, subscription: _Subscription) -> None:
        if subscription.unsaved_intent >= 0:
            self._tell(Send(connection, Saved(name, subscription.unsaved_intent)))
            subscription.unsaved_intent = -1


def told(actions: Iterable[Action]) -> str:
    """Actions as the journal keeps them."""
    return _encoder.encode(actions if isinstance(actions, tuple) else tuple(actions)).decode()
