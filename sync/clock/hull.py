"""The lower convex hull of points over time: those that some straight line touches from below.

A bound of the clock's offset is carried to the present along a line whose slope is learnt later. Whatever the slope turns
out to be, only a point of the hull can give the least carried bound, and of hundreds of exchanges some ten are on it.

Source: A. M. Andrew, Another efficient algorithm for convex hulls in two dimensions, 1979 (the monotone chain).
"""

import math
from collections.abc import Iterable


class Hull:
    """Points from the oldest to the newest; the slopes between neighbours rise strictly.

    Args:
        points: (instant in seconds, value), in any order.
    """

    def __init__(self, points: Iterable[tuple[float, float]] = ()) -> None:
        self.ats: list[float] = []
        self.values: list[float] = []
        for at, value in sorted(points):
            self.add(at, value)

    def add(self, at: float, value: float) -> None:
        """Take in a point that is not older than the newest."""
        ats, values = self.ats, self.values
        if ats and at <= ats[-1]:
            assert at == ats[-1], "points come in the order of time"
            if value >= values[-1]:
                return
            ats.pop()
            values.pop()
        # A point on or above the line from the one before it to the new one can never be touched again.
        while len(ats) > 1 and (values[-1] - values[-2]) * (at - ats[-1]) >= (value - values[-1]) * (ats[-1] - ats[-2]):
            ats.pop()
            values.pop()
        ats.append(at)
        values.append(value)

    def least(self, at: float, slope: float) -> float:
        """Least value once all are carried to instant `at` along `slope`."""
        ats, values = self.ats, self.values
        least = math.inf
        for index in range(len(ats) - 1, -1, -1):
            carried = values[index] + slope * (at - ats[index])
            # Along a hull the carried values fall and then rise.
            if carried > least:
                break
            least = carried
        return least
