"""The estimators to compare: ours as the client runs it, and the published methods of others in our own words.

Each probes at its own cadence. All are told when the device woke up and then start over, which the others do by
reconnecting.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sync.clock.estimate import ClockEstimate
from sync.clock.exchange import Exchange
from sync.clock.probing import ProbePlan
from sync.units import Micros
from tests.simulation.network import Prober


class Estimator(Prober, Protocol):
    """A prober that can also say what time it is."""

    def offset_at(self, now: Micros) -> float | None:
        """Server's clock minus ours at local instant `now`, in Micros; None while unknown."""
        ...

    def bound_at(self, now: Micros) -> float | None:
        """How far that can be off; None for methods that do not know."""
        ...


class Bounds:
    """Ours: `ClockEstimate` driven by `ProbePlan`."""

    def __init__(self, granularity: Micros, seed: int, now: Micros) -> None:
        self._estimate = ClockEstimate(granularity)
        self._plan = ProbePlan(seed, now)
        self._numbers: dict[Micros, int] = {}

    def next_at(self, now: Micros) -> Micros:
        self._plan.lapsed(now)
        return self._plan.next_at(now)

    def sent(self, now: Micros) -> None:
        self._numbers[now] = self._plan.sent(now)

    def heard(self, exchange: Exchange) -> None:
        self._estimate.add(exchange)
        self._plan.answered(self._numbers.pop(exchange.sent), self._estimate.error_at(exchange.returned))
        if self._estimate.jumped:
            self._plan.burst(exchange.returned)

    def woke(self, now: Micros) -> None:
        self._plan.burst(now)

    def offset_at(self, now: Micros) -> float | None:
        return float(self._estimate.to_peer(now) - now) if self._estimate.ready else None

    def bound_at(self, now: Micros) -> float | None:
        return float(self._estimate.error_at(now)) if self._estimate.ready else None


@dataclass(frozen=True, slots=True)
class Cadence:
    """`burst` probes `gap` apart at the start, then `group` probes `group_gap` apart every `pause`; all in Micros."""

    burst: int
    gap: int
    group: int
    group_gap: int
    pause: int


class Published:
    """What the other methods share: a cadence, and a fresh start after a sleep."""

    def __init__(self, cadence: Cadence, now: Micros) -> None:
        self._cadence = cadence
        self._due = now
        self._count = 0
        self._reset()

    def _reset(self) -> None:
        """Forget all exchanges."""
        raise NotImplementedError

    def next_at(self, now: Micros) -> Micros:
        return self._due

    def sent(self, now: Micros) -> None:
        self._count += 1
        cadence = self._cadence
        if self._count < cadence.burst:
            gap = cadence.gap
        else:
            gap = cadence.pause if (self._count - cadence.burst) % cadence.group == 0 else cadence.group_gap
        self._due = Micros(now + gap)

    def woke(self, now: Micros) -> None:
        self._count = 0
        self._due = now
        self._reset()

    def bound_at(self, now: Micros) -> float | None:
        return None


class Last(Published):
    """The newest offset, as simple tutorials do."""

    def __init__(self, now: Micros) -> None:
        super().__init__(Cadence(1, 0, 1, 0, 1_000_000), now)

    def _reset(self) -> None:
        self._offset: float | None = None

    def heard(self, exchange: Exchange) -> None:
        self._offset = float(exchange.offset)

    def offset_at(self, now: Micros) -> float | None:
        return self._offset


class LeastDelay(Published):
    """The offset of the fastest of the last `kept` exchanges: NTP's clock filter; with pairs, the browser players'."""

    def __init__(self, kept: int, cadence: Cadence, now: Micros) -> None:
        self._kept = kept
        super().__init__(cadence, now)

    def _reset(self) -> None:
        self._exchanges: deque[Exchange] = deque(maxlen=self._kept)

    def heard(self, exchange: Exchange) -> None:
        self._exchanges.append(exchange)

    def offset_at(self, now: Micros) -> float | None:
        if not self._exchanges:
            return None
        return float(min(self._exchanges, key=lambda exchange: exchange.round_trip).offset)


