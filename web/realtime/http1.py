"""HTTP/1.1 of one connection by Hypercorn, up to the moment it becomes a socket.

Hypercorn's own WebSockets cannot be timed out, always compress and cost five times ours, so a request for one of our sockets
leaves Hypercorn: its head is handed to the caller, who goes on with the bare stream. This holds for the first request of a
connection and for any later one alike (proxies reuse connections for upgrades). A plain first one does not even come here:
`web.realtime.upgrade_head`.

A request whose answer is at hand does not reach Hypercorn at all: while no other is under way, what comes is first offered to
`at_once`. One by one such requests cost a fifth of what Hypercorn's machinery alone does.

Three things differ from Hypercorn 0.18 on purpose; each can go when Hypercorn has it:

- Closing is shielded. Hypercorn first tells the application that the client is gone, which cancels the very task that is
  about to close, so a `Connection: close` answer never ended (test: `test_connection_close_ends_the_connection`).
- Sending has a deadline instead of an unlimited shield: a client that stops reading would hold its task forever.
- HTTP/2 is not spoken, not even by `Upgrade: h2c`: its WebSockets would pass by the front.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import h11
import trio
from hypercorn.config import Config as HypercornConfig
from hypercorn.events import Closed, Event, RawData, Updated
from hypercorn.protocol.h11 import H11Protocol
from hypercorn.trio.task_group import TaskGroup
from hypercorn.trio.tcp_server import TCPServer
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import AppWrapper, ConnectionState

from web.realtime.fanout import FanoutStream
from web.realtime.patience import Patience
from web.realtime.plain_head import LONGEST_HEAD

# A request head takes one round trip; so does the first byte of a connection. Also how long an idle connection is kept.
HEAD_SECONDS: Final = 10
# After our last byte: how long the client gets to read it before the kernel forgets the connection.
_LINGER_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class Upgrade:
    """A request to become a socket.

    Attributes:
        path: As it came, without the query.
        query: What is behind the question mark.
        is_modern: The request is HTTP/1.1.
        has_more: The client sent something behind it, which RFC 6455 section 4.1 forbids before our answer.
        headers: Names in lower case; repeated ones joined with commas.
    """

    path: str
    query: str
    is_modern: bool
    has_more: bool
    headers: Mapping[str, str]


class _Http1(H11Protocol):
    """Hypercorn's HTTP/1.1, which sets requests for our sockets aside."""

    upgrade: Upgrade | None = None
    is_socket: Callable[[str], bool]

    @property
    def is_between_requests(self) -> bool:
        """Whether the last answer is out and nothing of the next request has come."""
        wire = self.connection
        return self.stream is None and wire.our_state is wire.their_state is h11.IDLE and not wire.trailing_data[0]

    async def _check_protocol(self, event: h11.Request) -> None:
        """No HTTP/2."""

    async def _create_stream(self, request: h11.Request) -> None:
        if _head_bytes(request) > LONGEST_HEAD:
            # h11 bounds only heads that come in pieces.
            await self._send_error_response(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            await self.send(Closed())
        elif _asks_for_socket(request) and (self.is_socket(_target(request)[0]) or not _is_modern(request)):
            # Hypercorn 0.18 leaves an upgrade by HTTP/1.0 without an answer, whatever its path.
            self.upgrade = _upgrade_of(request, has_more=bool(self.connection.trailing_data[0]))
        else:
            await super()._create_stream(request)


class HttpConnection(TCPServer):
    """One connection while it speaks HTTP.

    Args:
        app: The application, wrapped for Hypercorn.
        config: Hypercorn's settings.
        context: Shared by all connections; its `terminated` ends them when they are idle.
        stream: The connection.
        is_socket: Whether a path belongs to a socket.
        at_once: The answer, in pieces, to the request that some bytes are as a whole, if it is at hand.
        patience: Ended when the server stops; what waits for a next request waits in it.
        stalled_after_seconds: A client that takes nothing for this long while an answer is sent is dropped.
    """

    def __init__(
        self,
        app: AppWrapper,
        config: HypercornConfig,
        context: WorkerContext,
        stream: FanoutStream,
        is_socket: Callable[[str], bool],
        at_once: Callable[[bytes], list[bytes] | None],
        patience: Patience,
        stalled_after_seconds: float,
    ) -> None:
        super().__init__(app, config, context, ConnectionState({}), stream)  # type: ignore[arg-type]  # any stream does
        self._stream = stream
        self._is_socket = is_socket
        self._at_once = at_once
        self._patience = patience
        self._stalled_after_seconds = stalled_after_seconds
        self._http: _Http1
        self._has_read_all = trio.Event()

    async def converse(self) -> Upgrade | None:
        """Serve requests until the connection ends (None) or asks to become a socket; only then it is left open."""
        upgrade: Upgrade | None = None
        try:
            async with TaskGroup() as task_group:
                self._task_group = task_group
                self._http = _Http1(
                    self.app,
                    self.config,
                    self.context,
                    task_group,
                    ConnectionState(self.state),
                    self._stream.is_encrypted,
                    self._stream.peer(),
                    self._stream.own(),
                    self.protocol_send,
                )
                self._http.is_socket = self._is_socket
                self.protocol = self._http  # type: ignore[assignment]  # without the wrapper, whose part is HTTP/2
                await self.idle_task.restart(task_group, self._idle_timeout)
                upgrade = await self._read()
                await self.idle_task.stop()
        finally:
            if upgrade is None:
                await self._close()
        return upgrade

    async def protocol_send(self, event: Event) -> None:
        """Carry out what the protocol wants done with the connection."""
        match event:
            case RawData(data=data):
                await self._send_in_time(data)
            case Closed():
                await self._close()
                await self.protocol.handle(Closed())
            case Updated(idle=True):
                await self.idle_task.restart(self._task_group, self._idle_timeout)
            case Updated():
                await self.idle_task.stop()

    async def _read(self) -> Upgrade | None:
        try:
            while self._http.upgrade is None:
                data = await self._stream.receive_some()
                if self._http.is_between_requests:
                    data = await self._answer_at_once(data)
                await self.protocol.handle(RawData(data))
                if not data:
                    break
        except (trio.ClosedResourceError, trio.BrokenResourceError):
            pass
        finally:
            self._has_read_all.set()
        if self._http.upgrade is None:
            await self.protocol.handle(Closed())
        return self._http.upgrade

    async def _answer_at_once(self, data: bytes) -> bytes:
        """Answer what can be answered at once; what came that cannot is the result. Empty: nothing more will come."""
        pieces = self._at_once(data)
        if pieces is not None:
            await self.idle_task.stop()
        while pieces is not None:
            for piece in pieces:
                self._stream.queue(piece)
                if self._stream.is_waiting:
                    await self._send_in_time(b"")
            data = b""
            with trio.move_on_after(HEAD_SECONDS) as scope, self._patience.until_the_end(scope):
                data = await self._stream.receive_some()
            pieces = self._at_once(data)
            if pieces is None:
                # The rest of a head that came in part has to come in time, too.
                await self.idle_task.restart(self._task_group, self._idle_timeout)
        return data

    async def _send_in_time(self, data: bytes) -> None:
        is_gone = True
        async with self.send_lock:
            # Shielded so that an answer is never cut in the middle by the application's own cancellation.
            deadline = trio.current_time() + self._stalled_after_seconds
            with (
                trio.CancelScope(shield=True, deadline=deadline),
                suppress(trio.BrokenResourceError, trio.ClosedResourceError),
            ):
                await self._stream.send_all(data)
                is_gone = False
        if is_gone:
            self._stream.abort()
            await self.protocol.handle(Closed())

    async def _close(self) -> None:
        """End our side, wait a moment until the client has ended its own, close.

        Closing over bytes that were not read resets the connection, and the reset can overtake the answer.
        """
        linger = 0.0 if self.context.terminated.is_set() else _LINGER_SECONDS
        with trio.CancelScope(
            shield=True, deadline=trio.current_time() + linger
        ):  # shielded: see the module's docstring
            try:
                await self._stream.send_eof()
                while await self._stream.receive_some():
                    pass
            except trio.BusyResourceError:
                await self._has_read_all.wait()  # another task of this connection reads
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                pass
            finally:
                await self._stream.aclose()


def _head_bytes(request: h11.Request) -> int:
    return len(request.target) + sum(len(name) + len(value) + 4 for name, value in request.headers)


def _asks_for_socket(request: h11.Request) -> bool:
    if request.method != b"GET":
        return False
    return any(name == b"upgrade" and value.strip().lower() == b"websocket" for name, value in request.headers)


def _is_modern(request: h11.Request) -> bool:
    return request.http_version == b"1.1"


def _target(request: h11.Request) -> tuple[str, str]:
    path, _, query = request.target.decode("latin-1").partition("?")
    return path, query


def _upgrade_of(request: h11.Request, *, has_more: bool) -> Upgrade:
    headers: dict[str, str] = {}
    for name, value in request.headers:
        key, text = name.decode("latin-1"), value.decode("latin-1")
        headers[key] = f"{headers[key]},{text}" if key in headers else text
    path, query = _target(request)
    return Upgrade(path, query, _is_modern(request), has_more, headers)
