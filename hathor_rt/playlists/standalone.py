"""The service of documents that stand alone: made once, opened on demand, each by one owner task."""

from contextlib import ExitStack
from dataclasses import dataclass

import trio

from hathor_rt.documents.directory import OwnerDirectory
from hathor_rt.documents.document_owner import DocumentOwner, Rules
from hathor_rt.documents.effects import Record
from hathor_rt.documents.followed import SERVER
from hathor_rt.documents.journal import Journal
from hathor_rt.documents.lease import Leases
from hathor_rt.documents.opening import LoadedDocument, load_document
from hathor_rt.documents.owned_seat import OwnedSeat
from hathor_rt.documents.owner import Terms
from hathor_rt.documents.ports import Outlet, Visitor
from hathor_rt.documents.tracks import TrackFinder
from hathor_rt.ids import DeviceId, DocumentName, PrincipalId, RoomId
from hathor_rt.observations import Observations
from hathor_rt.playlists.permissions import ROLES
from hathor_rt.playlists.rules import PlaylistRules, ScratchRules
from hathor_rt.storage.ports import Lease, Storage
from hathor_rt.timebase import Timebase
from sync.documents.kind import Edit, Kind
from sync.documents.kinds import parse_document_name
from sync.documents.limits import Limits
from sync.documents.playlist import PLAYLIST, About, describe
from sync.documents.scratch import SCRATCH, SCRATCH_LIMITS
from sync.refusal import UnknownDocument
from sync.units import MICROS_PER_SECOND, Micros


@dataclass(frozen=True, slots=True)
class DocumentSettings:
    """What every standalone document of this process shares."""

    node: str
    capacity: int
    limits: Limits
    idle_seconds: int
    has_scratch: bool


class StandaloneDocuments(OwnerDirectory[DocumentName, DocumentOwner]):
    """`Documents` of a running server.

    Args:
        nursery: Lives as long as the service; cancelling it closes all documents in order.
        storage: The open engine.
        tracks: The library, as far as documents ask.
        timebase: Stamps what is journalled.
        leases: Of this process.
        settings: Limits and the name of this node.
        observations: Told by all documents.
    """

    def __init__(
        self,
        nursery: trio.Nursery,
        storage: Storage,
        tracks: TrackFinder,
        timebase: Timebase,
        leases: Leases,
        settings: DocumentSettings,
        observations: Observations | None = None,
    ) -> None:
        super().__init__(nursery, self._load_document, "document")
        self._storage = storage
        self._tracks = tracks
        self._timebase = timebase
        self._leases = leases
        self._settings = settings
        self._observations = observations

    async def create(self, document: DocumentName, owner: PrincipalId, title: str = "") -> bool:
        """Make a document; False: it is there already, and stays as it is.

        Raises:
            UnknownDocument: Its kind belongs to rooms, or is switched off.
            SchemaViolation: The title is too long.
        """
        kind = self._require_kind(document)
        store = self._storage.documents
        if await store.exists(document):
            return False
        if kind is PLAYLIST:
            await self._begin(document, describe(About(title)))
        return await store.create(document, owner, self._utc())

    async def follow(self, document: DocumentName, visitor: Visitor, outlet: Outlet, role: str) -> OwnedSeat:
        """See `Documents.follow`."""
        return await self.in_open(document, lambda opened: opened.follow(visitor, outlet, role))

    async def _begin(self, document: DocumentName, edit: Edit) -> None:
        """Journal the first edit of a document that nobody knows yet."""
        lease = await self._acquire(document)
        loaded = await load_document(self._storage.documents, document, self._limits(PLAYLIST))
        try:
            update = loaded.replica.author(edit) if loaded.sequence == 0 else None
        finally:
            loaded.replica.close()
        if update is not None:
            journal = self._journal(document, lease, loaded)
            await journal.commit([Record(document, update, SERVER, DeviceId(""), "[]")])

    async def _load_document(self, name: DocumentName) -> DocumentOwner:
        """Raises `UnknownDocument`, `StorageDown`."""
        kind = self._require_kind(name)
        # Anybody who may use scratch documents at all may begin a new one.
        if kind is not SCRATCH and not await self._storage.documents.exists(name):
            raise UnknownDocument("there is no such document")
        lease = await self._acquire(name)
        loaded = await load_document(self._storage.documents, name, self._limits(kind))
        with ExitStack() as on_failure:
            on_failure.callback(loaded.replica.close)  # the engine keeps what is not closed for ever
            owner = self._owner(name, kind, loaded, lease)
            on_failure.pop_all()
        return owner

    def _owner(self, name: DocumentName, kind: Kind, loaded: LoadedDocument, lease: Lease) -> DocumentOwner:
        rules: Rules = ScratchRules() if kind is SCRATCH else PlaylistRules(name, loaded.replica, self._tracks)
        return DocumentOwner(
            name,
            loaded,
            self._journal(name, lease, loaded),
            rules,
            self._storage,
            self._timebase,
            Terms(
                self._leases.kept(RoomId(name), lease),
                self._settings.capacity,
                Micros(self._settings.idle_seconds * MICROS_PER_SECOND),
            ),
            self._observations,
        )

    def _require_kind(self, document: DocumentName) -> Kind:
        kind, _ = parse_document_name(document)
        if kind.name not in ROLES or (kind is SCRATCH and not self._settings.has_scratch):
            raise UnknownDocument("there is no such document")
        return kind

    def _limits(self, kind: Kind) -> Limits:
        return SCRATCH_LIMITS if kind is SCRATCH else self._settings.limits

    async def _acquire(self, document: DocumentName) -> Lease:
        return await self._storage.rooms.acquire(RoomId(document), self._settings.node, self._utc())

    def _journal(self, document: DocumentName, lease: Lease, loaded: LoadedDocument) -> Journal:
        sequences = {document: loaded.sequence}
        return Journal(self._storage.documents, RoomId(document), lease.term, self._timebase, sequences)

    def _utc(self) -> Micros:
        return self._timebase.stamp().utc_at
