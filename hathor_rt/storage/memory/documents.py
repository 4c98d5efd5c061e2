"""Journal and snapshots in memory."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

import trio

from hathor_rt.ids import DeviceId, DocumentName, PrincipalId, RoomId
from hathor_rt.storage.memory.leases import MemoryLeases
from hathor_rt.storage.ports import Claim, ClientIds, Conflict, JournalRow, Snapshot, StoredDocument
from sync.documents.authors import authors
from sync.refusal import MalformedUpdate
from sync.units import Micros


@dataclass(slots=True)
class _Document:
    # Invariant: all that came, without gaps. A row belongs to the history once it is among the first `retired`.
    rows: list[JournalRow] = field(default_factory=list)
    retired: int = 0
    pruned: set[int] = field(default_factory=set)
    state: bytes = b""
    through: int = 0
    client_ids: dict[int, tuple[PrincipalId, DeviceId]] = field(default_factory=dict)
    # By id: no later than this it was given out; None: it authored something and stays for good.
    dated: dict[int, Micros | None] = field(default_factory=dict)


class MemoryDocuments:
    """`DocumentStore` whose rows last as long as the object: a simulated node may crash and open it again."""

    def __init__(self, leases: MemoryLeases, draws: random.Random) -> None:
        self._leases = leases
        self._draws = draws
        self._documents: dict[DocumentName, _Document] = {}
        self._standalone: set[DocumentName] = set()

    async def create(self, document: DocumentName, owner: PrincipalId, now_utc: Micros) -> bool:
        """See `DocumentStore.create`."""
        await trio.lowlevel.checkpoint()
        is_new = document not in self._standalone
        self._standalone.add(document)
        return is_new

    async def exists(self, document: DocumentName) -> bool:
        """See `DocumentStore.exists`."""
        await trio.lowlevel.checkpoint()
        return document in self._standalone

    async def append(self, rows: Sequence[JournalRow], *, room: RoomId, term: int) -> None:
        """See `DocumentStore.append`."""
        await trio.lowlevel.checkpoint()
        self._leases.check(room, term)
        ends: dict[DocumentName, int] = {}
        for row in rows:
            expected = ends.get(row.document, self._end(row.document)) + 1
            if row.sequence != expected:
                raise Conflict(f"{row.document}: expected sequence {expected}, got {row.sequence}")
            ends[row.document] = expected
        for row in rows:
            self._documents.setdefault(row.document, _Document()).rows.append(row)

    def _end(self, document: DocumentName) -> int:
        kept = self._documents.get(document)
        return len(kept.rows) if kept is not None else 0

    async def load(self, document: DocumentName) -> StoredDocument:
        """See `DocumentStore.load`."""
        await trio.lowlevel.checkpoint()
        kept = self._documents.get(document, _Document())
        updates = tuple(row.update for row in kept.rows[kept.through :])
        return StoredDocument(kept.state, kept.through, updates, kept.rows[-1].received if kept.rows else None)

    async def save_snapshot(
        self, document: DocumentName, state: Snapshot, through: int, *, room: RoomId, term: int
    ) -> None:
        """See `DocumentStore.save_snapshot`."""
        await trio.lowlevel.checkpoint()
        self._leases.check(room, term)
        end = self._end(document)
        if through > end:
            raise Conflict(f"{document}: a snapshot through {through}, but the journal ends at {end}")
        kept = self._documents.setdefault(document, _Document())
        if through >= kept.through:
            kept.state, kept.through = state if isinstance(state, bytes) else state(), through

    async def history(self, document: DocumentName, *, after: int = 0, limit: int = 200) -> Sequence[JournalRow]:
        """See `DocumentStore.history`."""
        await trio.lowlevel.checkpoint()
        kept = self._documents.get(document, _Document())
        found = (row for row in kept.rows[max(after, 0) :] if row.sequence not in kept.pruned)
        return tuple(islice(found, limit))

    async def retire(self, *, limit: int) -> int:
        """See `DocumentStore.retire`."""
        await trio.lowlevel.checkpoint()
        left = limit
        for _, kept in sorted(self._documents.items()):
            moved = min(left, max(0, kept.through - 1 - kept.retired))
            kept.retired += moved
            left -= moved
        return limit - left

    async def prune(self, before_utc: Micros, *, limit: int) -> int:
        """See `DocumentStore.prune`."""
        await trio.lowlevel.checkpoint()
        left = limit
        for kept in self._documents.values():
            old = (row.sequence for row in kept.rows[: kept.retired] if row.received.utc_at < before_utc)
            some = tuple(islice((sequence for sequence in old if sequence not in kept.pruned), left))
            kept.pruned.update(some)
            left -= len(some)
        return limit - left

    async def date_client_ids(self, now_utc: Micros, *, limit: int) -> int:
        """See `DocumentStore.date_client_ids`."""
        await trio.lowlevel.checkpoint()
        left = limit
        for kept in self._documents.values():
            some = tuple(islice((number for number in kept.client_ids if number not in kept.dated), left))
            kept.dated.update(dict.fromkeys(some, now_utc))
            left -= len(some)
        return limit - left

    async def prune_client_ids(
        self, before_utc: Micros, idle_since_utc: Micros, *, after: DocumentName
    ) -> DocumentName | None:
        """See `DocumentStore.prune_client_ids`."""
        await trio.lowlevel.checkpoint()
        for name, kept in sorted(self._documents.items()):
            old = [number for number, dated in kept.dated.items() if dated is not None and dated < before_utc]
            if name > after and old:
                if not self._leases.is_held((RoomId(name), RoomId(name.partition(":")[2])), idle_since_utc):
                    _forget(kept, old)
                return name
        return None

    async def generation(self) -> int:
        """See `DocumentStore.generation`: nothing is ever put back into memory."""
        await trio.lowlevel.checkpoint()
        return 0

    async def issue_client_id(self, document: DocumentName, principal: PrincipalId, device: DeviceId) -> int:
        """See `DocumentStore.issue_client_id`."""
        await trio.lowlevel.checkpoint()
        kept = self._documents.setdefault(document, _Document())
        while (number := self._draws.randrange(1, 2**31)) in kept.client_ids:
            pass
        kept.client_ids[number] = (principal, device)
        return number

    async def resume_client_id(
        self, document: DocumentName, principal: PrincipalId, device: DeviceId, former: int
    ) -> ClientIds:
        """See `DocumentStore.resume_client_id`."""
        kept = self._documents.get(document, _Document())
        own = frozenset(number for number, owner in kept.client_ids.items() if owner == (principal, device))
        current = former if former in own else await self.issue_client_id(document, principal, device)
        await trio.lowlevel.checkpoint()
        return ClientIds(current, own | {current})

    async def claim_client_ids(self, document: DocumentName, claims: Sequence[Claim]) -> Mapping[int, PrincipalId]:
        """See `DocumentStore.claim_client_ids`."""
        await trio.lowlevel.checkpoint()
        owners = self._documents.setdefault(document, _Document()).client_ids
        return {each.client_id: owners.setdefault(each.client_id, (each.principal, each.device))[0] for each in claims}


def _forget(kept: _Document, old: Iterable[int]) -> None:
    try:
        needed = authors(kept.state, [row.update for row in kept.rows[kept.through :]])
    except MalformedUpdate:  # nobody knows whose ids it needs
        return
    for number in old:
        if number in needed:
            kept.dated[number] = None
        else:
            del kept.client_ids[number], kept.dated[number]
