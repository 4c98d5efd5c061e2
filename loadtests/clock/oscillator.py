"""A device's clock as a quartz crystal makes it: seeded, pure, readable at any instant in any order."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sync.units import Micros

# Rates of phones and laptops against a server: 5-10 ppm usually, up to 30 (Huygens, NSDI 2018); phones reach 50.
DRIFT_PPM: Final = 50.0

# What warming up and cooling down does to the rate of a crystal without oven, within minutes.
TEMPERATURE_PPM: Final = 2.0

# Random walk of the rate in ppm per root second: 0.3 ppm in ten minutes. What the drift filter expects too
# (`sync/clock/drift.py`), so the swing above is what it does not expect.
WALK_PPM: Final = 0.012


@dataclass(frozen=True, slots=True)
class Interruptions:
    """What happens to a clock beside drifting.

    Attributes:
        sleeps: (second, length): the clock stands still, as page time does in a sleeping laptop (not on Windows).
        steps: (second, seconds): somebody sets it, forward by so much.
    """

    sleeps: Sequence[tuple[float, float]] = ()
    steps: Sequence[tuple[float, float]] = ()


class Oscillator:
    """Offset, drift, slow swing, random walk, coarse readings, sleeps and steps.

    Args:
        seed: Decides offset (1 … 1000 s), drift, and how both kinds of wander go.
        granularity: Readings are rounded down to multiples of this, in Micros.
        interruptions: Sleeps and steps, on the server's clock.
        drift_ppm: Rate against the server's clock, at most, either way.
        temperature_ppm: A swing of the rate of up to this, with a period of 7 … 25 min.
        walk_ppm: Random walk of the rate, ppm per root second.
    """

    def __init__(
        self,
        seed: int,
        granularity: int,
        interruptions: Interruptions = Interruptions(),
        *,
        drift_ppm: float = DRIFT_PPM,
        temperature_ppm: float = TEMPERATURE_PPM,
        walk_ppm: float = WALK_PPM,
    ) -> None:
        draw = random.Random(seed)
        self._offset = draw.uniform(1.0, 1000.0)
        self._drift = draw.uniform(-drift_ppm, drift_ppm) * 1e-6
        self._swing = draw.uniform(0.0, temperature_ppm) * 1e-6
        self._turn = 2 * math.pi / draw.uniform(7 * 60, 25 * 60)
        self._phase = draw.uniform(0.0, 2 * math.pi)
        self._walk = walk_ppm * 1e-6
        self._steps_of_walk = random.Random(seed + 1_000_003)
        # At whole seconds: what the walk has added to the clock, and its rate until the next.
        self._walked = [0.0]
        self._rates = [0.0]
        self._interruptions = interruptions
        self.granularity = Micros(granularity)

    def exact(self, at: float) -> float:
        """What the clock would show at second `at` of the server if it could be read exactly, in microseconds."""
        swing = self._swing / self._turn * (math.cos(self._phase) - math.cos(self._turn * at + self._phase))
        seconds = self._offset + at * (1 + self._drift) + swing + self._walk_at(at)
        for start, length in self._interruptions.sleeps:
            seconds -= min(max(at - start, 0.0), length)
        for moment, by in self._interruptions.steps:
            seconds += by if at >= moment else 0.0
        return seconds * 1e6

    def reading(self, at: float) -> Micros:
        """What it shows, in whole Micros."""
        return Micros(math.floor(self.exact(at) / self.granularity) * self.granularity)

    def rate_ppm(self, at: float) -> float:
        """How fast it runs against the server's, while awake."""
        self._walk_at(at)
        return (self._drift + self._swing * math.sin(self._turn * at + self._phase) + self._rates[int(at)]) * 1e6

    def _walk_at(self, at: float) -> float:
        whole = int(at)
        while len(self._walked) <= whole:
            self._walked.append(self._walked[-1] + self._rates[-1])
            self._rates.append(self._rates[-1] + self._walk * self._steps_of_walk.gauss(0.0, 1.0))
        return self._walked[whole] + self._rates[whole] * (at - whole)
