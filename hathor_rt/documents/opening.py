"""Bring a document back from the journal."""

from dataclasses import dataclass

from hathor_rt.ids import DeviceId, DocumentName, PrincipalId
from hathor_rt.storage.ports import DocumentStore
from hathor_rt.timebase import StoredInstant
from sync.documents.kinds import parse_document_name
from sync.documents.limits import Limits
from sync.documents.replica import Replica


@dataclass(frozen=True, slots=True)
class LoadedDocument:
    """A replica exactly as committed.

    Attributes:
        replica: To be closed by whoever asked for it.
        sequence: Number of its last journal row.
        last: When that was received.
    """

    replica: Replica
    sequence: int
    last: StoredInstant | None


async def load_document(store: DocumentStore, name: DocumentName, limits: Limits) -> LoadedDocument:
    """Rebuild a document, with a fresh client id for the server's own edits.

    Raises:
        UnknownDocument: There is no such kind.
        StorageDown: Storage does not answer.
    """
    kind, _ = parse_document_name(name)
    stored = await store.load(name)
    client_id = await store.issue_client_id(name, PrincipalId(""), DeviceId(""))
    replica = Replica.load(kind, stored.state, stored.updates, limits, client_id=client_id)
    return LoadedDocument(replica, stored.through + len(stored.updates), stored.last)
