"""How fast two clocks drift apart, from the bounds of their offset.

Upper and lower bounds form a corridor over time, and the truth is a nearly straight line inside it. For every slope
there is a widest gap between two parallel lines of that slope that keep all bounds outside. At the true slope the gap is
the fastest round trip and a little more; at a wrong one bounds of different ages collide and it closes. So the slopes
whose gap is hardly less than the widest are plausible, however slow most exchanges were, and their middle is the estimate.
Those without any gap are impossible, whatever the network did: certified errors need nothing else.

A filter of averages, which this replaces, learns like the root of the number of exchanges; extremes learn like the
number itself, because delays pile up at their least value.

Every step is written in one fixed order of additions, multiplications, divisions and square roots, all of which IEEE
754 rounds exactly: the TypeScript twin computes the same bits.

Source: the idea of hulls on both sides is that of L. Zhang, Z. Liu and C. Xia, Clock synchronization algorithms for
network measurements, INFOCOM 2002.
"""

import math
from dataclasses import dataclass
from typing import Final

from sync.clock.hull import Hull

# How far apart the rates of two working clocks can be, in ppm, before anything was measured. Crystal clocks are within
# 30 ppm of each other nearly always, phones within 50. Certified errors rest on this.
WIDEST: Final = 120.0

# No clock worth following is further off; what is beyond was misled.
STEEPEST: Final = 1000.0

# After a jump the drift is what it was, but for so many ppm: the device may have cooled down.
COOLED: Final = 2.0

# Bounds never say more than this about the drift, in ppm squared: stamps tremble.
LEAST_VARIANCE: Final = 0.01


@dataclass(frozen=True, slots=True)
class Slopes:
    """What the bounds say of the drift, in ppm.

    Attributes:
        low: Lowest plausible drift.
        likeliest: Where the gap is widest.
        high: Highest plausible drift.
        lowest: No lower one is possible.
        highest: No higher one is possible.
    """

    low: float
    likeliest: float
    high: float
    lowest: float
    highest: float


NOTHING_KNOWN: Final = Slopes(-STEEPEST, 0.0, STEEPEST, -STEEPEST, STEEPEST)


def slopes_between(upper: Hull, lower: Hull, slack: float, narrowest: float, margin: float) -> Slopes:
    """Which drifts two hulls of bounds leave plausible, and which possible.

    Args:
        upper: Upper bounds of the offset in microseconds over seconds.
        lower: Lower bounds, negated. Neither is empty.
        slack: How much bounds are relaxed with age, in ppm.
        narrowest: Least distance of the two bounds of one exchange, in microseconds: the gap cannot truly be wider.
        margin: How much less than the widest gap, or than `narrowest`, is plausible; in microseconds.
    """
    corners = _corners(upper, lower, slack)
    if not corners:
        return NOTHING_KNOWN
    top = 0
    for index in range(1, len(corners)):
        if corners[index][1] > corners[top][1]:
            top = index
    enough = min(corners[top][1], narrowest) - margin
    falling, rising = corners[top::-1], corners[top:]
    # Beyond the outermost corners the gap closes as fast as the outermost points are apart.
    before, after = lower.ats[-1] - upper.ats[0], upper.ats[-1] - lower.ats[0]
    likeliest = min(max(corners[top][0], -STEEPEST), STEEPEST)
    return Slopes(
        max(likeliest - _reach(falling, enough, before), -STEEPEST),
        likeliest,
        min(likeliest + _reach(rising, enough, after), STEEPEST),
        max(likeliest - _reach(falling, 0.0, before), -STEEPEST),
        min(likeliest + _reach(rising, 0.0, after), STEEPEST),
    )


