import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.stretch.regions import find_regions, spread


def found(levels: list[float]) -> list[tuple[int, int]]:
    """Peak and end of each region."""
    energy = np.array(levels, np.float32)
    peaks, ends = np.zeros(energy.size + 1, np.int32), np.zeros(energy.size + 1, np.int32)
    count = find_regions(energy, peaks, ends)
    return [(int(peak), int(end)) for peak, end in zip(peaks[:count], ends[:count], strict=True)]


def looked_for(levels: list[float]) -> list[tuple[int, int]]:
    """The same, from the definition."""

    def at(k: int) -> float:
        return levels[k] if 0 <= k < len(levels) else -1.0

    peaks = [k for k in range(len(levels)) if max(at(k - 1), at(k - 2)) < at(k) >= max(at(k + 1), at(k + 2))] or [0]
    ends = [min(range(low + 1, high), key=lambda k: (levels[k], k)) for low, high in itertools.pairwise(peaks)]
    return list(zip(peaks, [*ends, len(levels)], strict=True))


def test_regions_end_in_the_first_softest_bin_between_two_peaks() -> None:
    assert found([1, 2, 9, 4, 3, 3, 5, 8, 1, 0]) == [(2, 4), (7, 10)]


@pytest.mark.parametrize("levels", [[0.0] * 9, [4.0] * 9, [np.nan] * 9])
def test_a_flat_spectrum_is_one_region(levels: list[float]) -> None:
    assert found(levels) == [(0, 9)]


def test_the_outermost_bins_may_be_peaks() -> None:
    assert found([9, 1, 1, 1, 1, 1, 9]) == [(0, 1), (6, 7)]
    assert found([1, 9, 1, 1, 1, 9, 1]) == [(1, 2), (5, 7)]


# Few levels, so that neighbours are often alike.
@given(st.lists(st.integers(0, 5).map(float), min_size=5, max_size=40))
def test_regions_are_those_of_the_definition(levels: list[float]) -> None:
    assert found(levels) == looked_for(levels)


def test_every_bin_gets_its_regions_values() -> None:
    result = np.zeros((2, 6), np.float32)
    spread(np.array([[1, 2, 3], [4, 5, 6]], np.float32), np.array([1, 4, 6, 0], np.int32), 3, result)
    assert result.tolist() == [[1, 2, 2, 2, 3, 3], [4, 5, 5, 5, 6, 6]]
