"""Times on the way, as functions of when a message leaves and of a seeded draw; in milliseconds."""

import random
from collections.abc import Callable
from typing import Final

Delay = Callable[[float, random.Random], float]
"""Time on the way, in milliseconds, of a message that leaves at a given second."""

# The least time after which Linux sends a lost segment again, in ms; the standard's second (RFC 6298) is not waited.
FIRST_RETRY_MS: Final = 200.0
# Losses come in bursts: what is sent again into the same noise is lost again this often.
LOST_AGAIN: Final = 0.3


def jitter(base: float, mean: float, rare: float = 0.0, rare_mean: float = 0.0) -> Delay:
    """`base` and an exponential queue; with probability `rare` another one of mean `rare_mean`."""

    def delay(at: float, draw: random.Random) -> float:
        late = draw.expovariate(1 / rare_mean) if rare and draw.random() < rare else 0.0
        return base + draw.expovariate(1 / mean) + late

    return delay


def together(*delays: Delay) -> Delay:
    """One after the other."""
    return lambda at, draw: sum(delay(at, draw) for delay in delays)


def between(start: float, end: float, extra: float) -> Delay:
    """`extra` from second `start` to `end`."""
    return lambda at, draw: extra if start <= at < end else 0.0


def bloat(at: float, draw: random.Random) -> float:
    """Somebody uploads for 20 of every 40 seconds: a queue without management fills up to 200 ms within 5 s."""
    phase = at % 40.0
    return 0.0 if phase > 20.0 else 200.0 * min(phase / 5.0, 1.0) * draw.uniform(0.6, 1.0)


def stall(at: float, draw: random.Random) -> float:
    """The server's loop stands for 50 … 300 ms every 10 s; what arrives meanwhile is stamped late."""
    phase = at % 10.0
    length = 0.05 + 0.25 * ((at // 10.0) * 0.618 % 1.0)
    return max(0.0, length - phase) * 1e3


def radio_grant(at: float, draw: random.Random) -> float:
    """Waiting for an uplink slot (one in 5 ms), and now and then for a radio that went to sleep."""
    return draw.uniform(0.0, 5.0) + (draw.expovariate(1 / 60.0) if draw.random() < 0.02 else 0.0)


def retransmission(at: float, draw: random.Random) -> float:
    """One segment in fifty is lost and sent again after 200 ms, after another 400 if that is lost too, and so on.

    All that was sent meanwhile waits behind it: the connection keeps the order.
    """
    late, wait = 0.0, FIRST_RETRY_MS
    is_lost = draw.random() < 0.02
    while is_lost and wait < 4_000.0:
        late, wait = late + wait, 2 * wait
        is_lost = draw.random() < LOST_AGAIN
    return late


def behind_media(at: float, draw: random.Random) -> float:
    """A chunk of sound every 2 s takes 120 ms of the same socket; at first the buffer is filled for 1.3 s."""
    return max(0.0, 1.3 - at) * 1e3 if at < 1.3 else max(0.0, 0.12 - at % 2.0) * 1e3
