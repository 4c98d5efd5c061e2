"""The error that is left to a device that is told its drift exactly: no method that knows less can promise to be below.

With the drift known, all that five minutes of probes can tell is the fastest way up and the fastest way down among them;
the middle between the two is off by half of what one was slower than the other.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Sequence
from typing import Final

from loadtests.clock.trial import SETTLING_S
from loadtests.clock.truth import LOOKS_PER_SECOND, Life
from sync.clock.exchange import Exchange

_MEMORY: Final = 300e6
_EVERY: Final = 5


def least_errors(life: Life, exchanges: Sequence[Exchange]) -> list[float]:
    """Errors in Micros twice a second once settled, without what no probe can see; for clocks that neither sleep nor step."""
    ups: deque[tuple[float, float]] = deque()
    downs: deque[tuple[float, float]] = deque()
    errors: list[float] = []
    heard = 0
    for index in range(int(SETTLING_S * LOOKS_PER_SECOND), len(life.local), _EVERY):
        now = life.local[index]
        while heard < len(exchanges) and exchanges[heard].returned <= now:
            exchange = exchanges[heard]
            heard += 1
            _push(ups, exchange.sent, exchange.received - exchange.sent + 1 - _offset(life, exchange.sent))
            returned = exchange.returned + life.oscillator.granularity
            _push(downs, returned, _offset(life, returned) - (exchange.answered - returned))
        for ways in (ups, downs):
            while now - ways[0][0] > _MEMORY:
                ways.popleft()
        errors.append((ups[0][1] - downs[0][1]) / 2 - life.network.lopsided_ms * 1e3)
    return errors


def _push(ways: deque[tuple[float, float]], at: float, late: float) -> None:
    """Keep those ways that nothing newer beats: the first is the least of all."""
    while ways and ways[-1][1] >= late:
        ways.pop()
    ways.append((at, late))


def _offset(life: Life, local: float) -> float:
    """The server's clock minus the device's at an instant of the latter, exactly."""
    last = len(life.local) - 1
    after = min(max(bisect_left(life.local, local), 1), last)
    begin, end = life.local[after - 1], life.local[after]
    share = (local - begin) / (end - begin)
    return life.server[after - 1] + share * (life.server[after] - life.server[after - 1]) - local
