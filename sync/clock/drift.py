"""How fast two clocks drift apart: a Kalman filter over blocks of exchanges.

Only the drift and its uncertainty are taken from it. The offset comes from bounds (`sync/clock/estimate.py`), which no
slow reply can spoil; the filter is what lets bounds be carried over minutes.

Every step is written in one fixed order of additions, multiplications, divisions and square roots, all of which IEEE
754 rounds exactly: the TypeScript twin computes the same bits.
"""

import math
from typing import Final

# Uncertainty before anything was measured. Crystal clocks are within 30 ppm of each other nearly always, phones within
# 50.
FIRST_SIGMA: Final = 60.0

# No clock worth following is further off; a filter beyond this was misled.
STEEPEST: Final = 1000.0

# Process noise: microseconds per root second for the offset (stamping jitter that bounds do not see) and ppm per root
# second for the drift (temperature). Halving or doubling either changes no simulated link's error by more than a tenth.
OFFSET_NOISE: Final = 2.0
DRIFT_NOISE: Final = 0.012

# How many block widths are remembered to know the narrowest: five minutes of blocks.
WIDTHS_KEPT: Final = 75


class DriftFilter:
    """Offset and drift as a two-state Kalman filter, in microseconds and seconds; a drift of 1 µs/s is 1 ppm."""

    def __init__(self) -> None:
        self._is_started = False
        self._since = 0.0
        self._at = 0.0
        self._offset = 0.0
        self._drift = 0.0
        # How much larger innovations are than expected, averaged; above 1 the noise is scaled up by it.
        self._surprise = 0.0
        # Covariance: offset variance, covariance of both, drift variance.
        self._p00 = 0.0
        self._p01 = 0.0
        self._p11 = FIRST_SIGMA * FIRST_SIGMA
        self._widths: list[float] = []

    @property
    def drift(self) -> float:
        """Peer's clock against the local one in ppm: positive if it runs faster."""
        return self._drift

    @property
    def sigma(self) -> float:
        """Standard deviation of `drift` in ppm."""
        return math.sqrt(self._p11)

    def restart(self) -> None:
        """A clock jumped: the offset is unknown again, the drift stays what it was."""
        self._is_started = False

    def doubt(self) -> None:
        """Bounds contradict each other slightly: the drift is less certain than believed."""
        self._p11 = min(self._p11 * 4.0, FIRST_SIGMA * FIRST_SIGMA)
        self._p01 = 0.0

    def add(self, at: float, middle: float, width: float) -> None:
        """Take in a block of exchanges.

        Args:
            at: Instant it speaks of, in microseconds of local time.
            middle: Middle of the block's own bounds of the offset, in microseconds.
            width: Distance of these bounds, in microseconds.
        """
        self._admit(at, width)
        self._widths.append(width)
        if len(self._widths) > WIDTHS_KEPT:
            del self._widths[0]
        noise = self._noise_of(width)
        if not self._is_started:
            self._is_started = True
            self._since = at
            self._at = at
            self._offset = middle
            self._p00 = noise * noise
            self._p01 = 0.0
            return
        self._predict((at - self._at) / 1e6)
        self._at = at
        self._correct(middle, noise * max(1.0, self._surprise))

    def _admit(self, at: float, width: float) -> None:
        """The path turns out to be narrower than thought, so what was learnt before may be off by half the difference.

        A device that joins while a queue is full would otherwise hold on to its first offset for minutes.
        """
        if not self._is_started or width >= min(self._widths):
            return
        doubt = 0.5 * (min(self._widths) - width)
        steepness = doubt / max((at - self._since) / 1e6, 1.0)
        self._p00 = self._p00 + doubt * doubt
        self._p11 = min(self._p11 + steepness * steepness, FIRST_SIGMA * FIRST_SIGMA)

    def _noise_of(self, width: float) -> float:
        """Standard deviation to expect of the middle of a block this wide, in microseconds."""
        ranked = sorted(self._widths)
        narrowest = ranked[0]
        # How far the narrowest may still be above the path's true width: about as far as the next ones are above it.
        unknown = ranked[2] - narrowest if len(ranked) > 2 else 0.1 * narrowest
        # Queues of both directions shift the middle by a third of the width they add, 30 us are stamping jitter.
        return 30.0 + 0.3 * (width - narrowest) + 0.5 * unknown

    def _predict(self, span: float) -> None:
        self._offset = self._offset + self._drift * span
        self._p00 = self._p00 + span * (2.0 * self._p01 + span * self._p11) + OFFSET_NOISE * OFFSET_NOISE * span
        self._p01 = self._p01 + span * self._p11
        self._p11 = self._p11 + DRIFT_NOISE * DRIFT_NOISE * span

    def _correct(self, middle: float, noise: float) -> None:
        innovation = middle - self._offset
        distance = abs(innovation)
        variance = noise * noise
        total = self._p00 + variance
        if distance * distance > 9.0 * total:
            # Beyond three sigma it is more likely a bad block than news; it may still pull a little.
            variance = variance + distance * distance
            total = self._p00 + variance
        # One wild block counts as five times the noise at most, or it would silence dozens of good ones.
        self._surprise = self._surprise + 0.1 * (min(distance / noise, 5.0) - self._surprise)
        gain_offset = self._p00 / total
        gain_drift = self._p01 / total
        self._offset = self._offset + gain_offset * innovation
        self._drift = min(max(self._drift + gain_drift * innovation, -STEEPEST), STEEPEST)
        self._p11 = self._p11 - gain_drift * self._p01
        self._p01 = self._p01 * (1.0 - gain_offset)
        self._p00 = self._p00 * (1.0 - gain_offset)
