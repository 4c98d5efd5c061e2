"""Links and clocks to try synchronisation on: seeded, pure, and as unkind as the real ones.

Time is the server's clock, in seconds as a float; clients read their own `SimulatedClock`. A `Path` carries one
connection: each direction delivers in order, as TCP does, so that a late message delays those behind it.
"""

import heapq
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sync.clock.exchange import Exchange
from sync.units import Micros

Delay = Callable[[float, random.Random], float]
"""Time on the way, in milliseconds, of a message that leaves at a given second."""


@dataclass(frozen=True, slots=True)
class Link:
    """A kind of connection.

    Attributes:
        name: What people would call it.
        up: Delay from client to server.
        down: Delay from server to client.
        lopsided_ms: Half the difference of the usual delays up and down: no probe can see it.
        timer_grid: How coarsely a page's timers fire at a given second, in seconds; 0: exactly.
        sleeps: (second, length): the client's clock stands still, as in a sleeping laptop, and nothing is sent.
        steps: (second, seconds): the client's clock jumps forward.
    """

    name: str
    up: Delay
    down: Delay
    lopsided_ms: float = 0.0
    timer_grid: Callable[[float], float] = field(default=lambda at: 0.0)
    sleeps: Sequence[tuple[float, float]] = ()
    steps: Sequence[tuple[float, float]] = ()


class SimulatedClock:
    """A client's clock: offset, drift, slow wander, coarse readings, sleeps and steps.

    Args:
        seed: Decides offset (up to 1000 s), drift (± `drift_ppm`), wander (amplitude up to `wander_ppm`, period 7 … 25
            min).
        granularity: Readings are rounded down to multiples of this, in Micros.
        link: Whose sleeps and steps this device suffers.
    """

    def __init__(
        self, seed: int, granularity: int, link: Link, drift_ppm: float = 50.0, wander_ppm: float = 2.0
    ) -> None:
        draw = random.Random(seed)
        self._offset = draw.uniform(1.0, 1000.0)
        self._drift = draw.uniform(-drift_ppm, drift_ppm) * 1e-6
        self._wander = draw.uniform(0.0, wander_ppm) * 1e-6
        self._turn = 2 * math.pi / draw.uniform(7 * 60, 25 * 60)
        self._phase = draw.uniform(0.0, 2 * math.pi)
        self.granularity = Micros(granularity)
        self._link = link

    def exact(self, at: float) -> float:
        """What the clock would show at `at` if it could be read exactly, in microseconds."""
        waves = self._wander / self._turn * (math.sin(self._turn * at + self._phase) - math.sin(self._phase))
        seconds = self._offset + at * (1 + self._drift) + waves
        seconds -= sum(min(max(at - start, 0.0), length) for start, length in self._link.sleeps)
        seconds += sum(by for moment, by in self._link.steps if at >= moment)
        return seconds * 1e6

    def reading(self, at: float) -> Micros:
        """What it shows, in whole Micros."""
        return Micros(math.floor(self.exact(at) / self.granularity) * self.granularity)


class Path:
    """One connection over a link: draws delays, keeps each direction in order."""

    def __init__(self, link: Link, seed: int) -> None:
        self._link = link
        self._draw = random.Random(seed)
        self._last_up = 0.0
        self._last_down = 0.0

    def up(self, at: float) -> float:
        """When a message sent at `at` reaches the server."""
        self._last_up = max(self._last_up, at + self._link.up(at, self._draw) / 1e3)
        return self._last_up

    def down(self, at: float) -> float:
        """When an answer sent at `at` reaches the client; not while it sleeps."""
        arrival = max(self._last_down, at + self._link.down(at, self._draw) / 1e3)
        for start, length in self._link.sleeps:
            if start <= arrival < start + length:
                arrival = start + length
        self._last_down = arrival
        return arrival


class Prober(Protocol):
    """A client that measures the server's clock its own way."""

    def next_at(self, now: Micros) -> Micros:
        """Local instant of its next probe."""
        ...

    def sent(self, now: Micros) -> None:
        """A probe leaves."""
        ...

    def heard(self, exchange: Exchange) -> None:
        """A reply is here."""
        ...

    def woke(self, now: Micros) -> None:
        """The page's watchdog, which compares two clocks every second, found that the device slept."""
        ...


def server_micros(at: float) -> Micros:
    """The server's clock at second `at`: it counts since some boot long ago."""
    return Micros(math.floor(at * 1e6) + 3_600_000_000)


def converse(
    link: Link, clock: SimulatedClock, prober: Prober, seed: int, seconds: float, look: Callable[[float], None]
) -> int:
    """Let `prober` probe for `seconds`; calls `look` at every whole tenth of a second. Returns the number of probes."""
    path = Path(link, seed)
    # (second, order, what): replies carry their exchange, looks and sends do not.
    events: list[tuple[float, int, Exchange | str]] = [(0.0, 0, "send")]
    events += [(tenth / 10, tenth, "look") for tenth in range(1, int(seconds * 10))]
    events += [(start + length + 0.5, 0, "woke") for start, length in link.sleeps]
    heapq.heapify(events)
    count = order = int(seconds * 10)
    probes = 0
    while events:
        at, _, what = heapq.heappop(events)
        if at >= seconds:
            break
        if what == "look":
            look(at)
        elif what == "woke":
            prober.woke(clock.reading(at))
        elif isinstance(what, Exchange):
            prober.heard(what)
        else:
            order += 1
            wait = (prober.next_at(clock.reading(at)) - clock.exact(at)) / 1e6
            if wait > 0.0:
                # Looked at again soon, because replies and commands may bring the next probe forward.
                heapq.heappush(events, (_awake(link, at + min(max(wait, 1e-4), 1.0)), order, "send"))
                continue
            probes += 1
            exchange, back = _exchange(path, clock, at)
            prober.sent(exchange.sent)
            heapq.heappush(events, (back, order, exchange))
            heapq.heappush(events, (_awake(link, at + 1e-4), order + count, "send"))
    return probes


