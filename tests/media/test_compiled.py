import numpy as np
import pytest
from numpy.typing import NDArray

from media.compiled import compiled


@compiled
def sum_of_squares(values: NDArray[np.float64]) -> float:
    """A loop like those of the kernels."""
    total = 0.0
    for index in range(values.size):
        total += values[index] * values[index]
    return total


@pytest.mark.slow
def test_a_compiled_loop_computes_what_it_says() -> None:
    values = np.array([3.0, 4.0])
    assert sum_of_squares(values) == 25.0


@pytest.mark.slow
def test_a_compiled_loop_keeps_nan_and_order() -> None:
    # With fastmath the sum could be reordered and NaN assumed away.
    assert np.isnan(sum_of_squares(np.array([np.nan, 1.0])))
