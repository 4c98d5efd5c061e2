"""What owners of documents hold of a connection, and what the gateways get to hold of a document."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from hathor_rt.ids import ConnectionId, DeviceId, DocumentName, PrincipalId
from sync.wire.codec import encode
from sync.wire.frames import Ending, FromServer


@dataclass(slots=True)
class SharedPayload:
    """One frame for many connections, encoded once for each protocol that any of them speaks.

    Attributes:
        encoded: The MessagePack body; see `payload`.
        framed: The body as a WebSocket message, filled by the first outlet that needs it and then reused by all others.
        frame: What it says; None if only the body is known.
        plain: The same for Yjs clients, as bytes of a WebSocket message; filled by the first outlet that needs it.
    """

    encoded: bytes = b""
    framed: bytes = field(default=b"")
    frame: FromServer | None = None
    plain: "SharedPayload | None" = None

    @property
    def payload(self) -> bytes:
        """The MessagePack body; encoded on first use."""
        if not self.encoded and self.frame is not None:
            self.encoded = encode(self.frame)
        return self.encoded


class Outlet(Protocol):
    """Where an owner puts frames for one connection. Nothing here ever blocks or raises for a slow or gone peer."""

    @property
    def connection(self) -> ConnectionId: ...

    def send(self, frame: FromServer) -> None:
        """Queue an answer for this connection alone. The queue is bounded; overflow ends the connection."""
        ...

    def push(self, shared: SharedPayload) -> bool:
        """Offer a broadcast. True: taken. False: the reader is behind and *nothing* of it was taken.

        After a False the outlet calls `readable` of its seat once when the reader has caught up; until then nothing is pushed.
        """
        ...

    def end(self, ending: Ending) -> None:
        """Say goodbye and close the connection."""
        ...


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is asking: established by the gateway, trusted by owners of documents.

    `checks`: its client takes part in sound checks.
    """

    connection: ConnectionId
    principal: PrincipalId
    device: DeviceId
    name: str
    checks: bool = False


class DocumentSeat(Protocol):
    """A connection that follows one document. Its frames come through its outlet: `Opened`, `Changed`, `Refused`."""

    async def open(self, state_vector: bytes) -> None:
        """Ask for what a replica at `state_vector` lacks, and follow from there on."""
        ...

    async def edit(self, updates: Sequence[bytes]) -> None:
        """Hand updates to the owner, in order; waiting here is the back-pressure on the sender."""
        ...

    def readable(self) -> None:
        """The outlet refused a push earlier and can take frames again."""
        ...

    async def leave(self) -> None:
        """Give the seat up. Idempotent."""
        ...


class Documents(Protocol):
    """Documents that stand alone: playlists and scratch documents."""

    async def create(self, document: DocumentName, owner: PrincipalId, title: str = "") -> bool:
        """Make a document; False: it is there already. Raises `UnknownDocument` if its kind cannot be made so."""
        ...

    async def follow(self, document: DocumentName, visitor: Visitor, outlet: Outlet, role: str) -> DocumentSeat:
        """Sit down at a document.

        Raises:
            UnknownDocument: There is none of this name.
            RoomFull: Too many follow it.
            StorageDown, Overloaded: It cannot be opened now.
        """
        ...