def _exchange(path: Path, clock: SimulatedClock, at: float) -> tuple[Exchange, float]:
    arrival = path.up(at)
    leaving = arrival + 30e-6
    back = path.down(leaving)
    return Exchange(clock.reading(at), server_micros(arrival), server_micros(leaving), clock.reading(back)), back


def _awake(link: Link, at: float) -> float:
    """The next moment at which a page's timer can fire."""
    grid = link.timer_grid(at)
    if grid > 0.0:
        at = math.ceil(at / grid) * grid
    for start, length in link.sleeps:
        if start <= at < start + length:
            return start + length
    return at


# ── the links ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _jitter(base: float, mean: float, rare: float = 0.0, rare_mean: float = 0.0) -> Delay:
    """`base` and an exponential queue; with probability `rare` another one."""

    def delay(at: float, draw: random.Random) -> float:
        late = draw.expovariate(1 / rare_mean) if rare and draw.random() < rare else 0.0
        return base + draw.expovariate(1 / mean) + late

    return delay


def _sum(*delays: Delay) -> Delay:
    return lambda at, draw: sum(delay(at, draw) for delay in delays)


def _between(start: float, end: float, extra: float) -> Delay:
    return lambda at, draw: extra if start <= at < end else 0.0


def _bloat(at: float, draw: random.Random) -> float:
    """Somebody uploads for 20 of every 40 seconds: the queue fills up to 200 ms and drains."""
    phase = at % 40.0
    return 0.0 if phase > 20.0 else 200.0 * min(phase / 5.0, 1.0) * draw.uniform(0.6, 1.0)


def _stall(at: float, draw: random.Random) -> float:
    """The server's loop stands for 50 … 300 ms about every 10 s; what arrives meanwhile is stamped late."""
    phase = at % 10.0
    length = 0.05 + 0.25 * ((at // 10.0) * 0.618 % 1.0)
    return max(0.0, length - phase) * 1e3


def _radio_grant(at: float, draw: random.Random) -> float:
    """Uplink slots of a mobile network, and a radio that went to sleep now and then."""
    return draw.uniform(0.0, 5.0) + (draw.expovariate(1 / 60.0) if draw.random() < 0.02 else 0.0)


def _retransmission(at: float, draw: random.Random) -> float:
    """One segment in fifty is lost: TCP sends again after 200 ms, then 400."""
    return 0.0 if draw.random() > 0.02 else (200.0 if draw.random() > 0.02 else 600.0)


def _behind_media(at: float, draw: random.Random) -> float:
    """A chunk of sound every 2 s takes 120 ms of the same socket; at first the buffer is filled for 1.3 s."""
    return max(0.0, 1.3 - at) * 1e3 if at < 1.3 else max(0.0, 0.12 - at % 2.0) * 1e3


def _hidden_tab(at: float) -> float:
    """Timers of a tab in the background: once a second, later once a minute."""
    return 0.0 if at < 60 or at > 540 else (1.0 if at < 360 else 60.0)


LINKS: tuple[Link, ...] = (
    Link("lan", _jitter(0.15, 0.05, 0.01, 1.0), _jitter(0.15, 0.05, 0.01, 1.0)),
    Link("wifi_good", _jitter(0.8, 0.8, 0.02, 10.0), _jitter(0.8, 0.8, 0.02, 10.0)),
    Link("wifi_busy", _jitter(1.0, 6.0, 0.1, 30.0), _jitter(1.0, 6.0, 0.1, 30.0)),
    Link("lte", _sum(_jitter(18.0, 2.0), _radio_grant), _jitter(12.0, 3.0), lopsided_ms=3.0),
    Link("bufferbloat", _sum(_jitter(8.0, 0.5), _bloat), _jitter(8.0, 0.5)),
    Link("server_stall", _sum(_jitter(3.0, 0.3), _stall), _jitter(3.0, 0.3)),
    Link("path_change", _sum(_jitter(5.0, 0.5), _between(180.0, 360.0, 20.0)), _jitter(5.0, 0.5)),
    Link(
        "sleep_resume",
        _jitter(0.8, 0.8, 0.02, 10.0),
        _jitter(0.8, 0.8, 0.02, 10.0),
        sleeps=((150.0, 45.0),),
        steps=((400.0, 0.08),),
    ),
    Link("tab_throttle", _jitter(2.0, 1.0), _jitter(2.0, 8.0, 0.1, 40.0), timer_grid=_hidden_tab),
    Link("lossy_tcp", _sum(_jitter(15.0, 1.0), _retransmission), _sum(_jitter(15.0, 1.0), _retransmission)),
    Link("media_socket", _jitter(5.0, 0.5), _sum(_jitter(5.0, 0.5), _behind_media)),
)
