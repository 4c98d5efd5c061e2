"""A fan-out stream with the peer's end of its connection, over a real socket that buffers little."""

import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio

from hathor_rt.rooms.ports import SharedPayload
from sync.units import Micros
from web.realtime.fanout import FanoutStream


class Clock:
    """An instant per look, so that every stamp differs."""

    def __init__(self) -> None:
        self.looks = 0

    def __call__(self) -> Micros:
        self.looks += 1
        return Micros(self.looks)


class Pair:
    """A fan-out stream and the peer's end of its connection."""

    def __init__(
        self,
        nursery: trio.Nursery,
        stream: FanoutStream,
        peer: trio.abc.HalfCloseableStream | trio.SSLStream[trio.SocketStream],
    ) -> None:
        self.nursery = nursery
        self.stream = stream
        self.peer = peer

    async def read(self, byte_count: int) -> bytes:
        data = b""
        with trio.fail_after(5):
            while len(data) < byte_count:
                chunk = await self.peer.receive_some(byte_count - len(data))
                assert chunk, "the stream ended early"
                data += chunk
        return data

    def fill(self) -> list[SharedPayload]:
        """Push until a push is declined; what was taken."""
        taken: list[SharedPayload] = []
        for number in range(10_000):
            shared = SharedPayload(number.to_bytes(4, "big") * 4000)
            if not self.stream.push(shared):
                return taken
            taken.append(shared)
        raise AssertionError("the kernel takes everything")


@asynccontextmanager
async def connected(tls: tuple[ssl.SSLContext, ssl.SSLContext] | None = None) -> AsyncIterator[Pair]:
    listener = socket.create_server(("127.0.0.1", 0))
    theirs = socket.socket()
    # The peer's kernel shall not hide what ours does.
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    theirs.connect(listener.getsockname())
    ours, _ = listener.accept()
    listener.close()
    theirs.setblocking(False)
    peer = trio.SocketStream(trio.socket.from_stdlib_socket(theirs))
    async with trio.open_nursery() as nursery:
        stream = FanoutStream(nursery, ours, Clock())
        if tls is None:
            yield Pair(nursery, stream, peer)
        else:
            encrypted = trio.SSLStream(peer, tls[1], server_hostname="localhost", https_compatible=True)
            nursery.start_soon(encrypted.do_handshake)
            await stream.encrypt(tls[0])
            yield Pair(nursery, stream, encrypted)
        stream.shut()
        theirs.close()
        nursery.cancel_scope.cancel()
