"""One client of a crowd: a raw socket whose bytes are really received, kept only if somebody wants to look at them."""

import socket
from array import array
from base64 import b64encode
from collections.abc import Iterable
from fcntl import ioctl
from termios import TIOCOUTQ
from typing import Final

from loadtests.realtime.dialects import Dialect
from loadtests.realtime.frames import client_frame, server_messages

Address = tuple[str, int]

# Small on purpose, and the same for all servers: what a server does not read yet waits with the client.
_SEND_BUFFER: Final = 32 * 1024
_LONGEST_ANSWER: Final = 8 * 1024
# No value that is waited for is longer.
_LONGEST_CARRY: Final = 16 * 1024
_KEY: Final = b64encode(bytes(16)).decode()


class Client:
    """A socket and what came through it.

    Attributes:
        received: Bytes since it joined.
        keeps: Whether what comes is kept in `chunks`.
        chunks: What came, each with the instant (`time.perf_counter`) it was read at in `instants`.
        waits_for: Values (as bytes) that have not come yet; looked for in all that comes while there are any.
        is_lost: Whether the server ended the connection.
        farewell: What it said then, if that came apart from everything else.
    """

    __slots__ = (
        "_carry",
        "_unsent",
        "chunks",
        "farewell",
        "instants",
        "is_lost",
        "keeps",
        "received",
        "sock",
        "waits_for",
    )

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.received = 0
        self.keeps = True
        self.chunks: list[bytes] = []
        self.instants: list[float] = []
        self.waits_for: set[bytes] = set()
        self.is_lost = False
        self.farewell = ""
        self._carry = b""
        self._unsent = memoryview(b"")

    @property
    def is_blocked(self) -> bool:
        """Whether a part of what was to be sent still waits for the socket."""
        return bool(self._unsent)

    def send(self, frames: bytes | memoryview) -> None:
        """Hand frames to the socket; what it does not take waits for `send_on`, which has to come first."""
        assert not self._unsent, "the end of the last frame was not sent yet"
        self._unsent = memoryview(frames)
        self.send_on()

    def send_on(self) -> bool:
        """Hand over what waits. Returns whether nothing does any more."""
        try:
            self._unsent = self._unsent[self.sock.send(self._unsent) :]
        except BlockingIOError:
            pass
        except ConnectionError:
            self.is_lost = True
            self._unsent = memoryview(b"")
        return not self._unsent

    @property
    def unsent_bytes(self) -> int:
        """What was handed over and is still on this side: it waits for the socket, or in the kernel for the server's."""
        queued = array("i", (0,))
        ioctl(self.sock, TIOCOUTQ, queued)
        return len(self._unsent) + queued[0]

    def note(self, chunk: bytes, now: float) -> None:
        """Look at what came: only called if it keeps or waits."""
        if self.keeps:
            self.chunks.append(chunk)
            self.instants.append(now)
        if self.waits_for:
            seen = self._carry + chunk
            self.waits_for -= {value for value in self.waits_for if value in seen}
            self._carry = seen[-_LONGEST_CARRY:] if self.waits_for else b""

    def wait_for(self, values: Iterable[bytes], since: int | None = None) -> None:
        """Look for `values` from now on, and in the chunks kept from index `since` on."""
        self.waits_for = set(values)
        self._carry = b""
        if since is not None:
            kept = b"".join(self.chunks[since:])
            self.waits_for -= {value for value in self.waits_for if value in kept}
            self._carry = kept[-_LONGEST_CARRY:]

    def updates(self, dialect: Dialect) -> list[bytes]:
        """Every update it was sent and kept, in order."""
        told = (dialect.told(message) for message in server_messages(b"".join(self.chunks)))
        return [each.update for each in told if each is not None]

    def is_synced(self, dialect: Dialect) -> bool:
        """Whether the answer to its first question is there as a whole."""
        told = (dialect.told(message) for message in server_messages(b"".join(self.chunks)))
        return any(each is not None and each.is_answer for each in told)

    def is_answered(self, dialect: Dialect) -> bool:
        """Whether there is nothing to wait for any more: it is synced, or out."""
        return self.is_lost or self.is_synced(dialect)

    def forget(self) -> None:
        """Keep nothing from now on, neither what was kept."""
        self.keeps = False
        self.chunks.clear()
        self.instants.clear()


def open_socket(address: Address, dialect: Dialect, document: str) -> Client:
    """Connect and ask to become a WebSocket without extensions; `greet` takes the answer. Blocks."""
    sock = socket.create_connection(address, timeout=30)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
    request = (
        f"GET {dialect.path(document)} HTTP/1.1\r\nHost: {address[0]}:{address[1]}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {_KEY}\r\n\r\n"
    )
    sock.sendall(request.encode())
    return Client(sock)


def greet(client: Client, dialect: Dialect, document: str) -> None:
    """Wait for the answer and say what a new client says. Blocks; from then on the socket does not.

    Raises:
        ConnectionError: The server says no.
    """
    answer = b""
    while b"\r\n\r\n" not in answer:
        if len(answer) > _LONGEST_ANSWER or not (more := client.sock.recv(65536)):
            raise ConnectionError(f"the handshake was answered with {answer[:300]!r}")
        answer += more
    head, _, rest = answer.partition(b"\r\n\r\n")
    if head.split(b" ")[1] != b"101":
        raise ConnectionError(f"the handshake was refused: {answer[:300]!r}")
    client.sock.sendall(b"".join(client_frame(message) for message in dialect.greeting(document)))
    client.sock.setblocking(False)
    if rest:
        client.received += len(rest)
        client.note(rest, 0.0)
