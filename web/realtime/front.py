"""The listening port: plain and encrypted, pages and sockets, all on one.

A browser says what it wants with its first bytes: 0x16 begins a TLS handshake, anything else is HTTP. Inside either, a
request for a socket goes to the handler of its path and every other request to the application.

The table of sockets is `routes`, given by `web.serving`. To serve another path, implement `web.realtime.routes.SocketHandler`
and add a row: ``SocketRoute("/ws", gateway)`` is one path, ``SocketRoute("/yjs/", other)`` everything below one. The handler's
`admit` judges the request (who, from where) and returns the conversation, which is called with the bare stream once the
handshake is done: read from it with `web.realtime.frame_reader.FrameReader`, write with `FanoutStream.queue` and `push`. Forged
addresses, handshake errors, TLS, half-open peers, the crowd and closing the stream are dealt with here.
"""

import resource
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import msgspec
import structlog
import trio
from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.config import Config as HypercornConfig
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ASGIFramework

from hathor_rt.refusals import BadRequest
from hathor_rt.timebase import Timebase
from sync.refusal import Refusal
from web.answers import ErrorBody, answer_to
from web.proxies import Proxies
from web.realtime.acceptor import accept_all
from web.realtime.fanout import FanoutStream
from web.realtime.http1 import HEAD_SECONDS, HttpConnection, Upgrade
from web.realtime.hypercorn_log import HypercornLog
from web.realtime.patience import Patience
from web.realtime.plain_head import LONGEST_HEAD
from web.realtime.routes import Conversation, SocketRequest, SocketRoute, handler_of
from web.realtime.upgrade_head import recognised
from web.realtime.websocket import VERSION, accept_handshake

# First byte of a TLS record that carries a handshake (RFC 8446 section 5.1); no HTTP method begins with it.
_TLS_HANDSHAKE: Final = b"\x16"

# Files, databases and workers need descriptors too.
_OTHER_DESCRIPTORS: Final = 256
_FEWEST_CONNECTIONS: Final = 64

_NO_TLS: Final = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"
    b"This port does not speak https. Use http:// instead.\n"
)
_FULL: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nRetry-After: 5\r\n"
    b"Connection: close\r\n\r\nToo many connections are open. Please try again in a moment.\n"
)

_log = structlog.get_logger("hathor.front")


@dataclass(frozen=True, slots=True)
class Address:
    """Where the server listens."""

    host: str
    port: int


