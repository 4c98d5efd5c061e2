"""What a delivery costs a process that only sends: measured beside the servers, under the same conditions."""

import select
import socket
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from loadtests.realtime.conditions import Window
from loadtests.realtime.dialects import YWebsocket
from loadtests.realtime.servers import Running, started

_ROOT: Final = Path(__file__).parent.parent.parent
_BUFFER: Final = bytearray(1024 * 1024)
# For everybody to be let in, and the first sends, which find nothing in any cache.
_WARM_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class Floor:
    """One measurement.

    Attributes:
        deliveries: Frames that came.
        window: While they did.
    """

    deliveries: int
    window: Window

    @property
    def micros_per_delivery(self) -> float:
        """Processor time of the sender for one frame to one client, microseconds."""
        return 1e6 * self.window.server / max(1, self.deliveries)


def floor(clients: int, per_second: int, byte_count: int, seconds: float) -> Floor:
    """Have a bare process send frames of `byte_count` bytes to so many clients, `per_second` times a second.

    Raises:
        ConnectionError: It ended by itself.
    """
    command = [sys.executable, "-m", "loadtests.realtime.bare_sender", *map(str, (clients, per_second, byte_count))]
    with started(command, r"listening on (\d+)", _ROOT) as (process, port), ExitStack() as open_sockets:
        epoll = open_sockets.enter_context(select.epoll())
        by_fd = {}
        for _ in range(clients):
            client = open_sockets.enter_context(socket.create_connection(("127.0.0.1", port)))
            by_fd[client.fileno()] = client
            epoll.register(client.fileno(), select.EPOLLIN)
        _read(epoll, by_fd, _WARM_SECONDS)
        window = Window(Running(process, ("127.0.0.1", port), YWebsocket()))
        received = _read(epoll, by_fd, seconds)
        return Floor(received // byte_count, window.close())


def _read(epoll: select.epoll, by_fd: dict[int, socket.socket], seconds: float) -> int:
    """Bytes that came within `seconds`."""
    received = 0
    until = time.perf_counter() + seconds
    while (left := until - time.perf_counter()) > 0:
        for fd, _ in epoll.poll(left, 1024):
            size = by_fd[fd].recv_into(_BUFFER)
            if size == 0:
                raise ConnectionError("the bare sender has ended")
            received += size
    return received
