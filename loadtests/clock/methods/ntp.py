"""NTP's clock filter: of the last eight exchanges the one with the least delay (RFC 5905, section 10)."""

from collections import deque

from loadtests.clock.methods.method import Cadence, Published
from sync.clock.exchange import Exchange
from sync.units import Micros


class ClockFilter(Published):
    """Least delay of the last eight, one exchange every 8 s after an initial burst."""

    def __init__(self, now: Micros) -> None:
        super().__init__(Cadence(8, 2_000_000, 1, 0, 8_000_000), now)

    def _reset(self) -> None:
        self._exchanges: deque[Exchange] = deque(maxlen=8)

    def heard(self, exchange: Exchange) -> None:
        self._exchanges.append(exchange)

    def offset_at(self, now: Micros) -> float | None:
        if not self._exchanges:
            return None
        return float(min(self._exchanges, key=lambda each: each.round_trip).offset)