def most_connections(wanted: int) -> int:
    """How many of the `wanted` connections this process can hold, by its limit of open files."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return wanted
    possible = max(_FEWEST_CONNECTIONS, soft - _OTHER_DESCRIPTORS)
    if possible < wanted:
        _log.warning("the limit of open files allows fewer connections", wanted=wanted, possible=possible)
    return min(wanted, possible)


class Front:
    """Serves the connections of one port.

    Args:
        site: The HTTP application.
        routes: Which handler serves the sockets of which path.
        proxies: Whose forwarded addresses are believed.
        timebase: Stamps what arrives.
        at_once: The answer, in pieces, to the request that some bytes are as a whole, if it is at hand; the site's otherwise.
        tls: Server certificate; None: https is not offered.
        stalled_after_seconds: A client that takes nothing of an HTTP answer for this long is dropped.
        capacity: Connections at once; more are turned away with 503.
        receive_bytes: What the kernel takes of a socket ahead of our reading, see `FanoutStream.shorten_backlog`.
    """

    def __init__(
        self,
        site: ASGIFramework,
        routes: Sequence[SocketRoute],
        proxies: Proxies,
        timebase: Timebase,
        *,
        at_once: Callable[[bytes], list[bytes] | None],
        tls: ssl.SSLContext | None,
        stalled_after_seconds: float,
        capacity: int,
        receive_bytes: int,
    ) -> None:
        self._app = ASGIWrapper(site)
        self._routes = routes
        self._proxies = proxies
        self._timebase = timebase
        self._at_once = at_once
        self._tls = tls
        self._stalled_after_seconds = stalled_after_seconds
        self._capacity = capacity
        self._receive_bytes = receive_bytes
        self._open = 0
        self._patience = Patience()
        self._context = WorkerContext(None)
        self._hypercorn = HypercornConfig()
        self._hypercorn.logger_class = HypercornLog
        self._hypercorn.keep_alive_timeout = HEAD_SECONDS
        self._hypercorn.h11_max_incomplete_size = LONGEST_HEAD
        self._hypercorn.include_server_header = False

    async def serve(
        self, listeners: Sequence[trio.SocketListener], *, stopping: trio.Event, drain_seconds: float
    ) -> None:
        """Serve until `stopping`, then drain: take nobody new, say goodbye to sockets, let requests finish.

        Whoever is not gone after `drain_seconds` is cut off.
        """
        async with trio.open_nursery() as connections:
            async with trio.open_nursery() as accepting:
                for listener in listeners:
                    accepting.start_soon(accept_all, listener, lambda raw: connections.start_soon(self._attend, raw))
                await stopping.wait()
                accepting.cancel_scope.cancel()
            handlers = [route.handler for route in self._routes]
            _log.info("draining", connections=self._open, sockets=sum(map(len, handlers)))
            connections.cancel_scope.deadline = trio.current_time() + drain_seconds
            self._patience.end()
            for handler in handlers:
                handler.drain()
            await self._context.terminated.set()

    async def _attend(self, raw: socket.socket) -> None:
        """One connection. Whatever goes wrong in it ends it and nothing else."""
        self._open += 1
        try:
            if self._open > self._capacity:
                _log.warning("too many connections", open=self._open)
                raw.setblocking(False)
                raw.send(_FULL)
                return
            async with trio.open_nursery() as nursery:
                stream = FanoutStream(nursery, raw, self._timebase.now)
                try:
                    await self._converse(stream)
                finally:
                    stream.shut()
                if nursery.child_tasks:
                    nursery.cancel_scope.cancel()
        except* OSError as gone:  # a socket that was reset before it was even looked at
            _log.debug("connection lost", error=str(gone.exceptions[0]))
        except* Exception:
            _log.exception("connection failed")
        finally:
            self._open -= 1
            raw.close()

    async def _converse(self, stream: FanoutStream) -> None:
        first = await self._first_bytes(stream)
        if not first:
            return
        # What served pages is forgotten before the socket's life begins, which may be long.
        conversation = await self._conversation(stream, first)
        if conversation is not None:
            stream.shorten_backlog(self._receive_bytes)
            await conversation(stream)

    async def _conversation(self, stream: FanoutStream, first: bytes) -> Conversation | None:
        """Serve requests until one asks for a socket, and shake hands. None: there is none, the connection is over."""
        upgrade = recognised(first)
        if upgrade is None or not self._is_socket(upgrade.path):
            stream.unread(first)
            http = HttpConnection(
                self._app,
                self._hypercorn,
                self._context,
                stream,
                self._is_socket,
                self._at_once,
                self._patience,
                self._stalled_after_seconds,
            )
            upgrade = await http.converse()
        return None if upgrade is None else await self._shake_hands(stream, upgrade)

    def _is_socket(self, path: str) -> bool:
        return handler_of(self._routes, path) is not None

    async def _first_bytes(self, stream: FanoutStream) -> bytes:
        """What the client says first, behind a TLS handshake if it asks for one. Empty: there is nothing to talk about."""
        try:
            with trio.move_on_after(HEAD_SECONDS) as scope, self._patience.until_the_end(scope):
                first = await stream.receive_some()
                if first[:1] != _TLS_HANDSHAKE:
                    return first
                if self._tls is None:
                    await stream.send_all(_NO_TLS)
                    return b""
                stream.unread(first)
                await stream.encrypt(self._tls)
                return await stream.receive_some()
        except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
            _log.debug("no conversation", error=str(error))
        return b""

    async def _shake_hands(self, stream: FanoutStream, upgrade: Upgrade) -> Conversation | None:
        arrival = self._proxies.arrival(stream.peer()[0], upgrade.headers, is_tls=stream.is_encrypted)
        handler = handler_of(self._routes, upgrade.path)
        try:
            if handler is None or not upgrade.is_modern:
                raise BadRequest("a WebSocket is asked for with HTTP/1.1, at a path that has one")
            if upgrade.has_more:
                raise BadRequest("a client waits for the answer to its upgrade before it sends more")
            conversation = handler.admit(SocketRequest(upgrade.path, upgrade.query, upgrade.headers, arrival))
            accepted = accept_handshake(upgrade.headers)
        except Refusal as refusal:
            _log.info("socket refused", code=refusal.code, host=arrival.host)
            await _refuse(stream, refusal)
            return None
        stream.queue(accepted)
        return conversation


async def _refuse(stream: FanoutStream, refusal: Refusal) -> None:
    status: HTTPStatus = answer_to(refusal).status
    body = msgspec.json.encode(ErrorBody(refusal.code, refusal.reason))
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: application/json\r\nSec-WebSocket-Version: {VERSION}\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    try:
        with trio.move_on_after(HEAD_SECONDS):
            await stream.send_all(head.encode() + body)
            await stream.send_eof()
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        pass  # they did not wait for the answer
