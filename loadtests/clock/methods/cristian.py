"""Cristian's method: ask several times, believe the fastest.

Source: F. Cristian, Probabilistic clock synchronization, Distributed Computing 3 (1989): half the round trip of a probe
bounds its error, so try until one is fast enough. Here ten tries every ten seconds.
"""

from loadtests.clock.methods.method import Cadence, Published
from sync.clock.exchange import Exchange
from sync.units import Micros


class Cristian(Published):
    """The offset of the fastest exchange of the newest round."""

    def __init__(self, now: Micros) -> None:
        super().__init__(Cadence(10, 40_000, 10, 40_000, 10_000_000), now)

    def _reset(self) -> None:
        self._best: Exchange | None = None
        self._round_began = 0

    def heard(self, exchange: Exchange) -> None:
        is_next_round = exchange.sent - self._round_began > 5_000_000
        if self._best is None or is_next_round:
            self._round_began, self._best = exchange.sent, exchange
        elif exchange.round_trip < self._best.round_trip:
            self._best = exchange

    def offset_at(self, now: Micros) -> float | None:
        return None if self._best is None else float(self._best.offset)
