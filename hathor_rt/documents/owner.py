"""The owner task of a document that stands alone: inbox → guard, shadow, rules → commit → everybody.

The same promises as in a room, without anything that plays. An update that comes alone is told at once; those that come
within the next 10 ms are told together, so that one commit and one frame carry many.
"""

import math
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Final, Protocol

import structlog
import trio

from hathor_rt.documents.effects import Publish, Record, Send
from hathor_rt.documents.followed import ClientIdWanted, FollowedDocuments
from hathor_rt.documents.inbox import Inbox
from hathor_rt.documents.journal import Journal
from hathor_rt.documents.opening import LoadedDocument
from hathor_rt.documents.owned_seat import Arrival, Edits, Goodbye, Item, Opening, OwnedSeat
from hathor_rt.documents.ports import Outlet, Visitor
from hathor_rt.documents.quiet import Quiet
from hathor_rt.documents.readers import Readers
from hathor_rt.documents.tracks import TracksWanted
from hathor_rt.ids import ConnectionId, DocumentName
from hathor_rt.observations import Observations
from hathor_rt.refusals import Fenced, RoomFull
from hathor_rt.storage.ports import Claim, Storage
from hathor_rt.timebase import Timebase
from sync.documents.kind import Action
from sync.refusal import Refusal
from sync.units import MICROS_PER_SECOND, Micros
from sync.wire.frames import Ending

# About 15 ms of work: under the heaviest load others still hear something fifty times a second.
UPDATES_PER_TICK: Final = 512
# Under load: a hundred commits a second, and nobody sees the delay.
TICK_SECONDS: Final = 0.01
# An update takes some 25 us, so others wait for half a millisecond at most.
_UPDATES_AT_A_STRETCH: Final = 16

_log = structlog.get_logger("hathor.document")


class Rules(Protocol):
    """What a kind of standalone document permits."""

    def judge(self, visitor: Visitor, role: str, actions: Iterable[Action]) -> None:
        """Raise a `Refusal` if `role` may not do this, `TracksWanted` if that needs a look-up."""
        ...

    async def look_up(self, wanted: TracksWanted) -> None:
        """Learn what `judge` wants to know. Raises `Refusal` if the answer is no, or nobody can tell."""
        ...

    def keep_house(self, documents: FollowedDocuments) -> None:
        """The server's own edits at the end of a tick; everything accepted was flushed."""
        ...


