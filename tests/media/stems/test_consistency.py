import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from media.stems.consistency import GRID, consistent
from tests.media.stems.fakes import noise


@given(st.integers(0, 1000), st.integers(2, 6))
def test_stems_of_24_bit_sound_add_up_to_it_bit_for_bit_in_any_order(seed: int, count: int) -> None:
    mix = noise(64, seed)
    random = np.random.default_rng(seed + 1)
    # No sum on the way passes 1.5: 0.3 of the stems and 1.2 that are missing.
    stems = consistent((random.uniform(-0.3, 0.3, (count, 2, 64)) / count).astype(np.float32), mix)
    for order in (range(count), reversed(range(count))):
        total = np.zeros_like(mix)
        for stem in order:
            total = total + stems[stem]
        assert total.dtype == np.float32
        assert np.array_equal(total, mix)


def test_other_sound_is_met_within_half_a_step() -> None:
    mix = np.random.default_rng(3).uniform(-0.9, 0.9, (2, 500)).astype(np.float32) * np.float32(1 / 3)
    stems = consistent(np.zeros((4, 2, 500), np.float32), mix)
    assert np.abs(stems.astype(np.float64).sum(axis=0) - mix).max() <= GRID / 2


def test_sums_beyond_twice_full_scale_are_met_as_float32_can() -> None:
    mix = noise(64)
    stems = consistent(np.stack([np.full((2, 64), 3.0, np.float32), np.full((2, 64), -3.0, np.float32)] * 2), mix)
    total = stems[0] + stems[2] + stems[1] + stems[3]
    assert np.abs(total - mix).max() <= 4 * 2.0**-22


def test_what_is_missing_is_spread_evenly() -> None:
    mix = np.full((2, 4), 0.5, np.float32)
    stems = consistent(np.zeros((4, 2, 4), np.float32), mix)
    assert np.all(stems == 0.125)
