"""What a player does about the distance between what it plays and what the room is at.

Three answers: leave it, play very slightly faster or slower, or jump with a short fade. `correction` judges one
reading; `DriftControl` is the loop a player runs, which also learns how fast its sound card drifts.

Errors are signed Micros: positive when the player is *ahead* of the room, so that the rate has to go down.
"""

import math
from dataclasses import dataclass
from typing import Final

from sync.units import Micros

# Below this nobody hears a difference, between two speakers in one room either (clicks fuse below 1 … 5 ms), and a page
# reads its own output to 0.1 … 0.3 ms only: chasing less is chasing noise.
FLOOR: Final = Micros(300)

# The estimate is about this much better than its certified error (measured 10 … 25 times over eleven link models): what
# lies below that may be the clock's noise rather than the player's error.
CLOCK_NOISE_SHARE: Final = 16

# Up to here the rate changes by at most 0.05 % (0.9 cent), which no ear finds. Further off, being in step counts more.
NEAR: Final = Micros(4_000)
GENTLE_PPM: Final = 500
# 0.5 % is 8.6 cent; held for the few seconds that 20 ms take, it passes for the attack of a note.
STRONGEST_PPM: Final = 5000

# At 0.5 % a larger error would take more than six seconds; a jump with a fade is over at once.
JUMP_BEYOND: Final = Micros(30_000)


@dataclass(frozen=True, slots=True)
class Hold:
    """Go on at the recorded rate."""


@dataclass(frozen=True, slots=True)
class Nudge:
    """Play at `rate_ppm` parts per million above (or below) the line's rate; never 0, at most ± 5000."""

    rate_ppm: int


@dataclass(frozen=True, slots=True)
class Jump:
    """Move by `by` Micros of playback at once (positive: forward), faded."""

    by: Micros


Correction = Hold | Nudge | Jump


def floor_of(clock_error: Micros) -> Micros:
    """Errors below this are left alone."""
    return Micros(max(FLOOR, clock_error // CLOCK_NOISE_SHARE))


def jump_bound_of(clock_error: Micros) -> Micros:
    """Errors above this are jumped over. Never for less than the clock's own certified error."""
    return Micros(max(JUMP_BEYOND, clock_error))


def correction(error: Micros, clock_error: Micros) -> Correction:
    """What to do about one reading of the error.

    Without memory: for the moment before a player fades in, and for tests.

    Up to 4 ms the rate makes the error vanish with a time constant of 8 s; above, it rises to 5000 ppm at 13 ms.

    Args:
        error: Player minus room, in Micros.
        clock_error: Certified error of the clock estimate (`ClockEstimate.error_at`).
    """
    distance = abs(error)
    if distance <= floor_of(clock_error):
        return Hold()
    if distance > jump_bound_of(clock_error):
        return Jump(Micros(-error))
    rate = distance // 8 if distance <= NEAR else min(GENTLE_PPM + (distance - NEAR) // 2, STRONGEST_PPM)
    return Nudge(-rate if error > 0 else rate)


# Nine readings of a tenth of a second: one bad timestamp out of nine changes nothing, and half a second is no delay.
MEDIAN_OF: Final = 9

# A jump needs this many readings, so that one wild timestamp never cuts into the music.
JUMP_NEEDS: Final = 5

# Proportional and integral part near the line. Critically damped: integral = proportional² / 4.
PROPORTIONAL: Final = 0.25
INTEGRAL: Final = 0.015625

# What a sound card may drift: 500 ppm leave room for those that PulseAudio misreports by 200.
STEEPEST_LEARNT: Final = 400.0

# Change of the rate per second: a second or so to full strength, so that pitch glides instead of stepping.
SLEW_PPM_PER_SECOND: Final = 4000.0

# After a longer pause between readings the loop goes on as if it had lasted this long.
LONGEST_STEP: Final = Micros(500_000)


class DriftControl:
    """The loop of one player: median of nine readings, proportional and integral control, limited slew."""

    def __init__(self) -> None:
        self._readings: list[int] = []
        self._learnt = 0.0
        self._rate = 0.0
        self._at: Micros | None = None

    @property
    def learnt_ppm(self) -> float:
        """The rate that the sound card turned out to need to stay in step."""
        return self._learnt

    def step(self, at: Micros, error: Micros, clock_error: Micros) -> Correction:
        """Take in a reading and say what to do until the next. Call it 4 … 40 times a second while playing.

        Args:
            at: Instant of the reading, on any steady clock.
            error: Player minus room.
            clock_error: Certified error of the clock estimate.
        """
        span = 0.0 if self._at is None else min(max(at - self._at, 0), LONGEST_STEP) / 1e6
        self._at = at
        self._readings.append(error)
        if len(self._readings) > MEDIAN_OF:
            del self._readings[0]
        middle = sorted(self._readings)[(len(self._readings) - 1) // 2]
        if len(self._readings) >= JUMP_NEEDS and abs(middle) > jump_bound_of(clock_error):
            self._readings.clear()
            self._rate = self._learnt
            return Jump(Micros(-middle))
        self._slew(self._wanted(middle, clock_error, span), span)
        rate = math.floor(self._rate + 0.5)
        return Hold() if rate == 0 else Nudge(rate)

    def restart(self) -> None:
        """The line changed (seek, next track, rate): readings so far say nothing about it. What was learnt is kept."""
        self._readings.clear()
        self._rate = self._learnt
        self._at = None

    def _wanted(self, middle: int, clock_error: Micros, span: float) -> float:
        """The rate to go towards, in ppm."""
        distance = abs(middle)
        if distance > NEAR:
            far = float(min(GENTLE_PPM + (distance - NEAR) // 2, STRONGEST_PPM))
            return -far if middle > 0 else far
        # Inside the clock's own noise the learnt rate alone is right: acting on the error would pass the noise on.
        if distance <= clock_error // CLOCK_NOISE_SHARE:
            return self._learnt
        wanted = self._learnt - PROPORTIONAL * middle
        if abs(wanted) < GENTLE_PPM:
            learnt = self._learnt - INTEGRAL * middle * span
            self._learnt = min(max(learnt, -STEEPEST_LEARNT), STEEPEST_LEARNT)
        return min(max(wanted, -float(GENTLE_PPM)), float(GENTLE_PPM))

    def _slew(self, wanted: float, span: float) -> None:
        most = SLEW_PPM_PER_SECOND * span
        self._rate = self._rate + min(max(wanted - self._rate, -most), most)
