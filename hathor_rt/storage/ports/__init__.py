"""What must be kept, as ports. Every engine passes `tests/conformance/storage_suite.py`.

A method that writes returns after the data is durable (SQLite: fsynced; PostgreSQL: committed) or raises and has
changed nothing. A cancelled write has either not begun, and is dropped, or is carried through before the cancellation
is felt. All raise `StorageFull` when the disk is full and `StorageDown` when the engine does not answer in time. A
write that breaks a rule of the store (a name that is taken, a reference to nothing, a gap in a journal) raises
`Conflict`.
Instants named ``utc`` are Micros since 1970, for people and for re-anchoring only.
"""

from hathor_rt.storage.ports.conflict import Conflict
from hathor_rt.storage.ports.documents import Claim, ClientIds, DocumentStore, JournalRow, Snapshot, StoredDocument
from hathor_rt.storage.ports.engine import Storage
from hathor_rt.storage.ports.principals import Principal, PrincipalStore
from hathor_rt.storage.ports.rooms import Invite, Lease, Membership, RoomChanges, RoomRecord, RoomStore, Standing
from hathor_rt.storage.ports.secrets import SecretStore
from hathor_rt.storage.ports.tokens import DocumentToken, TokenStore
from hathor_rt.storage.ports.tracks import Measured, StoredFacts, Track, TrackFile, TrackStore

__all__ = [
    "Claim",
    "ClientIds",
    "Conflict",
    "DocumentStore",
    "DocumentToken",
    "Invite",
    "JournalRow",
    "Lease",
    "Measured",
    "Membership",
    "Principal",
    "PrincipalStore",
    "RoomChanges",
    "RoomRecord",
    "RoomStore",
    "SecretStore",
    "Snapshot",
    "Standing",
    "Storage",
    "StoredDocument",
    "StoredFacts",
    "TokenStore",
    "Track",
    "TrackFile",
    "TrackStore",
]
