"""How a player keeps to its line: what it does about the distance between its sound and where that should be."""

from typing import Final, Protocol

from hathor_rt.headless.lines import Line
from sync.timeline.drift import JUMP_NEEDS, NEAR, DriftControl, Hold, Jump, Nudge, jump_bound_of
from sync.units import MICROS_PER_SECOND, SAMPLE_RATE, Micros

MICROS_PER_FRAME: Final = MICROS_PER_SECOND / SAMPLE_RATE

READING_FRAMES: Final = 2_400
"""Output frames between two readings of the error: 20 a second."""

# Within a reading: one frame is 417 ppm, which no ear finds; twelve are 5000 ppm, as `sync.timeline.drift` allows far off.
_MOST_FRAMES_NEAR: Final = 1
_MOST_FRAMES_FAR: Final = 12


class Steering(Protocol):
    """The control loop behind the corrections."""

    @property
    def ppm(self) -> float:
        """Correction in force, parts per million of speed."""
        ...

    @property
    def is_exact(self) -> bool:
        """Whether a sound that starts does so on a whole sample of the recording."""
        ...

    def pace(self, line: Line) -> float:
        """Track frames per output frame until the next reading."""
        ...

    def read(self, at: Micros, error: float, clock_error: Micros) -> bool:
        """One reading, every `READING_FRAMES`. Returns whether to jump to the right place.

        Args:
            at: Instant of the reading on the output's clock.
            error: Sound minus where it should be, in Micros with fractions; positive: ahead.
            clock_error: Certified error of the room's clock.
        """
        ...

    def restart(self) -> None:
        """The sound starts, or its line changed: earlier readings say nothing any more."""
        ...


class DriftSteering:
    """For sound cards, whose clock has to be learnt and whose timestamps are noisy: `DriftControl`."""

    is_exact: Final = False

    def __init__(self) -> None:
        self._control = DriftControl()
        self._ppm = 0

    @property
    def ppm(self) -> float:
        """See `Steering.ppm`."""
        return self._ppm

    def pace(self, line: Line) -> float:
        """See `Steering.pace`."""
        return line.slope * (1 + self._ppm / 1e6)

    def read(self, at: Micros, error: float, clock_error: Micros) -> bool:
        """See `Steering.read`."""
        match self._control.step(at, Micros(round(error)), clock_error):
            case Hold():
                self._ppm = 0
            case Nudge(rate_ppm=rate_ppm):
                self._ppm = rate_ppm
            case Jump():
                self._ppm = 0
                return True
        return False

    def restart(self) -> None:
        """See `Steering.restart`."""
        self._control.restart()
        self._ppm = 0


class WholeFrameSteering:
    """For outputs whose clock is exact, as a file's is: moves by whole frames, and only when the error exceeds one.

    Each frame is slipped in over one reading by resampling. In between, the samples are those of the recording, bit for
    bit; the error stays below one frame of what the room's clock says.
    """

    is_exact: Final = True

    def __init__(self) -> None:
        self._slip = 0
        self._far = 0

    @property
    def ppm(self) -> float:
        """See `Steering.ppm`."""
        return self._slip * 1e6 / READING_FRAMES

    def pace(self, line: Line) -> float:
        """See `Steering.pace`."""
        return line.rate + self._slip / READING_FRAMES

    def read(self, at: Micros, error: float, clock_error: Micros) -> bool:
        """See `Steering.read`."""
        distance = abs(error)
        self._far = self._far + 1 if distance > jump_bound_of(clock_error) else 0
        if self._far >= JUMP_NEEDS:
            self.restart()
            return True
        most = _MOST_FRAMES_NEAR if distance <= NEAR else _MOST_FRAMES_FAR
        frames = min(int(distance / MICROS_PER_FRAME), most)
        self._slip = -frames if error > 0 else frames
        return False

    def restart(self) -> None:
        """See `Steering.restart`."""
        self._slip = 0
        self._far = 0
