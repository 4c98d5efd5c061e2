"""One device and one server over one network, in virtual time: probes leave, replies come, somebody looks at the clock.

Time is the server's clock, in seconds as a float; the device reads its own `Oscillator`.
"""

import heapq
import math
import random
from collections.abc import Callable
from typing import Final, Protocol

from loadtests.clock.networks import Network
from loadtests.clock.oscillator import Oscillator
from sync.clock.exchange import Exchange
from sync.units import Micros

# Between reading a probe and writing its reply, in seconds.
_ANSWERING: Final = 30e-6

# A page notices half a second after waking that it slept: its watchdog compares two clocks every second.
_WATCHDOG: Final = 0.5


class Prober(Protocol):
    """A client that measures the server's clock its own way. All instants are local."""

    def next_at(self, now: Micros) -> Micros:
        """Instant of its next probe; asked again after every reply and at least once a second."""
        ...

    def sent(self, now: Micros) -> None:
        """A probe leaves."""
        ...

    def heard(self, exchange: Exchange) -> None:
        """A reply is here."""
        ...

    def woke(self, now: Micros) -> None:
        """The device slept, as its watchdog found out."""
        ...


class Path:
    """One connection over a network: draws delays, keeps each direction in order, as TCP does."""

    def __init__(self, network: Network, seed: int) -> None:
        self._network = network
        self._draw = random.Random(seed)
        self._last_up = 0.0
        self._last_down = 0.0

    def up(self, at: float) -> float:
        """When a message sent at `at` reaches the server."""
        self._last_up = max(self._last_up, at + self._network.up(at, self._draw) / 1e3)
        return self._last_up

    def down(self, at: float) -> float:
        """When an answer sent at `at` reaches the client; not while it sleeps."""
        arrival = max(self._last_down, at + self._network.down(at, self._draw) / 1e3)
        self._last_down = _woken(self._network, arrival)
        return self._last_down


def server_micros(at: float) -> Micros:
    """The server's clock at second `at`: it counts since some boot long ago."""
    return Micros(math.floor(at * 1e6) + 3_600_000_000)


class _Events:
    """What happens next: (second, order, what); a reply carries its exchange."""

    def __init__(self) -> None:
        self._queue: list[tuple[float, int, Exchange | str]] = []
        self._order = 0

    def put(self, at: float, what: Exchange | str) -> None:
        self._order += 1
        heapq.heappush(self._queue, (at, self._order, what))

    def pop(self) -> tuple[float, Exchange | str]:
        at, _, what = heapq.heappop(self._queue)
        return at, what


def converse(
    network: Network,
    oscillator: Oscillator,
    prober: Prober,
    seed: int,
    seconds: float,
    look: Callable[[float], None],
    looks_per_second: int = 10,
) -> int:
    """Let `prober` probe for `seconds`; calls `look` that many times a second. Returns the number of probes sent."""
    path = Path(network, seed)
    events = _Events()
    events.put(0.0, "send")
    events.put(1 / looks_per_second, "look")
    for start, length in network.interruptions.sleeps:
        events.put(start + length + _WATCHDOG, "woke")
    probes = looks = 0
    while True:
        at, what = events.pop()
        if at >= seconds:
            return probes
        if what == "look":
            look(at)
            looks += 1
            events.put((looks + 1) / looks_per_second, "look")
        elif what == "woke":
            prober.woke(oscillator.reading(at))
        elif isinstance(what, Exchange):
            prober.heard(what)
        else:
            wait = (prober.next_at(oscillator.reading(at)) - oscillator.exact(at)) / 1e6
            if wait <= 0.0:
                probes += 1
                exchange, back = _exchange(path, oscillator, at)
                prober.sent(exchange.sent)
                events.put(back, exchange)
                wait = (prober.next_at(exchange.sent) - oscillator.exact(at)) / 1e6
            # Looked at again soon, because replies may bring the next probe forward.
            events.put(_timer(network, at + min(max(wait, 1e-4), 0.25)), "send")


def _exchange(path: Path, oscillator: Oscillator, at: float) -> tuple[Exchange, float]:
    arrival = path.up(at)
    leaving = arrival + _ANSWERING
    back = path.down(leaving)
    exchange = Exchange(
        oscillator.reading(at), server_micros(arrival), server_micros(leaving), oscillator.reading(back)
    )
    return exchange, back


def _timer(network: Network, at: float) -> float:
    """The next moment at which a page's timer can fire."""
    grid = network.timer_grid(at)
    return _woken(network, math.ceil(at / grid) * grid if grid > 0.0 else at)


def _woken(network: Network, at: float) -> float:
    """`at`, or when the sleep that it falls into is over."""
    for start, length in network.interruptions.sleeps:
        if start <= at < start + length:
            return start + length
    return at
