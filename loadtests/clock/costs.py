"""Processor time of a probe: what a method does to send one and to take in its reply."""

import time
from collections.abc import Sequence

from loadtests.clock.trial import Make
from sync.clock.estimate import ClockEstimate
from sync.clock.exchange import Exchange
from sync.units import Micros


def probe_seconds(make: Make, exchanges: Sequence[Exchange], granularity: Micros, *, rounds: int = 3) -> float:
    """Least mean over some rounds, in seconds: sending and hearing, schedule included."""
    best = float("inf")
    for _ in range(rounds):
        method = make(granularity, 1, exchanges[0].sent)
        begin = time.process_time()
        for exchange in exchanges:
            method.sent(exchange.sent)
            method.heard(exchange)
        best = min(best, time.process_time() - begin)
    return best / len(exchanges)


def estimate_seconds(exchanges: Sequence[Exchange], granularity: Micros, *, rounds: int = 3) -> float:
    """The same for our estimate alone, without the plan that schedules the probes."""
    best = float("inf")
    for _ in range(rounds):
        estimate = ClockEstimate(granularity)
        begin = time.process_time()
        for exchange in exchanges:
            estimate.add(exchange)
        best = min(best, time.process_time() - begin)
    return best / len(exchanges)