class DocumentOwner:
    """One open document.

    Args:
        name: Which.
        loaded: As it was committed.
        journal: Under the term of its lease.
        rules: Who may do what.
        storage: Whose client ids are.
        timebase: Tells how long it was empty.
        lease: Keeps the lease of the document while it is entered; see `Leases.kept`.
        capacity: Most connections.
        idle_micros: Closes after this long without a connection.
        observations: Told how long judging an update takes.
    """

    def __init__(
        self,
        name: DocumentName,
        loaded: LoadedDocument,
        journal: Journal,
        rules: Rules,
        storage: Storage,
        timebase: Timebase,
        *,
        lease: AbstractContextManager[None],
        capacity: int,
        idle_micros: Micros,
        observations: Observations | None = None,
    ) -> None:
        self._name: Final = name
        self._rules = rules
        self._storage = storage
        self._timebase = timebase
        self._journal = journal
        self._lease = lease
        self._capacity = capacity
        self._idle_micros = idle_micros
        self._accept_times = (observations or Observations()).accept
        self._effects: list[Send | Publish] = []
        self._records: list[Record] = []
        self._documents = FollowedDocuments(
            {name: loaded.replica}, tell=self._effects.append, keep=self._records.append
        )
        self._readers = Readers(self._documents)
        self._present: dict[ConnectionId, Arrival] = {}
        self._arriving: list[Arrival] = []
        self._gone: list[ConnectionId] = []
        self._quiet = Quiet()
        self._inbox = Inbox[Item](_weigh)
        self._empty_since: Micros | None = timebase.now()
        # False while the replica holds what the journal may not have: then nothing of it may be kept.
        self._is_saved = True
        # Not before this instant of trio's clock is the next tick taken. A lone edit is told at once; of a stream of them each
        # tick waits a while after the one before.
        self._not_before = -math.inf
        self._changed_at = -math.inf
        # Updates taken since others last had their turn.
        self._at_a_stretch = 0
        self.closed = trio.Event()

    async def follow(self, visitor: Visitor, outlet: Outlet, role: str) -> OwnedSeat:
        """Let `visitor` in.

        Raises:
            RoomFull: No seat is left.
            trio.BrokenResourceError, trio.ClosedResourceError: The document closed meanwhile; open it again.
        """
        if len(self._present) + len(self._arriving) >= self._capacity:
            raise RoomFull(f"this document is full: {self._capacity} connections follow it")
        arrival = Arrival(visitor, role, outlet)
        self._arriving.append(arrival)
        self._note_emptiness()
        try:
            await self._inbox.put(arrival)
        except BaseException:  # closed, or cancelled while the inbox was full: the connection never came in
            self._arriving.remove(arrival)
            self._note_emptiness()
            raise
        return OwnedSeat(visitor.connection, self._inbox, self._on_readable, self._on_gone)

    # ── the task ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        """Serve until the document was without a connection for its idle time. Cancellation closes it in order as well.

        Raises:
            Fenced, StorageDown, StorageFull: The journal does not take the document's records any more.
        """
        try:
            with self._lease:
                async with trio.open_nursery() as nursery:
                    try:
                        while not self._is_idle():
                            await self._tick(nursery)
                    finally:
                        # In the same instant in which it stops serving: who comes now is told to open it again.
                        self._inbox.close()
                    nursery.cancel_scope.cancel()
        finally:
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
        batch = await self._inbox.batch(within_seconds=self._seconds_to_wait(), most=UPDATES_PER_TICK)
        wait = self._not_before - trio.current_time()
        if batch and wait > 0:
            await trio.sleep(wait)
            room = UPDATES_PER_TICK - sum(map(_weigh, batch))
            batch += await self._inbox.batch(within_seconds=0, most=room)
        began = trio.current_time()
        self._is_saved = False
        await self._take_all(batch)
        self._depart_gone()
        self._documents.flush()
        self._rules.keep_house(self._documents)
        self._documents.finish()
        await self._journal.commit(tuple(self._records))
        self._is_saved = True
        if self._records:
            if began - self._changed_at < 2 * TICK_SECONDS:
                self._not_before = began + TICK_SECONDS
            self._changed_at = began
        if self._quiet.note(self._timebase.now(), has_changed=bool(self._records)):
            self._documents.rest()
        self._records.clear()
        for effect in self._effects:
            self._perform(effect)
        self._effects.clear()
        self._note_emptiness()
        self._readers.heal()
        for document in self._journal.due():
            keep = self._journal.keeping(document, self._documents.snapshot(document))
            nursery.start_soon(self._keep_snapshot, document, keep)

    def _perform(self, effect: Send | Publish) -> None:
        if isinstance(effect, Send):
            self._readers.send(effect.connection, effect.frame)
        else:
            self._readers.publish(effect.connections, effect.frame)

    def _seconds_to_wait(self) -> float:
        if self._gone:
            return 0.0
        idle_at = None if self._empty_since is None else Micros(self._empty_since + self._idle_micros)
        known = [instant for instant in (idle_at, self._quiet.due_at) if instant is not None]
        return max(0.0, (min(known) - self._timebase.now()) / MICROS_PER_SECOND) if known else math.inf

    def _is_idle(self) -> bool:
        return self._empty_since is not None and self._timebase.now() - self._empty_since >= self._idle_micros

    def _note_emptiness(self) -> None:
        if self._present or self._arriving:
            self._empty_since = None
        elif self._empty_since is None:
            self._empty_since = self._timebase.now()

    # ── items ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _take_all(self, items: list[Item]) -> None:
        """Handle everything in order. What waits for the owner of a client id is asked for once for all, then goes on."""
        while items:
            claims: dict[int, Claim] = {}
            parked: list[Item] = []
            waiting: dict[ConnectionId, None] = {}
            for item in items:
                if not isinstance(item, Arrival) and item.connection in waiting:
                    parked.append(item)
                elif isinstance(item, Edits):
                    rest = await self._edit(item, claims)
                    if rest is not None:
                        parked.append(rest)
                        waiting[item.connection] = None
                else:
                    self._handle(item)
            items = parked
            if claims:
                await self._learn_authors(tuple(claims.values()), waiting)

    async def _learn_authors(self, claims: Sequence[Claim], waiting: Iterable[ConnectionId]) -> None:
        try:
            owners = await self._storage.documents.claim_client_ids(self._name, claims)
        except Refusal as refusal:  # nobody can tell now: these edits are not made, nor what builds on them
            for connection in waiting:
                self._documents.refuse_edit(self._name, connection, 0, refusal)
            return
        for client_id, principal in owners.items():
            self._documents.learn_author(self._name, client_id, principal)

    def _handle(self, item: Arrival | Opening | Goodbye) -> None:
        match item:
            case Arrival(visitor=visitor, outlet=outlet):
                self._arriving.remove(item)
                self._present[visitor.connection] = item
                self._readers.seat(outlet)
            case Opening(connection=connection, state_vector=state_vector):
                if connection in self._present:
                    self._open(connection, state_vector)
            case Goodbye(connection=connection):
                self._depart(connection)

    def _open(self, connection: ConnectionId, state_vector: bytes) -> None:
        try:
            self._documents.follow(self._name, connection, state_vector, 0, frozenset())
        except Refusal as refusal:
            self._documents.refuse_edit(self._name, connection, 0, refusal)

    async def _edit(self, item: Edits, claims: dict[int, Claim]) -> Edits | None:
        """Take updates in; those that wait for an answer, and all behind them, are given back."""
        arrival = self._present.get(item.connection)
        if arrival is None:
            return None
        for index, update in enumerate(item.updates):
            self._at_a_stretch += 1
            if self._at_a_stretch > _UPDATES_AT_A_STRETCH:
                self._at_a_stretch = 1
                await trio.lowlevel.checkpoint()
            try:
                await self._take(arrival, update)
            except ClientIdWanted as wanted:
                visitor = arrival.visitor
                claims.setdefault(wanted.client_id, Claim(wanted.client_id, visitor.principal, visitor.device))
                return Edits(item.connection, item.updates[index:])
            except Refusal as refusal:
                self._documents.refuse_edit(self._name, item.connection, 0, refusal)
        return None

    async def _take(self, arrival: Arrival, update: bytes) -> None:
        try:
            self._decide(arrival, update)
        except TracksWanted as wanted:
            await self._rules.look_up(wanted)
            self._decide(arrival, update)

    def _decide(self, arrival: Arrival, update: bytes) -> None:
        def judge(actions: Iterable[Action]) -> None:
            self._rules.judge(arrival.visitor, arrival.role, actions)

        began = self._timebase.now()
        try:
            self._documents.take(self._name, arrival.visitor, update, 0, judge)
        except Refusal:
            self._accept_times.note((self._timebase.now() - began) / MICROS_PER_SECOND)
            raise
        self._accept_times.note((self._timebase.now() - began) / MICROS_PER_SECOND)

    def _depart(self, connection: ConnectionId) -> None:
        self._documents.depart(connection)
        self._readers.unseat(connection)
        self._present.pop(connection, None)

    def _on_readable(self, connection: ConnectionId) -> None:
        self._readers.mark_readable(connection)
        self._inbox.wake()

    def _on_gone(self, connection: ConnectionId) -> None:
        self._gone.append(connection)
        self._inbox.wake()

    def _depart_gone(self) -> None:
        """See off those whose goodbye the inbox did not take. Their arrival may still lie in it: then next time."""
        arriving = {arrival.visitor.connection for arrival in self._arriving}
        gone, self._gone = self._gone, [connection for connection in self._gone if connection in arriving]
        for connection in gone:
            if connection not in arriving:
                self._depart(connection)

    # ── storage ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _keep_snapshot(self, document: DocumentName, keep: Callable[[], Awaitable[None]]) -> None:
        try:
            await keep()
        except Fenced:
            raise
        except Refusal as refusal:  # snapshots only make loading faster
            _log.warning("no snapshot", document=document, code=refusal.code)

    async def _close(self) -> None:
        """Keep a snapshot, free the replica. Shielded for a second: the data is safe in the journal anyway."""
        try:
            with trio.CancelScope(shield=True, deadline=trio.current_time() + 1):  # snapshots only make loading faster
                if self._is_saved:
                    for document in self._journal.grown():
                        await self._journal.snapshot(document, self._documents.snapshot(document))
        except Refusal as refusal:
            _log.warning("not closed in full", document=self._name, code=refusal.code)
        finally:
            self._documents.close()


def _weigh(item: Item) -> int:
    return len(item.updates) if isinstance(item, Edits) else 1
