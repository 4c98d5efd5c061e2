"""Which sockets there are: what a request for one says, and who serves the sockets of which path."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from web.proxies import Arrival
from web.realtime.fanout import FanoutStream


@dataclass(frozen=True, slots=True)
class SocketRequest:
    """A request to become a socket, before it is answered.

    Attributes:
        path: Without the query, percent-encoded as it came.
        query: Behind the question mark, as it came; often empty.
        headers: Names in lower case; repeated ones joined with commas.
        arrival: Whom it comes from, as the browser sees it.
    """

    path: str
    query: str
    headers: Mapping[str, str]
    arrival: Arrival


Conversation = Callable[[FanoutStream], Awaitable[None]]
"""Serves one socket whose handshake is done, from its first frame to its last. The stream is shut for it afterwards."""


class SocketHandler(Protocol):
    """Serves the sockets of one path."""

    def __len__(self) -> int:
        """How many sockets it serves now."""
        ...

    def admit(self, request: SocketRequest) -> Conversation:
        """Judge a request before it is answered; a `Refusal` is told as an HTTP answer.

        The handshake's own headers are judged elsewhere (`web.realtime.websocket`).
        """
        ...

    def drain(self) -> None:
        """The server stops: say goodbye to all, let nobody new in."""
        ...


@dataclass(frozen=True, slots=True)
class SocketRoute:
    """A row of the routing table.

    Attributes:
        path: Exactly this path; one that ends with a slash stands for everything below it.
        handler: Serves it.
    """

    path: str
    handler: SocketHandler

    def matches(self, path: str) -> bool:
        """Whether `path`, without its query, belongs here."""
        if self.path.endswith("/"):
            return path.startswith(self.path) and path != self.path
        return path == self.path


def handler_of(routes: Iterable[SocketRoute], path: str) -> SocketHandler | None:
    """Who serves `path`; None: it is no socket. The first row that matches counts."""
    return next((route.handler for route in routes if route.matches(path)), None)
