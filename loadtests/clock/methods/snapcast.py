"""Snapcast's: the median of the last 200 offsets, however slow the exchanges were.

Source: client/time_provider.cpp and controller.cpp of snapcast 0ac5508, as the research page describes them: 50 probes
in a row at the start, then one a second; all is forgotten after a minute of silence.
"""

from bisect import bisect_left, insort
from collections import deque

from loadtests.clock.methods.method import Cadence, Published
from sync.clock.exchange import Exchange
from sync.units import Micros


class RollingMedian(Published):
    """Median of the last 200; it knows no drift, so it lags a hundred seconds behind it."""

    def __init__(self, now: Micros) -> None:
        super().__init__(Cadence(50, 100, 1, 0, 1_000_000), now)

    def _reset(self) -> None:
        self._offsets: deque[int] = deque()
        self._ranked: list[int] = []
        self._heard_at = 0

    def heard(self, exchange: Exchange) -> None:
        if exchange.returned - self._heard_at > 60_000_000:
            self._reset()
        self._heard_at = exchange.returned
        self._offsets.append(exchange.offset)
        insort(self._ranked, exchange.offset)
        if len(self._offsets) > 200:
            del self._ranked[bisect_left(self._ranked, self._offsets.popleft())]

    def offset_at(self, now: Micros) -> float | None:
        return float(self._ranked[len(self._ranked) // 2]) if self._ranked else None
