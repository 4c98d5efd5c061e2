"""A realtime server that says what a test tells it to, over a real socket on loopback."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import trio
from trio_websocket import ConnectionClosed, WebSocketConnection, WebSocketRequest, serve_websocket

from hathor_rt.headless.address import Address
from hathor_rt.headless.link import Door
from sync.wire.codec import decode_client, encode
from sync.wire.frames import FromClient, FromServer, Hello, Probe, ProbeReply, Welcome

Frame = TypeVar("Frame")


class Conversation:
    """One connection as the server sees it. Probes are answered by themselves, by a clock that is `AHEAD`."""

    def __init__(self, socket: WebSocketConnection, cookie: str) -> None:
        self.cookie = cookie
        self._socket = socket
        self._frames: list[FromClient] = []

    async def send(self, *frames: FromServer) -> None:
        for frame in frames:
            await self._socket.send_message(encode(frame))

    async def next(self, kind: type[Frame]) -> Frame:
        """The next frame that is no probe and no report (unless asked for); it has to be of `kind`."""
        while True:
            message = await self._socket.get_message()
            assert isinstance(message, bytes)
            frame = decode_client(message)
            if isinstance(frame, Probe):
                await self.send(ProbeReply(frame.seq, frame.sent, frame.sent + AHEAD, frame.sent + AHEAD))
            if isinstance(frame, kind):
                return frame

    async def welcome(self, epoch: str = "p", generation: int = 0) -> Hello:
        """Greet as a server does."""
        hello = await self.next(Hello)
        await self.send(Welcome(1, "c1", "p1", "d1", epoch, f"ticket-{epoch}", 15_000_000, generation=generation))
        return hello

    async def until_closed(self) -> int:
        """Answer probes until the client goes; its close code."""
        try:
            while True:
                await self.next(Hello)
        except ConnectionClosed as closed:
            return 0 if closed.reason is None else closed.reason.code


AHEAD = 3_600_000_000
Script = Callable[[Conversation], Awaitable[None]]


@asynccontextmanager
async def serving(*scripts: Script) -> AsyncIterator[Door]:
    """Plays one script after the other, one for each connection; any further one is refused with 403."""
    waiting = list(scripts)

    async def converse(request: WebSocketRequest) -> None:
        if not waiting:
            await request.reject(403, body=b'{"code": "kicked", "reason": "no script is left"}')
            return
        script = waiting.pop(0)
        socket = await request.accept()
        cookie = dict(request.headers).get(b"cookie", b"").decode()
        try:
            await script(Conversation(socket, cookie))
        except ConnectionClosed:
            pass
        finally:
            await socket.aclose()

    async with trio.open_nursery() as nursery:
        server = await nursery.start(serve_websocket, converse, "127.0.0.1", 0, None)
        yield Door(Address("http", "127.0.0.1", server.port), None, lambda: "hathor=me")
        nursery.cancel_scope.cancel()
