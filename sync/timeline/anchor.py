"""Position as a line over server time.

All arithmetic is on whole numbers and divides downwards, so that Python and TypeScript agree to the microsecond:
``(t - at) * rate_permille`` stays below 2^53 for 52 days of uninterrupted playback at double speed.
"""

from dataclasses import dataclass

from sync.units import Micros


@dataclass(frozen=True, slots=True)
class Anchor:
    """At instant `at` the track was at `position` and moved at `rate_permille` thousandths of its recorded speed.

    `rate_permille` is 0 while paused, otherwise 500 … 2000.
    """

    at: Micros
    position: Micros
    rate_permille: int

    def position_at(self, instant: Micros) -> Micros:
        """Position at `instant`, also before `at` (the line extends both ways); rounded down."""
        return Micros(self.position + (instant - self.at) * self.rate_permille // 1000)

    def instant_of(self, position: Micros) -> Micros | None:
        """First whole microsecond at which the line has reached `position`; None while paused."""
        if self.rate_permille == 0:
            return None
        return Micros(self.at - (-(position - self.position) * 1000 // self.rate_permille))