class Drift:
    """The peer's clock against the local one in ppm, and what of that is certain."""

    def __init__(self) -> None:
        self.rate = 0.0
        """Positive if the peer's clock runs faster."""
        self.spread = WIDEST
        """How far the truth can be from `rate`."""
        self.sigma = WIDEST / 2.0
        """Standard deviation of `rate`: how far off it usually is."""
        # What was known before the bounds in memory: nothing, or what was learnt before a jump.
        self._prior_rate = 0.0
        self._prior_spread = WIDEST

    def restart(self) -> None:
        """A clock jumped: the bounds are gone, the drift stays about what it was."""
        self._prior_rate = self.rate
        self._prior_spread = self.spread = min(self.spread + COOLED, WIDEST)
        self.sigma = self._prior_spread / 2.0

    def learn(self, slopes: Slopes) -> None:
        """Take the bounds in memory for what they say now, together with what was known before them."""
        low, mode, high = slopes.low, slopes.likeliest, slopes.high
        # Mean and variance of the triangle over the plausible slopes.
        mean = (low + mode + high) / 3.0
        variance = (low * low + mode * mode + high * high - low * mode - low * high - mode * high) / 18.0
        variance = max(variance, 0.0) + LEAST_VARIANCE
        # What is certain spans two standard deviations either way.
        prior = self._prior_spread * self._prior_spread / 4.0
        self.rate = self._prior_rate + (mean - self._prior_rate) * (prior / (prior + variance))
        self.sigma = math.sqrt(prior * variance / (prior + variance))
        lowest = self._prior_rate - self._prior_spread
        highest = self._prior_rate + self._prior_spread
        # A clock further off than clocks are is believed once nothing else is possible.
        lowest = max(lowest, slopes.lowest) if slopes.highest > lowest else slopes.lowest
        highest = min(highest, slopes.highest) if slopes.lowest < highest else slopes.highest
        self.spread = max(highest - self.rate, self.rate - lowest)


def _corners(upper: Hull, lower: Hull, slack: float) -> list[tuple[float, float]]:
    """Where the gap, a concave function of the slope made of straight pieces, turns: (slope, gap), slopes rising.

    At the steepest descent the oldest upper and the newest lower bound are touched; as the slope rises, newer upper and
    older lower ones. The instant to which bounds are carried makes no difference to the gap but for the slack, so the
    gap is taken at the newest lower bound.
    """
    ups, highs = upper.ats, upper.values
    downs, lows = lower.ats, lower.values
    at = downs[-1]
    left, right = 0, len(downs) - 1
    corners: list[tuple[float, float]] = []
    gap = slope = 0.0
    while True:
        of_upper = math.inf
        if left + 1 < len(ups):
            of_upper = (highs[left + 1] - highs[left]) / (ups[left + 1] - ups[left]) - slack
        of_lower = math.inf
        if right > 0:
            of_lower = slack - (lows[right] - lows[right - 1]) / (downs[right] - downs[right - 1])
        following = min(of_upper, of_lower)
        if following == math.inf:
            return corners
        if corners:
            gap = gap + (downs[right] - ups[left]) * (following - slope)
        else:
            high = highs[left] + (following + slack) * (at - ups[left])
            gap = high + (lows[right] - (following - slack) * (at - downs[right]))
        slope = following
        corners.append((slope, gap))
        if of_upper <= of_lower:
            left = left + 1
        else:
            right = right - 1


def _reach(corners: list[tuple[float, float]], enough: float, closing: float) -> float:
    """How far from the first corner the gap falls to `enough`.

    Args:
        corners: From the widest gap on, one way.
        enough: In microseconds.
        closing: How fast the gap closes beyond the last corner, in seconds; if it does not, everything is in reach.
    """
    start, before = corners[0]
    slope = start
    for index in range(1, len(corners)):
        following, gap = corners[index]
        if gap <= enough:
            # Where even the widest gap is not enough, nothing is in reach.
            share = max(before - enough, 0.0) / (before - gap) if before > gap else 0.0
            return abs(slope - start) + abs(following - slope) * share
        slope, before = following, gap
    if closing <= 0.0:
        return 2.0 * STEEPEST
    return abs(slope - start) + max(before - enough, 0.0) / closing
