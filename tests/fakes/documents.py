"""Standalone documents on memory storage and a virtual clock, and a Yjs client that is only a document and its outlet."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import trio
from pycrdt import Doc, Map, TransactionEvent

from hathor_rt.documents.lease import Leases
from hathor_rt.documents.ports import DocumentSeat, Outlet, Visitor
from hathor_rt.ids import ConnectionId, DeviceId, DocumentName, PrincipalId
from hathor_rt.observations import Observations
from hathor_rt.playlists.standalone import DocumentSettings, StandaloneDocuments
from hathor_rt.storage.memory.opening import open_memory
from hathor_rt.storage.ports import Storage
from sync.documents.limits import Limits
from sync.refusal import UnknownDocument
from sync.wire.frames import Changed, Opened
from tests.fakes.rooms_world import FakeRecordings, RememberingOutlet, VirtualTimebase

SETTINGS = DocumentSettings(node="node1", capacity=20, limits=Limits(entries=50), idle_seconds=60, has_scratch=True)


@dataclass(frozen=True, slots=True)
class Desk:
    """A running service and what is behind it."""

    documents: StandaloneDocuments
    storage: Storage
    timebase: VirtualTimebase
    tracks: FakeRecordings

    async def come(self, document: str, name: str, role: str = "editor", *, client_id: int = 0) -> "YjsClient":
        """Somebody sits down and follows from nothing on."""
        client = YjsClient(name, client_id or 1000 + len(name) + sum(map(ord, name)))
        client.seat = await self.documents.follow(DocumentName(document), client.visitor, client.outlet, role)
        await client.seat.open(b"")
        await client.outlet.wait_for(Opened)
        return client


class YjsClient:
    """A plain client: it chose its id itself, and sends what it does at once."""

    def __init__(self, name: str, client_id: int) -> None:
        connection = f"c{name}{client_id}"
        self.visitor = Visitor(ConnectionId(connection), PrincipalId(name), DeviceId(f"d{name}"), name.title())
        self.outlet = RememberingOutlet(connection)
        self.doc: Doc[Any] = Doc(client_id=client_id)
        self.seat: DocumentSeat
        self._made: list[bytes] = []
        self._taken = 0
        self._subscription = self.doc.observe(self._note)

    def _note(self, event: TransactionEvent) -> None:
        self._made.append(event.update)

    def catch_up(self) -> None:
        """Apply what came."""
        for frame in self.outlet.frames[self._taken :]:
            if isinstance(frame, Opened | Changed):
                self.doc.apply_update(frame.update)
        self._taken = len(self.outlet.frames)
        self._made.clear()

    async def send(self) -> None:
        """Send what was done since the last time."""
        made, self._made = self._made, []
        await self.seat.edit(made)


def write(client: YjsClient, key: str, value: object) -> None:
    """Set a key of the client's map; to be sent."""
    client.doc.get("m", type=Map)[key] = value


def read(client: YjsClient) -> object:
    """The map as the client has it once it caught up."""
    client.catch_up()
    return client.doc.get("m", type=Map).to_py()


class NoDocuments:
    """`Documents` of a server that has none."""

    async def create(self, document: DocumentName, owner: PrincipalId, title: str = "") -> bool:
        raise UnknownDocument("there are no documents")

    async def follow(self, document: DocumentName, visitor: Visitor, outlet: Outlet, role: str) -> DocumentSeat:
        raise UnknownDocument("there are no documents")


@asynccontextmanager
async def standalone_documents(
    storage: Storage | None = None, settings: DocumentSettings = SETTINGS, observations: Observations | None = None
) -> AsyncIterator[Desk]:
    """The service for the length of the block; leaving it is a crash. Needs an autojump clock for its idle times."""
    kept = storage or open_memory(seed=1)
    timebase, tracks = VirtualTimebase(), FakeRecordings({"t1": 10.0, "t2": 20.0})
    async with trio.open_nursery() as nursery:
        leases = Leases(nursery, kept.rooms, timebase, node=settings.node)
        documents = StandaloneDocuments(nursery, kept, tracks, timebase, leases, settings, observations)
        yield Desk(documents, kept, timebase, tracks)
        nursery.cancel_scope.cancel()
