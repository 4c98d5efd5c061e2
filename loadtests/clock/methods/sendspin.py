"""Sendspin's (Music Assistant): a Kalman filter of offset and drift over the fastest of each burst of eight.

Source: time-filter 39dd3f4 and sendspin-cpp 254603c, as the research page describes them: bursts every 10 s, a probe
leaves when the reply to the one before is here; noise is half of the error bound; everything is believed four times less
after a residual beyond three bounds; the drift counts once it is known to two sigma.
"""

from loadtests.clock.methods.method import AFTER_THE_REPLY
from sync.clock.exchange import Exchange
from sync.units import Micros

_BURST = 8
_PAUSE = 10_000_000
# Process noise: variance of the offset and of the drift per microsecond.
_OFFSET_WALK = 1e-4
_DRIFT_WALK = 1e-22
_FIRST_DRIFT_VARIANCE = 1e-8
# Residuals are judged only after so many updates.
_JUDGED_AFTER = 100


class OffsetDriftKalman:
    """Two states, every measurement weighed by its round trip; forgets faster when surprised."""

    def __init__(self, now: Micros) -> None:
        self.woke(now)

    def woke(self, now: Micros) -> None:
        """A new connection starts with a new filter."""
        self._due = now
        self._burst: list[Exchange] = []
        self._at: Micros | None = None
        self._offset = self._drift = 0.0
        self._p00 = self._p01 = 0.0
        self._p11 = _FIRST_DRIFT_VARIANCE
        self._updates = 0

    def next_at(self, now: Micros) -> Micros:
        return self._due

    def sent(self, now: Micros) -> None:
        self._due = AFTER_THE_REPLY

    def heard(self, exchange: Exchange) -> None:
        self._burst.append(exchange)
        if len(self._burst) < _BURST:
            self._due = exchange.returned
            return
        self._due = Micros(exchange.returned + _PAUSE)
        best = min(self._burst, key=lambda each: each.round_trip)
        self._burst = []
        self._update(best)

    def offset_at(self, now: Micros) -> float | None:
        if self._at is None:
            return None
        is_known = self._drift**2 > 4 * self._p11
        return self._offset + (self._drift * (now - self._at) if is_known else 0.0)

    def bound_at(self, now: Micros) -> float | None:
        return None

    def _update(self, exchange: Exchange) -> None:
        noise = max(exchange.round_trip / 4, 1.0)
        self._updates += 1
        if self._at is None:
            self._at, self._offset, self._p00 = exchange.returned, float(exchange.offset), noise**2
            return
        span = float(exchange.returned - self._at)
        self._at = exchange.returned
        self._offset += self._drift * span
        self._p00 += 2 * span * self._p01 + span * span * self._p11 + _OFFSET_WALK * span
        self._p01 += span * self._p11
        self._p11 += _DRIFT_WALK * span
        residual = exchange.offset - self._offset
        if self._updates >= _JUDGED_AFTER and abs(residual) > 1.5 * exchange.round_trip:
            self._p00, self._p01, self._p11 = 4 * self._p00, 4 * self._p01, 4 * self._p11
        total = self._p00 + noise**2
        gain, gain_drift = self._p00 / total, self._p01 / total
        self._offset += gain * residual
        self._drift += gain_drift * residual
        self._p11 -= gain_drift * self._p01
        self._p01 *= 1 - gain
        self._p00 *= 1 - gain
