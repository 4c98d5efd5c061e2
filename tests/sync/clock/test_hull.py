import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.clock.hull import Hull

points = st.lists(st.tuples(st.integers(0, 300), st.integers(-10_000, 10_000)), min_size=1, max_size=60)


def test_nothing_is_infinitely_high() -> None:
    assert Hull().least(1.0, 1.0) == math.inf


def test_a_point_above_the_line_between_its_neighbours_is_dropped() -> None:
    hull = Hull([(0.0, 0.0), (1.0, 5.0), (2.0, 2.0), (3.0, 9.0)])
    assert list(zip(hull.ats, hull.values, strict=True)) == [(0.0, 0.0), (2.0, 2.0), (3.0, 9.0)]


def test_of_two_at_the_same_instant_the_lower_counts() -> None:
    hull = Hull([(0.0, 0.0), (1.0, 5.0)])
    hull.add(1.0, 7.0)
    assert hull.values == [0.0, 5.0]
    hull.add(1.0, 3.0)
    assert hull.values == [0.0, 3.0]


def test_points_come_in_the_order_of_time() -> None:
    hull = Hull([(2.0, 0.0)])
    with pytest.raises(AssertionError):
        hull.add(1.0, 0.0)


@given(points, st.integers(-300, 300))
def test_the_least_of_the_hull_is_the_least_of_all(found: list[tuple[int, int]], slope: int) -> None:
    hull = Hull([(float(at), float(value)) for at, value in found])
    assert hull.least(400.0, float(slope)) == min(value + slope * (400 - at) for at, value in found)


@given(points)
def test_slopes_between_neighbours_rise(found: list[tuple[int, int]]) -> None:
    hull = Hull([(float(at), float(value)) for at, value in found])
    corners = list(zip(hull.ats, hull.values, strict=True))
    slopes = [(later[1] - one[1]) / (later[0] - one[0]) for one, later in itertools.pairwise(corners)]
    assert slopes == sorted(set(slopes))
