"""A device over a real socket, without a browser: cookie, Hello, Enter, Open, edits, commands."""

import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.cookies import SimpleCookie
from typing import TypeVar, cast

import trio
from pycrdt import Doc, Map
from trio_websocket import ConnectionClosed, WebSocketConnection, wrap_client_stream

from sync.documents import order
from sync.timeline.plain import from_plain
from sync.timeline.transport import Transport
from sync.wire.codec import decode_server, encode
from sync.wire.frames import (
    PROTOCOL_VERSION,
    Changed,
    Command,
    Enter,
    Entered,
    FromClient,
    FromServer,
    Hello,
    Open,
    Opened,
    Order,
    Refused,
    Saved,
    Update,
    Welcome,
)
from tests.end_to_end.server_process import ServerProcess

Frame = TypeVar("Frame")
PATIENCE_SECONDS = 20


def make_guest(server: ServerProcess) -> str:
    """A fresh guest's cookie, as the header value a browser would send."""
    with urllib.request.urlopen(f"{server.url}api/session", timeout=10) as answer:
        jar = SimpleCookie(answer.headers["Set-Cookie"])
    return "; ".join(f"{name}={morsel.value}" for name, morsel in jar.items())


class SocketClient:
    """One connection. Frames are kept in order of arrival; waiting has an end."""

    def __init__(self, socket: WebSocketConnection) -> None:
        self.socket = socket
        self.frames: list[FromServer] = []
        self.docs: dict[str, Doc[Map[object]]] = {}
        self.principal = ""
        self.room = ""
        self.is_over = False
        self._intent = 0
        self._news = trio.Condition()

    async def read(self) -> None:
        """Take frames in until the connection ends."""
        try:
            while True:
                message = await self.socket.get_message()
                assert isinstance(message, bytes)
                frame = decode_server(message)
                self._apply(frame)
                async with self._news:
                    self.frames.append(frame)
                    self._news.notify_all()
        except ConnectionClosed:
            self.is_over = True
            async with self._news:
                self._news.notify_all()

    async def send(self, frame: FromClient) -> None:
        await self.socket.send_message(encode(frame))

    async def wait_for(self, kind: type[Frame], count: int = 1) -> Frame:
        """The `count`-th frame of `kind`."""
        with trio.fail_after(PATIENCE_SECONDS):
            async with self._news:
                while True:
                    found = [frame for frame in self.frames if isinstance(frame, kind)]
                    if len(found) >= count:
                        return found[count - 1]
                    if self.is_over:
                        raise ConnectionResetError("the connection ended while waiting")
                    await self._news.wait()

    async def wait_until_over(self) -> None:
        """Until the connection has ended."""
        async with self._news:
            while not self.is_over:
                await self._news.wait()

    async def enter(self, room: str, invite: str = "", *, sound: bool = False) -> Entered:
        """Enter and open both documents."""
        self.room = room
        await self.send(Enter(room, invite, sound))
        entered = await self.wait_for(Entered)
        await self.send(Open(f"queue:{room}"))
        await self.send(Open(f"playback:{room}"))
        await self.wait_for(Opened, 2)
        return entered

    async def add(self, entry: str, track: str) -> int:
        """Add to the end of the queue; returns the intent's number."""
        doc = self.docs["queue"]
        before = doc.get_state()
        keys = sorted(str(fields["order"]) for fields in self.entries().values())
        fields = {
            "track": track,
            "added_by": self.principal,
            "order": order.between(keys[-1] if keys else None, None, entry),
            "added_at": 1,
        }
        doc.get("entries", type=Map)[entry] = Map(fields)
        self._intent += 1
        await self.send(Update(f"queue:{self.room}", doc.get_update(before), self._intent))
        return self._intent

    async def command(self, what: Order) -> None:
        await self.send(Command(self.room, len(self.frames) + 1, what))

    def saved(self) -> int:
        """The highest intent that is durable."""
        return max((frame.intent for frame in self.frames if isinstance(frame, Saved)), default=0)

    def refusals(self) -> list[Refused]:
        return [frame for frame in self.frames if isinstance(frame, Refused)]

    def entries(self) -> dict[str, dict[str, object]]:
        """Own view of the queue."""
        content = self.docs["queue"].get("entries", type=Map).to_py() or {}
        return cast("dict[str, dict[str, object]]", content)

    def transport(self) -> Transport:
        """What plays, as this device was told."""
        plain = self.docs["playback"].get("playback", type=Map).to_py()
        assert plain is not None
        return from_plain(plain["transport"])

    def _apply(self, frame: FromServer) -> None:
        match frame:
            case Welcome(principal=principal):
                self.principal = principal
            case Opened(document=document, client_id=client_id, update=update):
                doc: Doc[Map[object]] = Doc(client_id=client_id)
                doc.apply_update(update)
                self.docs[document.partition(":")[0]] = doc
            case Changed(document=document, update=update):
                self.docs[document.partition(":")[0]].apply_update(update)
            case _:
                pass


@asynccontextmanager
async def connected(server: ServerProcess, cookie: str, *, checks: bool = False) -> AsyncIterator[SocketClient]:
    """A greeted connection for the length of the block. `checks`: it is told of sound checks."""
    # Our own stream, so that it is closed even if the server was killed in the middle of a handshake.
    stream = await trio.open_tcp_stream("localhost", server.port)
    async with stream, trio.open_nursery() as nursery:
        host = f"localhost:{server.port}"
        socket = await wrap_client_stream(nursery, stream, host, "/ws", extra_headers=[(b"Cookie", cookie.encode())])
        client = SocketClient(socket)
        nursery.start_soon(client.read)
        await client.send(Hello(PROTOCOL_VERSION, "test", checks=checks))
        await client.wait_for(Welcome)
        yield client
        with trio.move_on_after(1):
            await socket.aclose()
        nursery.cancel_scope.cancel()
