"""The web side with documents that plain Yjs clients edit, and such a client with message by message under the test's control."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import trio
from pycrdt import Doc, Text
from trio_websocket import ConnectionClosed, WebSocketConnection, wrap_client_stream

from hathor_rt.storage.ports import Storage
from sync.wire.yjs import YjsMessage, decode
from tests.fakes.website import Website, running_website

# For a machine that does other things too: nothing takes this long.
PATIENCE_SECONDS = 20


@dataclass(slots=True)
class PlainClient:
    """A WebSocket that speaks plain Yjs."""

    socket: WebSocketConnection
    stream: trio.abc.SendStream

    async def send_at_once(self, messages: Iterable[bytes]) -> None:
        """Short messages as fast as the kernel takes them, past what the WebSocket library would need for each."""
        await self.stream.send_all(b"".join(map(_framed, messages)))

    async def send(self, *messages: bytes) -> None:
        for message in messages:
            await self.socket.send_message(message)

    async def next(self, kind: type[Any]) -> Any:
        """The next message of a kind; others are passed over."""
        with trio.fail_after(PATIENCE_SECONDS):
            while True:
                raw = await self.socket.get_message()
                assert isinstance(raw, bytes)
                message: YjsMessage = decode(raw)
                if isinstance(message, kind):
                    return message

    async def closed(self) -> tuple[int, str]:
        with trio.fail_after(PATIENCE_SECONDS):
            with suppress(ConnectionClosed):
                while True:
                    await self.socket.get_message()
        reason = self.socket.closed
        assert reason is not None
        return reason.code, reason.reason or ""


@asynccontextmanager
async def plain_client(port: int, target: str) -> AsyncIterator[PlainClient]:
    """A connection to a server on this machine, before any message."""
    # Our own stream, so that it is closed whatever became of the other end.
    stream = await trio.open_tcp_stream("127.0.0.1", port)
    async with stream, trio.open_nursery() as nursery:
        host = f"127.0.0.1:{port}"
        socket = await wrap_client_stream(nursery, stream, host, target, max_message_size=8 * 1024 * 1024)
        yield PlainClient(socket, stream)
        nursery.cancel_scope.cancel()


@dataclass(slots=True)
class YjsSite:
    """A running web side whose documents are open to those with a token."""

    website: Website

    @asynccontextmanager
    async def client(self, target: str) -> AsyncIterator[PlainClient]:
        """A connection, before any message."""
        async with plain_client(self.website.port, target) as client:
            yield client

    async def token(self, document: str = "scratch:*", role: str = "editor", name: str = "Ann") -> str:
        """A token's text."""
        application = self.website.application
        guest = await application.guests.create(name)
        _, text = await application.tokens.issue(document, role, guest.principal)
        return text


@asynccontextmanager
async def yjs_site(folder: Path, *, storage: Storage | None = None, **settings: object) -> AsyncIterator[YjsSite]:
    """For the length of the block. `settings`: fields of `Config` that differ from the defaults."""
    async with running_website(folder, tls=None, storage=storage, **settings) as website:
        yield YjsSite(website)


def _framed(message: bytes) -> bytes:
    assert len(message) < 126, "a message of this length has a longer header"
    return bytes((0x82, 0x80 | len(message), 0, 0, 0, 0)) + message


def typed(words: str, client_id: int = 5) -> bytes:
    """The update of one who types `words` into an empty text."""
    doc: Doc[Any] = Doc(client_id=client_id)
    doc.get("t", type=Text).insert(0, words)
    return doc.get_update()
