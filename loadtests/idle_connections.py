"""What a connection costs that does nothing: memory, processor time to connect, and while nothing happens.

Run: ``python -m loadtests.idle_connections --connections 5000 --room-size 5``. A real server process on loopback serves real
rooms; every connection has greeted, entered its room and opened both documents, and from then on answers pings. Memory counts
the rooms' share: it is what the server process grew by, divided by the connections. A last part sends small messages on some
of the connections and tells what each costs the server.

Processor times are the server process's own, so other work on the machine hardly shows in them.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from typing import Final

from loadtests.machine import allow_many_files, load_average, machine, processor_seconds, resident_bytes
from loadtests.visitors import Visitor, make_guests, make_rooms
from sync.wire.codec import encode
from sync.wire.frames import Probe, Report
from tests.end_to_end.server_process import ServerProcess

# The clients share one address, and nobody is to be slowed down here.
_UNLIMITED: Final = 1_000_000_000
_WARM_UP_ROOMS: Final = 10
_SETTLE_SECONDS: Final = 3
_MESSAGE_SECONDS: Final = 4
# Messages per second in all: few enough that nearly each wakes the server by itself.
_MESSAGE_RATE: Final = 2_000
_MESSAGE_CONNECTIONS: Final = 200


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured. Bytes and seconds are the server process's."""

    connections: int
    rooms: int
    bytes_each: float
    bytes_before: int
    bytes_after: int
    connect_seconds: float
    idle_share: float
    idle_seconds: float
    probe_seconds: float
    report_seconds: float


class Crowd:
    """All clients, in one process and one task."""

    def __init__(self) -> None:
        self._selector = DefaultSelector()
        self.visitors: list[Visitor] = []

    def add(self, visitors: Iterable[Visitor]) -> None:
        for visitor in visitors:
            visitor.wire.setblocking(False)
            self._selector.register(visitor.wire, EVENT_READ, visitor)
            self.visitors.append(visitor)

    def stay(self, seconds: float, *, act: Callable[[], None] | None = None, every_seconds: float = 1.0) -> None:
        """Answer pings for that long, at least those that wait; meanwhile do something now and then."""
        now = due = time.monotonic()
        end = now + seconds
        is_over = False
        while not is_over:
            if act is not None and now >= due:
                act()
                due += every_seconds
            wait = min(end, due if act is not None else end) - time.monotonic()
            for key, _ in self._selector.select(max(0.0, wait)):
                key.data.take_in()
            now = time.monotonic()
            is_over = now >= end

    def close(self) -> None:
        for visitor in self.visitors:
            visitor.wire.close()
        self._selector.close()


def measure(server: ServerProcess, connections: int, room_size: int, idle_seconds: float) -> Figures:
    """Fill the server's rooms and see what it costs."""
    process, port = server.process_id, server.port
    room_count = -(-connections // room_size)
    cookies = make_guests(port, connections + _WARM_UP_ROOMS)
    rooms = make_rooms(port, cookies[::room_size][:room_count] + cookies[connections:])
    warm, rooms = rooms[room_count:], rooms[:room_count]
    for room in warm:  # code that is loaded on first use is no connection's fault
        for visitor in Visitor.enter(port, room, cookies[connections:]):
            visitor.wire.close()
    crowd = Crowd()
    crowd.stay(min(_SETTLE_SECONDS, idle_seconds))
    bytes_before, seconds_before = resident_bytes(process), processor_seconds(process)
    for number, room in enumerate(rooms):
        crowd.add(Visitor.enter(port, room, cookies[number * room_size : min(connections, (number + 1) * room_size)]))
        crowd.stay(0)
    crowd.stay(min(_SETTLE_SECONDS, idle_seconds))
    connect_seconds = (processor_seconds(process) - seconds_before) / connections
    bytes_after, seconds_before = resident_bytes(process), processor_seconds(process)
    crowd.stay(idle_seconds)
    idle = (processor_seconds(process) - seconds_before) / idle_seconds
    bytes_after = max(bytes_after, resident_bytes(process))
    probe = _message_seconds(process, crowd, encode(Probe(1, 1)), idle, min(_MESSAGE_SECONDS, idle_seconds))
    report = _message_seconds(
        process, crowd, encode(Report("n0where", "silent")), idle, min(_MESSAGE_SECONDS, idle_seconds)
    )
    crowd.close()
    each = (bytes_after - bytes_before) / connections
    return Figures(
        connections, room_count, each, bytes_before, bytes_after, connect_seconds, idle, idle_seconds, probe, report
    )


def _message_seconds(process: int, crowd: Crowd, message: bytes, idle: float, seconds: float) -> float:
    """Processor seconds of one small message, beyond what the server uses anyway."""
    senders = crowd.visitors[:_MESSAGE_CONNECTIONS]
    sent = 0

    def act() -> None:
        nonlocal sent
        for _ in range(2):
            senders[sent % len(senders)].send(message)
            sent += 1

    crowd.stay(seconds / 8, act=act, every_seconds=2 / _MESSAGE_RATE)
    sent, before, began = 0, processor_seconds(process), time.monotonic()
    crowd.stay(seconds, act=act, every_seconds=2 / _MESSAGE_RATE)
    used = processor_seconds(process) - before - idle * (time.monotonic() - began)
    return used / sent


def told(figures: Figures, load_before: float) -> str:
    """For people."""
    date = datetime.now(UTC).date().isoformat()
    return "\n".join(
        [
            f"{figures.connections} idle connections in {figures.rooms} rooms",
            f"memory per connection, rooms' share included   {figures.bytes_each / 1024:6.1f} KiB"
            f"  (process {figures.bytes_before / 2**20:.0f} MiB before, {figures.bytes_after / 2**20:.0f} MiB after)",
            f"processor time to connect, enter, open two     {1e3 * figures.connect_seconds:6.2f} ms",
            f"processor while nothing happens                {100 * figures.idle_share:6.2f} %"
            f"  (over {figures.idle_seconds:.0f} s, pings included)",
            f"processor time of a probe with its answer      {1e6 * figures.probe_seconds:6.1f} us",
            f"processor time of a message without an answer  {1e6 * figures.report_seconds:6.1f} us",
            f"{date}, {machine()}; load average {load_before:.1f} before, {load_average():.1f} after",
        ]
    )


def main(arguments: Sequence[str]) -> Figures:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=5000)
    parser.add_argument("--room-size", type=int, default=5)
    parser.add_argument("--idle-seconds", type=float, default=30)
    chosen = parser.parse_args(arguments)
    files = allow_many_files()
    if chosen.connections + 300 > files:
        parser.error(f"this user may open {files} files; ask for fewer connections")
    load_before = load_average()
    with tempfile.TemporaryDirectory() as folder:
        server = ServerProcess(
            Path(folder) / "data",
            sockets_per_minute=_UNLIMITED,
            api_per_minute=_UNLIMITED,
            messages_per_second=_UNLIMITED,
            connection_capacity=files,
        ).start()
        try:
            figures = measure(server, chosen.connections, chosen.room_size, chosen.idle_seconds)
        finally:
            server.stop()
    print(told(figures, load_before))
    return figures


if __name__ == "__main__":
    main(sys.argv[1:])
