"""One document as the server holds it: a live copy that others are told of, and a shadow that tries updates first.

The engine has no rollback, so an update is applied to the shadow, judged by the changes seen there, and reaches the live
copy only if it was accepted. A refused update costs a new shadow, nothing else. All accepted updates of a tick reach the
live copy in one transaction, which yields one minimal update for everybody (merging updates instead is quadratic).

Life of an update: `propose` → `accept` or `discard` → `flush`. Between them nothing may wait: calls are plain functions.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Self

import msgspec

from sync.documents.familiar import Id, Summary
from sync.documents.free import inspect_free, read_own_free
from sync.documents.guard import inspect, read_own, read_state_vector
from sync.documents.kind import Action, Edit, Kind, Verdict, View
from sync.documents.limits import Limits
from sync.documents.nesting import FLAT, Nesting
from sync.documents.stored import Digest, StoredState
from sync.documents.watched import Effect, EnginePanic, EngineRefusal, WatchedDocument
from sync.refusal import MalformedUpdate, MissingPredecessor, Refusal, SchemaViolation, UpdateTooLarge

# For replicas that stand alone. Where clients are issued ids, the server's own must be issued beside them.
SERVER_CLIENT_ID: Final = 1


# A shadow of that many bytes is made in about 3 ms.
RESTS_UP_TO_BYTES: Final = 32 * 1024

_UNLIMITED: Final = Limits(entries=2**31, entry_ids=2**31, client_ids=2**31)


class ReplicaBroken(Exception):
    """The replica cannot go on and must be loaded again from the journal. Fatal for its room, not for others."""


class Proposal(msgspec.Struct, frozen=True):
    """What an update would do.

    Attributes:
        actions: Visible changes, as its kind tells them. May be empty although it has an effect (an edit that lost
            against a concurrent one).
        has_effect: False: nothing new is in it; it needs no right and no journal row.
    """

    actions: tuple[Action, ...]
    has_effect: bool


_NOTHING: Final = Proposal((), has_effect=False)


class _Proposed(msgspec.Struct, frozen=True):
    update: bytes
    verdict: Verdict
    summary: Summary


class Replica:
    """A document in memory. Belongs to one task; not for use from several threads.

    Args:
        kind: What kind of document it is.
        limits: What it may cost.
        client_id: Id under which the server itself authors. No client may ever be issued it.
    """

    def __init__(self, kind: Kind, limits: Limits | None = None, *, client_id: int = SERVER_CLIENT_ID) -> None:
        self.kind: Final = kind
        self.limits: Final = limits or Limits()
        self._client_id = client_id
        self._live = WatchedDocument(kind.root, client_id, sees_changes=False)
        self._shadow: WatchedDocument | None = None
        self._view = kind.open_view({}, frozenset())
        # Next clock of each client that the shadow knows. Never ahead of it, so no gap can slip through.
        self._clocks: dict[int, int] = {}
        # Ids of all nested maps, removed ones included: a state is full of values that name one of them as parent.
        self._maps: set[Id] = set()
        # Instead of them, of a free-form document: its shared values, and how deep they and others stand.
        self._nesting = Nesting(self.limits)
        # Accepted since the last flush: in the shadow, not yet in the live copy.
        self._accepted: list[bytes] = []
        self._proposed: _Proposed | None = None
        self._state: bytes | None = None
        # The state has at most this many bytes; exact when it was last measured.
        self._state_bound = 0
        self._is_closed = False

    @classmethod
    def load(
        cls,
        kind: Kind,
        state: bytes,
        updates: Sequence[bytes],
        limits: Limits | None = None,
        *,
        client_id: int = SERVER_CLIENT_ID,
    ) -> Self:
        """A replica from storage: a snapshot (may be empty) and the updates after it.

        Takes about 6 us for each entry of a queue if the snapshot has a digest and nothing came after it, else 20 us.

        Raises:
            ReplicaBroken: What was stored is no document of this kind.
        """
        replica = cls(kind, limits, client_id=client_id)
        try:
            kept = StoredState.unpack(state)
            if kept.state:
                replica._live.apply([kept.state])
            # One by one, as they were accepted: what the engine collects between transactions is part of the history.
            for update in updates:
                replica._live.apply([update])
            if kept.digest is not None and not updates:
                replica._believe(kept.digest)
            else:
                replica._read_live()
        except (EnginePanic, EngineRefusal, Refusal) as error:
            replica.close()
            raise ReplicaBroken(f"a stored {kind.name} document cannot be read: {error}") from error
        return replica

    # ── updates from clients ─────────────────────────────────────────────────────────────────────────────────────────

    def propose(self, update: bytes, client_ids: frozenset[int]) -> Proposal:
        """Try `update`, sent by one who may author under `client_ids`. Follow with `accept` or `discard`.

        Raises:
            MalformedUpdate, UpdateTooLarge, ForeignClientId, MissingPredecessor, SchemaViolation: Refused. Nothing has
                changed and there is nothing to discard.
            ReplicaBroken: The engine failed while nothing wrong was asked of it.
        """
        assert self._proposed is None, "accept or discard the former proposal first"
        summary = self._inspect(update, client_ids)
        if not summary.may_have_effect:
            return _NOTHING
        if summary.ends:
            self._check_room_for(update)
        shadow = self._ready_shadow()
        try:
            effect = shadow.apply([update])
            # Sections that wait for each other are the one gap that the guard cannot see.
            if len(summary.ends) > 1:
                self._check_integrated(shadow, summary.ends)
            if effect.update is None:
                return _NOTHING
            if self.kind.is_server_written:
                raise SchemaViolation(f"a {self.kind.name} document is written by the server alone")
            verdict = self._view.judge(effect.changes, self.limits)
        except (EnginePanic, EngineRefusal) as error:
            self._drop_shadow()
            raise MalformedUpdate("the update does not make sense as a document change") from error
        except Refusal:
            self._drop_shadow()
            raise
        self._proposed = _Proposed(update, verdict, summary)
        return Proposal(verdict.actions, has_effect=True)

    def accept(self) -> None:
        """Keep the proposal: the view shows it at once, the live copy has it after the next flush."""
        if self._proposed is None:
            return
        kept, self._proposed = self._proposed, None
        kept.verdict.settle()
        self._know(kept.summary)
        self._accepted.append(kept.update)
        self._state_bound += len(kept.update)

    def discard(self) -> None:
        """Forget the proposal."""
        if self._proposed is None:
            return
        self._proposed = None
        self._drop_shadow()

    def flush(self) -> bytes | None:
        """Bring everything accepted since the last flush to the live copy.

        Returns:
            One update with the effect of all of it, None if there was none.

        Raises:
            ReplicaBroken: The engine failed.
        """
        assert self._proposed is None, "accept or discard the proposal first"
        if not self._accepted:
            return None
        effect = self._on_live(lambda: self._live.apply(self._accepted))
        self._accepted.clear()
        return effect.update

    # ── edits by the server ──────────────────────────────────────────────────────────────────────────────────────────

    def author(self, edit: Edit) -> bytes | None:
        """Run the server's own `edit` on the live copy and bring it to the shadow.

        What was accepted but not flushed is not in the live copy yet: `edit` cannot see it.

        Returns:
            The update to keep in the journal and to publish; None if the edit changed nothing.

        Raises:
            Refusal: Raised by `edit` itself, before it changed anything.
            ReplicaBroken: The engine failed, or the edit breaks the shape of the kind.
        """
        assert self._proposed is None, "accept or discard the proposal first"
        shadow = self._ready_shadow()
        effect = self._on_live(lambda: self._live.edit(edit))
        if effect.update is None:
            return None
        try:
            summary = self._read_own(effect.update)
            seen = shadow.apply([effect.update])
            # How much the server itself may write is for its edits to say, before they change anything.
            self._view.judge(seen.changes, _UNLIMITED).settle()
        except (EnginePanic, EngineRefusal, Refusal) as error:
            raise ReplicaBroken(f"the server's own edit of a {self.kind.name} document failed: {error}") from error
        self._know(summary)
        self._state_bound += len(effect.update)
        return effect.update

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def view(self) -> View:
        """What the document holds, accepted updates included. Of the class that the kind's `open_view` makes."""
        return self._view

    def state_vector(self) -> bytes:
        """State vector of the live copy."""
        return self._live.state_vector()

    def diff(self, state_vector: bytes) -> bytes:
        """Update with everything in the live copy that a replica at `state_vector` (empty: none) lacks.

        Raises:
            MalformedUpdate: `state_vector` is none.
        """
        known = read_state_vector(state_vector, self.limits)
        return self._live.encode(state_vector) if known else self.state()

    def state(self) -> bytes:
        """The live copy as one update; encoded once per version."""
        if self._state is None:
            self._state = self._live.encode()
        return self._state

    def snapshot(self) -> Callable[[], bytes]:
        """The live copy as `load` takes it, with what makes loading fast. Everything accepted must have been flushed.

        Returns:
            Makes the bytes of what is there now, whenever and in whatever thread it is called. That is most of the work,
            about 2 us for each entry of a queue.
        """
        assert not self._accepted, "flush first: the view is ahead of the live copy"
        state, maps, content_of_view = self.state(), frozenset(self._maps), self._view.content()
        if content_of_view is None:
            return StoredState(state, None).pack

        def pack() -> bytes:
            content, used = content_of_view()
            return StoredState(state, Digest(maps, used, content)).pack()

        return pack

    def rest(self) -> None:
        """Give back what is made anew when it is needed: the shadow at the next edit, the encoded state for newcomers.

        Everything accepted must have been flushed.
        """
        assert self._proposed is None, "accept or discard the proposal first"
        assert not self._accepted, "flush first: only the shadow has what was accepted"
        # A long document keeps its shadow: at the next edit everybody would wait for a new one.
        if self._state_bound <= RESTS_UP_TO_BYTES:
            self._drop_shadow()
        self._state = None

    def close(self) -> None:
        """Give the memory back. Idempotent; without it the engine keeps the document for ever."""
        self._is_closed = True
        self._live.close()
        self._drop_shadow()

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _believe(self, digest: Digest) -> None:
        """Know what a digest of exactly the live copy says."""
        self._state_bound = len(self.state())
        # Ids are bounded when they are issued; here the vector is the engine's own.
        self._clocks = read_state_vector(self._live.state_vector(), _UNLIMITED)
        self._maps = set(digest.maps)
        self._view = self.kind.open_view(digest.content, frozenset(digest.keys))

    def _read_live(self) -> None:
        state = self.state()
        self._state_bound = len(state)
        summary = self._read_own(state)
        self._know(summary)
        if self.kind.root is not None:
            self._view = self.kind.open_view(self._live.content(), summary.keys)

    def _inspect(self, update: bytes, client_ids: frozenset[int]) -> Summary:
        root, clocks = self.kind.root, self._clocks
        if root is not None:
            summary = inspect(update, self.limits, client_ids, root=root, clocks=clocks, maps=self._maps)
        else:
            summary = inspect_free(update, self.limits, client_ids, clocks=clocks, nesting=self._nesting)
            shared = summary.placed.shared
            if shared and len(self._nesting.shared) + len(shared) > self.limits.shared_values:
                raise UpdateTooLarge(
                    f"{self.limits.shared_values} shared values went through this document, it is full"
                )
        most = self.limits.client_ids
        # The exact count is worth its time only when the document is nearly full.
        if len(clocks) + len(summary.ends) > most and len(clocks) + len(summary.ends.keys() - clocks.keys()) > most:
            raise UpdateTooLarge(f"a document has at most {most} authors")
        return summary

    def _read_own(self, update: bytes) -> Summary:
        if self.kind.root is None:
            return read_own_free(update, self._clocks, self._nesting)
        return read_own(update, self.kind.root, self._clocks, self._maps)

    def _know(self, summary: Summary) -> None:
        self._clocks.update(summary.ends)
        if summary.maps:
            self._maps |= summary.maps
        if summary.placed is not FLAT:
            self._nesting.learn(summary.placed)

    def _on_live(self, work: Callable[[], Effect]) -> Effect:
        self._state = None
        try:
            return work()
        except (EnginePanic, EngineRefusal) as error:
            raise ReplicaBroken(f"a {self.kind.name} document failed: {error}") from error

    def _ready_shadow(self) -> WatchedDocument:
        assert not self._is_closed, "a closed replica was used"
        if self._shadow is None:
            shadow = WatchedDocument(self.kind.root, self._client_id, sees_changes=True)
            try:
                for update in (self.state(), *self._accepted):
                    shadow.apply([update])
            except (EnginePanic, EngineRefusal) as error:
                shadow.close()
                raise ReplicaBroken(f"the shadow of a {self.kind.name} document failed: {error}") from error
            self._shadow = shadow
        return self._shadow

    def _drop_shadow(self) -> None:
        if self._shadow is not None:
            self._shadow.close()
            self._shadow = None

    def _check_room_for(self, update: bytes) -> None:
        if self._state_bound + len(update) <= self.limits.state_bytes:
            return
        self._state_bound = len(self.state()) + sum(len(accepted) for accepted in self._accepted)
        if self._state_bound + len(update) > self.limits.state_bytes:
            raise UpdateTooLarge(f"a document has at most {self.limits.state_bytes} bytes, its past included")

    def _check_integrated(self, shadow: WatchedDocument, ends: Mapping[int, int]) -> None:
        clocks = read_state_vector(shadow.state_vector(), self.limits)
        for client, end in ends.items():
            if clocks.get(client, 0) < end:
                raise MissingPredecessor(f"operations of client {client} wait for others that wait for them")
