"""Shairport Sync's for the older AirPlay: least aged delay of 128 exchanges, and a line through those chosen.

Source: rtp.c of shairport-sync 08af668, as the research page describes it: three probes 0.3 s apart, then one every 3 s;
a delay counts one percent more with every probe that came after it; once the chosen exchanges
span a minute, the drift is their least squares slope.
"""

from collections import deque

from loadtests.clock.methods.method import Cadence, Published
from sync.clock.exchange import Exchange
from sync.units import Micros

_KEPT = 128
_AGING = 1.01
_LINE_AFTER = 60_000_000


class AgedLeastDelay(Published):
    """The chosen exchange, carried to the present with the slope of the earlier choices."""

    def __init__(self, now: Micros) -> None:
        super().__init__(Cadence(3, 300_000, 1, 0, 3_000_000), now)

    def _reset(self) -> None:
        self._aged: deque[tuple[float, Exchange]] = deque(maxlen=_KEPT)
        self._weight = 1.0
        self._chosen: deque[Exchange] = deque(maxlen=_KEPT)
        self._drift = 0.0

    def heard(self, exchange: Exchange) -> None:
        # Instead of ageing all others at each probe, the newest counts less: the comparison is the same.
        self._weight /= _AGING
        self._aged.append((max(exchange.round_trip, 1) * self._weight, exchange))
        best = min(self._aged, key=lambda each: each[0])[1]
        if not self._chosen or self._chosen[-1] is not best:
            self._chosen.append(best)
        if len(self._chosen) > 2 and best.sent - self._chosen[0].sent > _LINE_AFTER:
            self._drift = self._slope()

    def offset_at(self, now: Micros) -> float | None:
        if not self._chosen:
            return None
        best = self._chosen[-1]
        return best.offset + self._drift * (now - best.returned)

    def _slope(self) -> float:
        origin = self._chosen[0]
        points = [(float(each.returned - origin.returned), float(each.offset - origin.offset)) for each in self._chosen]
        middle_x = sum(x for x, _ in points) / len(points)
        middle_y = sum(y for _, y in points) / len(points)
        spread = sum((x - middle_x) ** 2 for x, _ in points)
        return sum((x - middle_x) * (y - middle_y) for x, y in points) / spread if spread else 0.0
