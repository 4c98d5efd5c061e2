"""The web side on loopback with fake rooms and a fake library, and a browser's worth of a client."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import trio
from trio_websocket import WebSocketConnection, wrap_client_stream

from hathor_rt.accounts.document_tokens import DocumentTokens
from hathor_rt.accounts.guests import Guests
from hathor_rt.application import Application
from hathor_rt.config import Config
from hathor_rt.documents.lease import Leases
from hathor_rt.ids import RoomId
from hathor_rt.playlists.standalone import StandaloneDocuments
from hathor_rt.storage.memory.opening import open_memory
from hathor_rt.storage.ports import Storage
from hathor_rt.timebase import MonotonicTimebase
from sync.wire.codec import decode_server, encode
from sync.wire.frames import PROTOCOL_VERSION, FromClient, FromServer, Hello, Welcome
from tests.fakes.documents import SETTINGS
from tests.fakes.library import FakeDelivery, FakeLibrary, FakeStems
from tests.fakes.rooms import FakeRooms
from tests.fakes.rooms_world import FakeRecordings
from tests.fakes.uploads import uploads_in
from web.serving import Serving, serve


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP answer; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> dict[str, object]:
        return msgspec.json.decode(self.body, type=dict[str, object])


@dataclass(slots=True)
class Website:
    """A running web side and what is behind it."""

    application: Application
    rooms: FakeRooms
    library: FakeLibrary
    delivery: FakeDelivery
    stems: FakeStems
    storage: Storage
    serving: Serving | None = None
    stopping: trio.Event = field(default_factory=trio.Event)
    stopped: trio.Event = field(default_factory=trio.Event)
    are_workers_ready: bool = True

    @property
    def port(self) -> int:
        assert self.serving is not None
        return self.serving.addresses[0].port

    async def connect(self) -> trio.SocketStream:
        return await trio.open_tcp_stream("127.0.0.1", self.port)

    async def exchange(self, request: bytes) -> bytes:
        """Send raw bytes and read until the server closes."""
        stream = await self.connect()
        async with stream:
            await stream.send_all(request)
            return b"".join([chunk async for chunk in stream])

    async def request(
        self, method: str, target: str, *, cookie: str = "", json: object = None, **headers: str
    ) -> Response:
        """One request on a connection of its own. Underscores in header names become hyphens."""
        lines = {"Host": f"127.0.0.1:{self.port}", "Connection": "close"}
        if cookie:
            lines["Cookie"] = cookie
        body = b"" if json is None else msgspec.json.encode(json)
        if json is not None:
            lines["Content-Length"] = str(len(body))
        lines.update({name.replace("_", "-"): value for name, value in headers.items()})
        head = f"{method} {target} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        return parse_response(await self.exchange(head.encode() + b"\r\n" + body), has_body=method != "HEAD")

    async def guest(self) -> str:
        """A new guest's cookie."""
        answer = await self.request("GET", "/api/session")
        assert answer.status == 200, answer
        return answer.headers["set-cookie"].partition(";")[0]

    async def room(self) -> RoomId:
        """A room that lets everybody in."""
        person = await self.application.guests.create("Owner")
        record, _ = await self.rooms.create(person.principal, "A room", is_listed=True)
        return record.room

    @asynccontextmanager
    async def socket(
        self, cookie: str, *, tls: ssl.SSLContext | None = None, origin: str | None = None
    ) -> AsyncIterator[WebSocketConnection]:
        """A WebSocket to the server, before any frame."""
        headers = [(b"Cookie", cookie.encode())] if cookie else []
        if origin is not None:
            headers.append((b"Origin", origin.encode()))
        plain = await self.connect()
        stream = (
            plain if tls is None else trio.SSLStream(plain, tls, server_hostname="127.0.0.1", https_compatible=True)
        )
        # The stream is ours to close: the library leaves it open when the server closes first.
        async with plain, trio.open_nursery() as nursery:
            host = f"127.0.0.1:{self.port}"
            limit = 8 * 1024 * 1024
            yield await wrap_client_stream(nursery, stream, host, "/ws", extra_headers=headers, max_message_size=limit)
            nursery.cancel_scope.cancel()

    @asynccontextmanager
    async def client(self, cookie: str, ticket: str = "") -> AsyncIterator["Client"]:
        """A WebSocket that has been welcomed."""
        async with self.socket(cookie) as socket:
            client = Client(socket)
            await client.send(Hello(PROTOCOL_VERSION, "tests", ticket))
            welcome = await client.receive()
            assert isinstance(welcome, Welcome), welcome
            client.welcome = welcome
            yield client


@dataclass(slots=True)
class Client:
    """Typed frames over a WebSocket."""

    socket: WebSocketConnection
    welcome: Welcome | None = None

    async def send(self, *frames: FromClient) -> None:
        for frame in frames:
            await self.socket.send_message(encode(frame))

    async def receive(self, *, within_seconds: float = 5) -> FromServer:
        with trio.fail_after(within_seconds):
            message = await self.socket.get_message()
        assert isinstance(message, bytes)
        return decode_server(message)


def parse_response(raw: bytes, *, has_body: bool = True) -> Response:
    """Take an HTTP/1.1 answer apart; chunked bodies are put together."""
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if has_body and headers.get("transfer-encoding") == "chunked":
        body = _unchunked(body)
    return Response(int(first.split()[1]), headers, body)


def _unchunked(body: bytes) -> bytes:
    whole = b""
    while True:
        size, _, body = body.partition(b"\r\n")
        count = int(size, 16)
        if not count:
            return whole
        whole, body = whole + body[:count], body[count + 2 :]


@asynccontextmanager
async def running_website(
    folder: Path, *, tls: ssl.SSLContext | None = None, storage: Storage | None = None, **settings: object
) -> AsyncIterator[Website]:
    """The web side on a free port. `settings`: fields of `Config` that differ from the defaults."""
    config = Config(**{"port": 0, "data": folder, **settings})  # type: ignore[arg-type]  # fields by name
    storage, timebase = storage or open_memory(seed=1), MonotonicTimebase()
    rooms, library, delivery, stems = FakeRooms(), FakeLibrary(), FakeDelivery(), FakeStems()
    guests = Guests(storage.principals, lambda: timebase.stamp().utc_at)
    async with trio.open_nursery() as nursery:
        leases = Leases(nursery, storage.rooms, timebase, node=SETTINGS.node)
        documents = StandaloneDocuments(nursery, storage, FakeRecordings({"t1": 10.0}), timebase, leases, SETTINGS)
        tokens = DocumentTokens(storage.tokens, timebase)
        generation = await storage.documents.generation()
        application = Application(
            config,
            timebase,
            storage,
            guests,
            rooms,
            library,
            delivery,
            documents,
            tokens,
            stems,
            uploads_in(folder, storage),
            generation=generation,
        )
        site = Website(application, rooms, library, delivery, stems, storage)

        async def run(task_status: trio.TaskStatus[Serving]) -> None:
            await serve(
                application,
                stopping=site.stopping,
                are_workers_ready=lambda: site.are_workers_ready,
                tls=tls,
                client_folder=folder / "dist",
                task_status=task_status,
            )
            site.stopped.set()

        site.serving = await nursery.start(run)
        yield site
        site.stopping.set()
        with trio.move_on_after(3):
            await site.stopped.wait()
        nursery.cancel_scope.cancel()
