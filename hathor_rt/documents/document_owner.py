"""The owner of a document that stands alone: guard, shadow, rules. The same promises as in a room, without what plays."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Final, Protocol

import trio

from hathor_rt.documents.effects import Publish, Record, Send
from hathor_rt.documents.followed import ClientIdWanted, FollowedDocuments
from hathor_rt.documents.journal import Journal
from hathor_rt.documents.opening import LoadedDocument
from hathor_rt.documents.owned_seat import Coming, Edits, Goodbye, Item, Opening, OwnedSeat
from hathor_rt.documents.owner import Owner, Terms
from hathor_rt.documents.ports import Outlet, Visitor
from hathor_rt.documents.tracks import TracksWanted
from hathor_rt.ids import ConnectionId, DocumentName
from hathor_rt.observations import Observations
from hathor_rt.storage.ports import Claim, Storage
from hathor_rt.timebase import Timebase
from sync.documents.kind import Action
from sync.refusal import Refusal
from sync.units import MICROS_PER_SECOND

# An update takes some 25 us, so others wait for half a millisecond at most.
_UPDATES_AT_A_STRETCH: Final = 16


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


class DocumentOwner(Owner[Item, Send | Publish]):
    """One open document.

    Args:
        name: Which.
        loaded: As it was committed.
        journal: Under the term of its lease.
        rules: Who may do what.
        storage: Whose client ids are.
        timebase: Tells how long it was empty.
        terms: On what terms it serves.
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
        terms: Terms,
        observations: Observations | None = None,
    ) -> None:
        self._effects: list[Send | Publish] = []
        self._records: list[Record] = []
        documents = FollowedDocuments({name: loaded.replica}, tell=self._effects.append, keep=self._records.append)
        super().__init__(documents, journal, timebase, terms)
        self._name: Final = name
        self._rules = rules
        self._storage = storage
        self._accept_times = (observations or Observations()).accept
        self._present: dict[ConnectionId, Coming] = {}
        # What waits for the owners of client ids, in order; once a connection waits, so does all that it brings.
        self._parked: list[Item] = []
        self._waiting: dict[ConnectionId, None] = {}
        self._claims: dict[int, Claim] = {}
        # Updates taken since others last had their turn.
        self._at_a_stretch = 0

    async def follow(self, visitor: Visitor, outlet: Outlet, role: str) -> OwnedSeat:
        """Let `visitor` in.

        Raises:
            RoomFull: No seat is left.
            trio.BrokenResourceError: The document closed meanwhile; open it again.
        """
        connection = visitor.connection
        await self._arrive(connection, Coming(visitor, role), outlet)
        return OwnedSeat(
            connection, self._inbox.put, partial(self._on_readable, connection), partial(self._on_gone, outlet)
        )

    # ── items ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _handle(self, item: Item) -> None:
        match item:
            case Coming(visitor=visitor):
                self._present[visitor.connection] = item
            case Edits(connection=connection) | Opening(connection=connection) | Goodbye(connection=connection) if (
                connection in self._waiting
            ):
                self._parked.append(item)
            case Edits():
                await self._edit(item)
            case Opening(connection=connection, state_vector=state_vector):
                if connection in self._present:
                    self._open(connection, state_vector)
            case Goodbye(connection=connection):
                self._see_off(connection)
                self._readers.unseat(connection)

    async def _handle_parked(self) -> None:
        """What waits for the owner of a client id is asked for once for all, then goes on."""
        while self._claims:
            await self._learn_authors(tuple(self._claims.values()))
            parked, self._parked = self._parked, []
            self._waiting.clear()
            self._claims.clear()
            for item in parked:
                await self._handle(item)

    async def _learn_authors(self, claims: Sequence[Claim]) -> None:
        try:
            owners = await self._storage.documents.claim_client_ids(self._name, claims)
        except Refusal as refusal:  # nobody can tell now: these edits are not made, nor what builds on them
            for connection in self._waiting:
                self._documents.refuse_edit(self._name, connection, 0, refusal)
            return
        for client_id, principal in owners.items():
            self._documents.learn_author(self._name, client_id, principal)

    def _open(self, connection: ConnectionId, state_vector: bytes) -> None:
        try:
            self._documents.follow(self._name, connection, state_vector, 0, frozenset())
        except Refusal as refusal:
            self._documents.refuse_edit(self._name, connection, 0, refusal)

    async def _edit(self, item: Edits) -> None:
        """Take updates in; those that wait for an answer, and all behind them, are put aside."""
        coming = self._present.get(item.connection)
        if coming is None:
            return
        for index, update in enumerate(item.updates):
            self._at_a_stretch += 1
            if self._at_a_stretch > _UPDATES_AT_A_STRETCH:
                self._at_a_stretch = 1
                await trio.lowlevel.checkpoint()
            try:
                await self._accept(coming, update)
            except ClientIdWanted as wanted:
                visitor = coming.visitor
                self._claims.setdefault(wanted.client_id, Claim(wanted.client_id, visitor.principal, visitor.device))
                self._parked.append(Edits(item.connection, item.updates[index:]))
                self._waiting[item.connection] = None
                return
            except Refusal as refusal:
                self._documents.refuse_edit(self._name, item.connection, 0, refusal)

    async def _accept(self, coming: Coming, update: bytes) -> None:
        try:
            self._decide(coming, update)
        except TracksWanted as wanted:
            await self._rules.look_up(wanted)
            self._decide(coming, update)

    def _decide(self, coming: Coming, update: bytes) -> None:
        def judge(actions: Iterable[Action]) -> None:
            self._rules.judge(coming.visitor, coming.role, actions)

        began = self._timebase.now()
        try:
            self._documents.take(self._name, coming.visitor, update, 0, judge)
        except Refusal:
            self._accept_times.note((self._timebase.now() - began) / MICROS_PER_SECOND)
            raise
        self._accept_times.note((self._timebase.now() - began) / MICROS_PER_SECOND)

    def _see_off(self, connection: ConnectionId) -> None:
        self._documents.depart(connection)
        self._present.pop(connection, None)

    # ── the end of a tick ────────────────────────────────────────────────────────────────────────────────────────────

    def _finish(self) -> tuple[Sequence[Record], Sequence[Send | Publish]]:
        self._documents.flush()
        self._rules.keep_house(self._documents)
        self._documents.finish()
        ended = tuple(self._records), tuple(self._effects)
        self._records.clear()
        self._effects.clear()
        return ended

    def _weigh(self, item: Item) -> int:
        return len(item.updates) if isinstance(item, Edits) else 1
