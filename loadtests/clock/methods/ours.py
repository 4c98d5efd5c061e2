"""Ours as the product runs it: `ClockEstimate` fed by `ProbePlan`."""

from sync.clock.estimate import ClockEstimate
from sync.clock.exchange import Exchange
from sync.clock.probing import ProbePlan
from sync.units import Micros


class Ours:
    """Greatest lower and least upper bound, carried with the drift.

    Args:
        granularity: Of the local clock, in Micros: the page measures it before it connects.
        seed: Fixes the jitter of the probes.
        now: When the device joins, on its clock.
    """

    def __init__(self, granularity: Micros, seed: int, now: Micros) -> None:
        self.estimate = ClockEstimate(granularity)
        self.jumps = 0
        self._plan = ProbePlan(seed, now)
        self._numbers: dict[Micros, list[int]] = {}

    def next_at(self, now: Micros) -> Micros:
        self._plan.lapsed(now)
        return self._plan.next_at(now)

    def sent(self, now: Micros) -> None:
        # A coarse clock shows the same instant twice.
        self._numbers.setdefault(now, []).append(self._plan.sent(now))

    def heard(self, exchange: Exchange) -> None:
        number = self._numbers[exchange.sent].pop(0)
        if not self._plan.is_under_way(number):
            return
        self.estimate.add(exchange)
        self._plan.answered(number, self.estimate.error_at(exchange.returned))
        if self.estimate.jumped:
            self.jumps += 1
            self._plan.burst(exchange.returned)

    def woke(self, now: Micros) -> None:
        self._plan.burst(now)

    def offset_at(self, now: Micros) -> float | None:
        return float(self.estimate.to_peer(now) - now) if self.estimate.ready else None

    def bound_at(self, now: Micros) -> float | None:
        return float(self.estimate.error_at(now)) if self.estimate.ready else None
