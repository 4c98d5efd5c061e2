"""Which frame leaves a sound card when: the line between the local clock and the card's.

Fed with the instants at which PortAudio says that blocks reach the output. These wander by a millisecond over seconds,
drift by up to 200 ppm, and shift for good when the output underruns. So: a two-state Kalman filter (offset, drift) that
averages slowly, and a step detector beside it that moves the offset at once and keeps the drift. The page does the same
with its browser's timestamps (`web/client/src/clock/outputClock.ts`), from where the constants come.
"""

from typing import Final

from sync.units import MICROS_PER_SECOND, SAMPLE_RATE, Micros

_MICROS_PER_FRAME: Final = MICROS_PER_SECOND / SAMPLE_RATE

# Variance of a reading at 40 readings a second, in us^2. Far above the scatter of single readings (100 us): neighbours
# wander together, and averaging must not take them for independent.
_VARIANCE: Final = 7e6
_USUAL_GAP_SECONDS: Final = 0.025
_LEAST_VARIANCE: Final = 1e4

# What sound cards and sound servers drift at first sight, in ppm.
_FIRST_DRIFT_SIGMA: Final = 200.0

# Random walk of offset (us per root second) and drift (ppm per root second).
_OFFSET_WALK: Final = 20.0
_DRIFT_WALK: Final = 0.5

# A shift this large in eight readings that agree is an underrun, not noise.
_STEP: Final = 1_500.0
_STEP_READINGS: Final = 8
_AGREEMENT: Final = 1_000.0

# The first half second of a fresh stream is not to be trusted, and neither is a filter of a few readings.
_READY_READINGS: Final = 8
_READY_AFTER: Final = 500_000


class OutputClock:
    """Offset (card minus local, in Micros since the first reading) and drift (ppm)."""

    def __init__(self) -> None:
        self._local_origin = Micros(0)
        self._frame_origin = 0
        self._taken = 0
        self._at = 0.0
        self._offset = 0.0
        self._drift = 0.0
        self._p00 = _VARIANCE
        self._p01 = 0.0
        self._p11 = _FIRST_DRIFT_SIGMA * _FIRST_DRIFT_SIGMA
        self._outliers: list[float] = []

    @property
    def is_ready(self) -> bool:
        """Whether enough was heard, for long enough, to schedule sound by it."""
        return self._taken >= _READY_READINGS and self._at >= _READY_AFTER

    @property
    def drift_ppm(self) -> float:
        """How much faster the card runs than the local clock."""
        return self._drift

    def add(self, frame: int, local: Micros) -> bool:
        """Take in a reading: `frame` leaves the output at `local`. False: it says nothing (not later than the last)."""
        if self._taken == 0:
            self._local_origin, self._frame_origin, self._taken = local, frame, 1
            return True
        at = float(local - self._local_origin)
        span = (at - self._at) / 1e6
        if span <= 0:
            return False
        self._predict(span)
        self._at = at
        residual = (frame - self._frame_origin) * _MICROS_PER_FRAME - at - self._offset
        if abs(residual) > _STEP:
            self._weigh_step(residual)
            return True
        self._outliers.clear()
        self._correct(residual, max(_VARIANCE * min(1.0, _USUAL_GAP_SECONDS / max(span, 1e-3)), _LEAST_VARIANCE))
        self._taken += 1
        return True

    def frame_at(self, local: Micros) -> float:
        """The frame that leaves the output at `local`. Only once something was taken in."""
        assert self._taken, "no reading yet"
        at = local - self._local_origin
        offset = self._offset + self._drift * ((at - self._at) / 1e6)
        return self._frame_origin + (at + offset) / _MICROS_PER_FRAME

    def local_at(self, frame: float) -> Micros:
        """When `frame` leaves the output. Only once something was taken in."""
        assert self._taken, "no reading yet"
        ahead = (frame - self._frame_origin) * _MICROS_PER_FRAME - self._at - self._offset
        return Micros(self._local_origin + round(self._at + ahead / (1 + self._drift / 1e6)))

    def _predict(self, span: float) -> None:
        self._offset += self._drift * span
        self._p00 += span * (2 * self._p01 + span * self._p11) + _OFFSET_WALK * _OFFSET_WALK * span
        self._p01 += span * self._p11
        self._p11 += _DRIFT_WALK * _DRIFT_WALK * span

    def _correct(self, residual: float, variance: float) -> None:
        total = self._p00 + variance
        gain_offset, gain_drift = self._p00 / total, self._p01 / total
        self._offset += gain_offset * residual
        self._drift += gain_drift * residual
        self._p11 -= gain_drift * self._p01
        self._p01 *= 1 - gain_offset
        self._p00 *= 1 - gain_offset

    def _weigh_step(self, residual: float) -> None:
        """Collect residuals too large to be noise; once enough of them agree, the output has shifted by their median."""
        self._outliers = [*self._outliers, residual][-_STEP_READINGS:]
        ranked = sorted(self._outliers)
        if len(ranked) < _STEP_READINGS or ranked[-1] - ranked[0] > _AGREEMENT:
            return
        self._offset += ranked[_STEP_READINGS // 2]
        self._p00 = _VARIANCE / _STEP_READINGS
        self._p01 = 0.0
        self._outliers.clear()
