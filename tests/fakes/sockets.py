"""A gateway whose clock the test owns, and clients connected to it over loopback."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trio
from trio_websocket import ConnectionClosed, WebSocketConnection, wrap_client_stream

from hathor_rt.accounts.document_tokens import DocumentTokens
from hathor_rt.accounts.guests import Guests
from hathor_rt.accounts.instance import Instance
from hathor_rt.application import Application
from hathor_rt.config import Config
from hathor_rt.storage.memory.opening import open_memory
from hathor_rt.timebase import StoredInstant
from sync.units import Micros
from sync.wire.frames import PROTOCOL_VERSION, Ending, FromServer, Hello, Welcome
from tests.fakes.documents import NoDocuments
from tests.fakes.library import FakeDelivery, FakeLibrary, FakeStems
from tests.fakes.rooms import FakeRooms
from tests.fakes.uploads import uploads_in
from tests.fakes.website import Client
from web.hosts import Hosts
from web.principal import Cookies, Identity, new_identity
from web.proxies import Arrival
from web.realtime.fanout import FanoutStream
from web.realtime.gateway import Caller, Gateway
from web.realtime.tickets import Tickets
from web.realtime.websocket import accept_handshake
from web.seals import Seal

UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
"""What a client asks for a socket with."""

ARRIVAL = Arrival("127.0.0.1", "http", "127.0.0.1")


@dataclass(slots=True)
class HandTime:
    """A `Timebase` that stands still until it is moved."""

    at: Micros = field(default_factory=lambda: Micros(1_000_000_000))
    epoch: str = "hand"

    def now(self) -> Micros:
        return self.at

    def stamp(self) -> StoredInstant:
        return StoredInstant("boot", self.at, self.at)

    def move(self, seconds: float) -> None:
        self.at = Micros(self.at + int(seconds * 1_000_000))


@dataclass(slots=True)
class GatewayStand:
    """A gateway with fakes around it. `streams`: the server's end of each connection, in order."""

    gateway: Gateway
    application: Application
    rooms: FakeRooms
    time: HandTime
    streams: list[FanoutStream] = field(default_factory=list)

    async def person(self, *, is_admitted: bool = False) -> Identity:
        guest = await self.application.guests.create()
        return new_identity(guest.principal, is_admitted=is_admitted)

    @asynccontextmanager
    async def socket(self, identity: Identity | None) -> AsyncIterator[WebSocketConnection]:
        """A WebSocket that is served, before any frame."""
        async with self.wire(identity) as wire, trio.open_nursery() as nursery:
            yield await wrap_client_stream(nursery, wire, "127.0.0.1", "/ws", max_message_size=8 * 1024 * 1024)
            nursery.cancel_scope.cancel()

    @asynccontextmanager
    async def wire(self, identity: Identity | None) -> AsyncIterator[trio.SocketStream]:
        """The client's end of a connection, before its upgrade request. Its kernel holds as little as it can."""
        listener = socket.create_server(("127.0.0.1", 0))
        theirs = socket.socket()
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        theirs.connect(listener.getsockname())
        ours, _ = listener.accept()
        listener.close()
        theirs.setblocking(False)
        async with trio.open_nursery() as nursery:
            stream = FanoutStream(nursery, ours, self.time.now)
            self.streams.append(stream)
            nursery.start_soon(self._serve, stream, identity)
            client = trio.SocketStream(trio.socket.from_stdlib_socket(theirs))
            async with client:
                yield client
            stream.shut()
            nursery.cancel_scope.cancel()

    async def _serve(self, stream: FanoutStream, identity: Identity | None) -> None:
        """Shake hands without judging, then leave it to the gateway."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += await stream.receive_some()
        lines = head.decode().split("\r\n")[1:]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        stream.queue(accept_handshake(headers))
        await self.gateway.converse(Caller(ARRIVAL, identity), stream)
        stream.shut()

    @asynccontextmanager
    async def client(self, identity: Identity, ticket: str = "") -> AsyncIterator[Client]:
        """A WebSocket that has been welcomed."""
        async with self.socket(identity) as socket:
            client = Client(socket)
            await client.send(Hello(PROTOCOL_VERSION, "tests", ticket))
            welcome = await client.receive()
            assert isinstance(welcome, Welcome), welcome
            client.welcome = welcome
            yield client


def gateway_stand(folder: Path, **settings: object) -> GatewayStand:
    """A gateway with `settings` that differ from the defaults."""
    config = Config(**{"data": folder, **settings})  # type: ignore[arg-type]  # fields by name
    storage, time, rooms = open_memory(seed=1), HandTime(), FakeRooms()
    guests = Guests(storage.principals, lambda: time.at)
    tokens = DocumentTokens(storage.tokens, time)
    application = Application(
        config,
        time,
        storage,
        guests,
        rooms,
        FakeLibrary(),
        FakeDelivery(),
        NoDocuments(),
        tokens,
        FakeStems(),
        uploads_in(folder, storage),
    )
    gateway = Gateway(
        application,
        cookies=Cookies(Seal(bytes(32), "identity")),
        tickets=Tickets(Seal(bytes(32), "resume")),
        hosts=Hosts("laptop", ""),
        instance=Instance(config, storage),
    )
    return GatewayStand(gateway, application, rooms, time)


async def last_word_of(client: Client) -> tuple[str, int]:
    """Code of the last frame, close code."""
    frame: FromServer = await client.receive()
    while not isinstance(frame, Ending):
        frame = await client.receive()
    with pytest.raises(ConnectionClosed) as closed:
        await client.receive()
    assert closed.value.reason is not None
    return frame.code, closed.value.reason.code


async def room_of(stand: GatewayStand) -> str:
    """The name of a new room."""
    record, _ = await stand.rooms.create((await stand.person()).principal, "Room")
    return record.room
