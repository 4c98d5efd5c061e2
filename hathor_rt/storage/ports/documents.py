"""Documents as kept: snapshot, journal, history, and who edits under which Yjs client id."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from hathor_rt.ids import DeviceId, DocumentName, PrincipalId, RoomId
from hathor_rt.timebase import StoredInstant
from sync.units import Micros


@dataclass(frozen=True, slots=True)
class JournalRow:
    """One accepted update as its author sent it. Documents of rooms and playlists are sums of these."""

    document: DocumentName
    sequence: int
    """1, 2, 3 … per document, without gaps; given by the owner task of the document."""
    update: bytes
    principal: PrincipalId
    """Who authored it; the empty id is the server itself (the conductor)."""
    device: DeviceId
    actions: str
    """JSON list of what the shadow saw, e.g. ``[{"did": "removed", "entry": …, "track": …}]``."""
    received: StoredInstant


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """Everything needed to rebuild a document exactly."""

    state: bytes
    """Snapshot as one Yjs update, empty if there is none yet."""
    through: int
    """Sequence number the snapshot reaches to, 0 if there is none."""
    updates: Sequence[bytes]
    """Updates after the snapshot, in order."""
    last: StoredInstant | None
    """When the newest update was received."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A Yjs client that chose its id by itself, and who it acts for."""

    client_id: int
    principal: PrincipalId
    device: DeviceId


@dataclass(frozen=True, slots=True)
class ClientIds:
    """Yjs client ids of a principal and device in one document."""

    current: int
    """What its replica edits under."""
    all: frozenset[int]
    """Every one it may send edits of."""


Snapshot = bytes | Callable[[], bytes]
"""A document's state to be kept, or what makes it: called once, in a thread where the engine has any."""


class DocumentStore(Protocol):
    """Journal and snapshots; `room` is what the document's owner holds the lease of, for standalone documents their name."""

    async def create(self, document: DocumentName, owner: PrincipalId, now_utc: Micros) -> bool:
        """Keep that a standalone document exists; False: it did already."""
        ...

    async def exists(self, document: DocumentName) -> bool:
        """Whether `create` was called for it."""
        ...

    async def append(self, rows: Sequence[JournalRow], *, room: RoomId, term: int) -> None:
        """Commit `rows` as one unit.

        Raises:
            Fenced: A higher owner term of `room` is known.
            Conflict: The sequence numbers of a document do not continue where its journal ends.
        """
        ...

    async def load(self, document: DocumentName) -> StoredDocument:
        """Snapshot and the updates after it; an unknown document is an empty one."""
        ...

    async def save_snapshot(
        self, document: DocumentName, state: Snapshot, through: int, *, room: RoomId, term: int
    ) -> None:
        """Keep `state` for loading. Older journal rows stay until they are retired, and are history from then on.

        A snapshot that reaches less far than the kept one is dropped silently: compaction may be overtaken.

        Raises:
            Fenced: A higher owner term of `room` is known.
            Conflict: `through` lies beyond the end of the journal.
        """
        ...

    async def history(self, document: DocumentName, *, after: int = 0, limit: int = 200) -> Sequence[JournalRow]:
        """Journal rows after sequence `after`, in order, retired ones included; what was pruned is missing."""
        ...

    async def retire(self, *, limit: int) -> int:
        """Move up to `limit` rows, of any documents, that a snapshot reaches beyond to where loading does not look.

        Returns:
            How many moved; fewer than `limit`: there are no more for now.
        """
        ...

    async def prune(self, before_utc: Micros, *, limit: int) -> int:
        """Forget up to `limit` retired rows received before an instant; how many it were."""
        ...

    async def date_client_ids(self, now_utc: Micros, *, limit: int) -> int:
        """Note of up to `limit` client ids that have no date yet that they were given out by now; how many it were."""
        ...

    async def prune_client_ids(
        self, before_utc: Micros, idle_since_utc: Micros, *, after: DocumentName
    ) -> DocumentName | None:
        """Look at the next document with ids dated before an instant, and forget those that authored nothing in it.

        An id that has authored something is its owner's for good: whoever had it next would continue a history that is
        not theirs. One that has not is in no replica but its owner's, where it may stand under edits made offline. Those
        are not lost: its owner gets another id on coming back, or claims the same again, and makes them anew. So age
        decides nothing about safety, only how often that trouble is taken.

        A connection may hold an id that it has not used yet, and would use it without asking again. So a document is
        passed over that somebody has owned since `idle_since_utc`, which must be longer ago than owners take to renew
        their lease; nobody follows a document without an owner. One that cannot be read is passed over as well.

        Returns:
            The document that was looked at, to go on after; None if there is none after `after`.
        """
        ...

    async def generation(self) -> int:
        """Which of its time lines this store holds: 0 at first, another whole number after every restored backup.

        A replica from another generation may hold what this one never had, under ids that mean something else here.
        """
        ...

    async def issue_client_id(self, document: DocumentName, principal: PrincipalId, device: DeviceId) -> int:
        """A fresh Yjs client id (1 … 2^31-1, unique in the document) that belongs to this principal and device."""
        ...

    async def resume_client_id(
        self, document: DocumentName, principal: PrincipalId, device: DeviceId, former: int
    ) -> ClientIds:
        """The id a replica goes on with: `former` if it is this principal's and device's own, else a fresh one."""
        ...

    async def claim_client_ids(self, document: DocumentName, claims: Sequence[Claim]) -> Mapping[int, PrincipalId]:
        """Give each id that nobody has (1 … 2^53-1) to its claimant; tells whose every claimed id is now."""
        ...