class PairedLeastDelay(LeastDelay):
    """As `LeastDelay` over 16, but of each pair sent 25 ms apart only those whose gap the server saw unchanged."""

    def __init__(self, now: Micros) -> None:
        self._first: Exchange | None = None
        super().__init__(16, Cadence(32, 25_000, 2, 25_000, 2_500_000), now)

    def heard(self, exchange: Exchange) -> None:
        first, self._first = self._first, exchange
        if first is None or exchange.sent - first.sent > 100_000:
            return
        self._first = None
        if abs((exchange.received - first.received) - (exchange.sent - first.sent)) <= 5_000:
            super().heard(min(first, exchange, key=lambda one: one.round_trip))


class Median(Published):
    """The median of the last 200 offsets, no matter how slow the exchange was."""

    def __init__(self, now: Micros) -> None:
        super().__init__(Cadence(50, 100, 1, 0, 1_000_000), now)

    def _reset(self) -> None:
        self._offsets: deque[int] = deque(maxlen=200)

    def heard(self, exchange: Exchange) -> None:
        self._offsets.append(exchange.offset)

    def offset_at(self, now: Micros) -> float | None:
        if not self._offsets:
            return None
        return float(sorted(self._offsets)[len(self._offsets) // 2])


class OffsetDriftKalman(Published):
    """Two states, offset and drift, every exchange weighed by its round trip; forgets faster when surprised."""

    def __init__(self, now: Micros) -> None:
        super().__init__(Cadence(8, 20_000, 8, 20_000, 10_000_000), now)

    def _reset(self) -> None:
        self._at: Micros | None = None
        self._offset = self._drift = 0.0
        self._p00 = self._p01 = self._p11 = 0.0
        self._seen = 0

    def heard(self, exchange: Exchange) -> None:
        noise = max(exchange.round_trip / 4, 1.0)
        if self._at is None:
            self._at, self._offset, self._p00, self._p11 = exchange.returned, float(exchange.offset), noise**2, 1e-8
            self._seen = 1
            return
        span = float(exchange.returned - self._at)
        self._at = exchange.returned
        self._offset += self._drift * span
        self._p00 += 2 * span * self._p01 + span * span * self._p11 + 1e-4 * span
        self._p01 += span * self._p11
        self._p11 += 1e-22 * span
        innovation = exchange.offset - self._offset
        if self._seen >= 100 and abs(innovation) > 1.5 * exchange.round_trip:
            self._p00, self._p01, self._p11 = 4 * self._p00, 4 * self._p01, 4 * self._p11
        total = self._p00 + noise**2
        gain, gain_drift = self._p00 / total, self._p01 / total
        self._offset += gain * innovation
        self._drift += gain_drift * innovation
        self._p11 -= gain_drift * self._p01
        self._p01 *= 1 - gain
        self._p00 *= 1 - gain
        self._seen += 1

    def offset_at(self, now: Micros) -> float | None:
        if self._at is None:
            return None
        # A drift that is not yet known to two sigma does more harm than good.
        is_known = self._drift**2 > 4 * self._p11
        return self._offset + (self._drift * (now - self._at) if is_known else 0.0)


def line_up(granularity: Micros, seed: int, now: Micros) -> Sequence[tuple[str, Estimator]]:
    """All estimators, fresh, for one device."""
    return (
        ("hathor (bounds)", Bounds(granularity, seed, now)),
        ("last offset", Last(now)),
        ("least delay of 8", LeastDelay(8, Cadence(4, 2_000_000, 1, 0, 8_000_000), now)),
        ("median of 200", Median(now)),
        ("pairs, least of 16", PairedLeastDelay(now)),
        ("kalman, bursts", OffsetDriftKalman(now)),
    )


def root_mean_square(values: Sequence[float]) -> float:
    """0 for no values."""
    return math.sqrt(sum(value * value for value in values) / len(values)) if values else 0.0
