"""All clients of one document, moved by one loop: the generator."""

import select
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from loadtests.realtime.client import Address, Client, greet, open_socket
from loadtests.realtime.dialects import Dialect
from loadtests.realtime.frames import CLOSE, PONG
from loadtests.realtime.writers import Writer

_BUFFER: Final = bytearray(1024 * 1024)
_VIEW: Final = memoryview(_BUFFER)
# How often what is due is handed over: at 20 writers the loop then has time for thousands of reads in between.
_TICK: Final = 0.001
_PONG_EVERY: Final = 8.0
_JOIN_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Sending:
    """When a run began and ended, instants of `time.perf_counter`.

    Attributes:
        left_over: Bytes that were handed over by the end and had not left the clients' side: neither sent nor acknowledged.
        looks: Seconds between one look at all sockets and the next. What comes meanwhile is seen that much later.
    """

    began: float
    ended: float
    left_over: int
    looks: tuple[float, ...]


class Crowd:
    """Clients that follow one document, synced.

    Args:
        address: Of the server.
        document: Which document.
    """

    def __init__(self, address: Address, dialect: Dialect, document: str) -> None:
        self.address = address
        self.dialect = dialect
        self.document = document
        self.clients: list[Client] = []
        self._by_fd: dict[int, Client] = {}
        self._deaf: set[int] = set()
        self._epoll = select.epoll()
        self._ponged = time.perf_counter()
        self._looked = self._ponged
        # While somebody writes.
        self._looks: list[float] | None = None

    def join(self, count: int) -> list[Client]:
        """Let `count` more in, one after the other, each synced before the next; all of them keep what comes.

        Raises:
            TimeoutError: Somebody got no answer.
        """
        new = []
        for _ in range(count):
            client = self.begin_join()
            self.pump(_JOIN_SECONDS, partial(client.is_answered, self.dialect))
            if client.is_lost:
                raise ConnectionError(
                    f"the server closed a connection that joined: {client.farewell or 'without a word'}"
                )
            if not client.is_synced(self.dialect):
                raise TimeoutError(f"no state came within {_JOIN_SECONDS:.0f} s of joining")
            new.append(client)
        return new

    def begin_join(self) -> Client:
        """Let one more in, without waiting for what it is told."""
        client = open_socket(self.address, self.dialect, self.document)
        self.admit(client)
        return client

    def admit(self, client: Client) -> None:
        """Take in a client whose handshake is under way."""
        greet(client, self.dialect, self.document)
        self.clients.append(client)
        self._by_fd[client.sock.fileno()] = client
        self._epoll.register(client.sock.fileno(), select.EPOLLIN)

    def leave(self, client: Client) -> None:
        """Close one client."""
        self.clients.remove(client)
        fd = client.sock.fileno()
        if self._by_fd.pop(fd, None) is not None and fd not in self._deaf:
            self._epoll.unregister(fd)
        self._deaf.discard(fd)
        client.sock.close()

    def close(self) -> None:
        """Close all."""
        for client in list(self.clients):
            self.leave(client)
        self._epoll.close()

    def stop_reading(self, clients: Iterable[Client]) -> None:
        """From now on these leave in the kernel what is sent to them."""
        for client in clients:
            self._epoll.unregister(client.sock.fileno())
            self._deaf.add(client.sock.fileno())

    def read_again(self) -> None:
        """Everybody reads."""
        for fd in self._deaf:
            self._epoll.register(fd, select.EPOLLIN)
        self._deaf.clear()

    def write(self, writers: Sequence[Writer], per_second: float, seconds: float) -> Sending:
        """Send at `per_second` (all writers together) for `seconds`, and read meanwhile."""
        each = per_second / len(writers)
        count = max(1, round(each * seconds))
        for writer in writers:
            writer.prepare(count)
        self._looks = []
        began = self._looked = time.perf_counter()
        phases = [(index + 1) / len(writers) for index in range(len(writers))]
        while (elapsed := (now := time.perf_counter()) - began) < seconds:
            for writer, phase in zip(writers, phases, strict=True):
                writer.send_until(min(int(elapsed * each + phase), count))
            self._read(max(0.0, _TICK - (time.perf_counter() - now)))
        ended = time.perf_counter()
        looks, self._looks = tuple(self._looks), None
        left_over = sum(writer.client.unsent_bytes for writer in writers)
        self.pump(_JOIN_SECONDS, lambda: all(writer.client.send_on() for writer in writers))
        for writer in writers:
            writer.give_up_the_rest()
        return Sending(began, ended, left_over, looks)

    def pump(self, seconds: float, is_done: Callable[[], bool] = lambda: False) -> bool:
        """Only read, for `seconds` or until it is done. Returns whether it is."""
        until = time.perf_counter() + seconds
        while not is_done():
            left = until - time.perf_counter()
            if left <= 0:
                return False
            self._read(min(left, 0.02))
        return True

    def _read(self, timeout: float) -> None:
        events = self._epoll.poll(timeout, 1024)
        now = time.perf_counter()
        if self._looks is not None:
            self._looks.append(now - self._looked)
        self._looked = now
        for fd, _ in events:
            client = self._by_fd[fd]
            try:
                size = client.sock.recv_into(_BUFFER)
            except BlockingIOError:
                continue
            except ConnectionError:
                size = 0
            if size == 0:
                client.is_lost = True
                self._epoll.unregister(fd)
                del self._by_fd[fd]
                continue
            client.received += size
            if _BUFFER[0] == CLOSE:
                client.farewell = bytes(_VIEW[4:size]).decode(errors="replace")
            if client.keeps or client.waits_for:
                client.note(bytes(_VIEW[:size]), now)
        if now - self._ponged > _PONG_EVERY:
            self._ponged = now
            self._pong()

    def _pong(self) -> None:
        """Tell the server that everybody lives, except those whose socket is full: they show it by reading."""
        for client in self.clients:
            if client.send_on():
                client.send(PONG)
