"""What a network does to a connection, done on purpose: delay, asymmetry, jitter, losses and standstills.

TCP hides losses: the bytes come, but late, and all that was sent behind them waits as well. So nothing is ever dropped or
overtaken here; a lost segment is a pause of one retransmission timeout, twice that if it is lost again, and so on.
"""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final

import trio

# Linux never retransmits earlier than this (TCP_RTO_MIN); the round trip comes on top.
_RETRANSMISSION_SECONDS: Final = 0.2
# More than one segment at once is what a socket gives after a pause; it counts as one.
_SEGMENT_BYTES: Final = 65_536
# A sender waits when so many segments are under way, as it would for the receiver's window.
_UNDER_WAY: Final = 256


@dataclass(frozen=True, slots=True)
class Link:
    """The way between one device and the server.

    Attributes:
        up_ms: From the device to the server; `down_ms`: from the server to the device. Not negative.
        jitter_ms: Every segment takes up to so much longer or shorter, evenly spread; order is kept.
        loss: Share of segments that are lost at least once, 0 … below 1.
        seed: Of the draws, so that a run can be repeated.
    """

    up_ms: float = 0.0
    down_ms: float = 0.0
    jitter_ms: float = 0.0
    loss: float = 0.0
    seed: int = 1

    def __post_init__(self) -> None:
        if min(self.up_ms, self.down_ms, self.jitter_ms) < 0 or not 0 <= self.loss < 1:
            raise ValueError(f"no network is like that: {self}")


class Way:
    """A link in use: connections take their delays from it, and it can be changed or stand still meanwhile."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self._draws = random.Random(link.seed)
        self._still_until = 0.0

    def stall(self, seconds: float) -> None:
        """Let nothing through for so long, in either direction, from now on."""
        self._still_until = max(self._still_until, trio.current_time() + seconds)

    def arrival(self, sent: float, one_way_ms: float) -> float:
        """When a segment sent at `sent` comes out; both in seconds of trio's clock."""
        taken = one_way_ms + self._draws.uniform(-self.link.jitter_ms, self.link.jitter_ms)
        round_trip = (self.link.up_ms + self.link.down_ms) / 1e3
        pause, timeout = 0.0, _RETRANSMISSION_SECONDS + round_trip
        while self._draws.random() < self.link.loss:
            pause, timeout = pause + timeout, 2 * timeout
        return sent + max(0.0, taken) / 1e3 + pause

    async def until_open(self, due: float) -> None:
        """Sleep until `due`, and until the link does not stand still."""
        while True:
            # Asked again after each sleep: it may have begun to stand still meanwhile.
            opens = max(due, self._still_until)
            if opens <= trio.current_time():
                return
            await trio.sleep_until(opens)


async def carry(way: Way, device: trio.abc.HalfCloseableStream, server: trio.abc.HalfCloseableStream) -> None:
    """Carry bytes both ways until both sides have finished or one is gone; closes both."""
    async with device, server:
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_one_way, way, device, server, True)
                nursery.start_soon(_one_way, way, server, device, False)
        except* (trio.BrokenResourceError, trio.ClosedResourceError):
            # One side is gone; what the other still says has no reader.
            pass


async def _one_way(
    way: Way, source: trio.abc.HalfCloseableStream, target: trio.abc.HalfCloseableStream, is_up: bool
) -> None:
    sender, receiver = trio.open_memory_channel[tuple[float, bytes]](_UNDER_WAY)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_read, way, source, sender, is_up)
        async with receiver:
            async for due, data in receiver:
                await way.until_open(due)
                if data:
                    await target.send_all(data)
                else:
                    await target.send_eof()


async def _read(
    way: Way, source: trio.abc.HalfCloseableStream, sender: trio.MemorySendChannel[tuple[float, bytes]], is_up: bool
) -> None:
    due = 0.0
    async with sender:
        while True:
            data = await source.receive_some(_SEGMENT_BYTES)
            one_way_ms = way.link.up_ms if is_up else way.link.down_ms
            # Never before what was sent earlier.
            due = max(due, way.arrival(trio.current_time(), one_way_ms))
            await sender.send((due, bytes(data)))
            if not data:
                return


@asynccontextmanager
async def open_entrance(way: Way, target_port: int) -> AsyncIterator[int]:
    """Accept connections on a free loopback port for as long as the block runs, and carry each to `target_port`."""

    async def admit(device: trio.SocketStream) -> None:
        try:
            server = await trio.open_tcp_stream("127.0.0.1", target_port)
        except OSError:
            # The server is away: a refused connection is what the device gets without a relay, too.
            await device.aclose()
            return
        await carry(way, device, server)

    async with trio.open_nursery() as nursery:
        serve = partial(trio.serve_tcp, admit, 0, host="127.0.0.1")
        listeners: list[trio.SocketListener] = await nursery.start(serve)
        yield listeners[0].socket.getsockname()[1]
        nursery.cancel_scope.cancel()
