import numpy as np
import pytest

from media.composer.samples import decibels, ease_ends, frames_of, lay, pan_gains, silence


def test_a_second_has_forty_eight_thousand_frames() -> None:
    assert frames_of(1.0) == 48_000


def test_sounds_are_added_where_they_belong() -> None:
    buffer = silence(6)
    lay(np.ones(2, np.float32), buffer, 3, left=0.5, right=2.0)
    lay(np.ones((2, 2), np.float32), buffer, 4)
    assert buffer.tolist() == [[0, 0, 0, 0.5, 1.5, 1], [0, 0, 0, 2, 3, 1]]


@pytest.mark.parametrize(("at", "left"), [(-2, [1, 0, 0]), (2, [0, 0, 1]), (3, [0, 0, 0]), (-3, [0, 0, 0])])
def test_what_passes_the_edges_is_cut(at: int, left: list[float]) -> None:
    buffer = silence(3)
    lay(np.ones(3, np.float32), buffer, at)
    assert buffer[0].tolist() == left


@pytest.mark.parametrize("pan", [-1.0, -0.4, 0.2, 0.7, 1.0])
def test_panning_keeps_the_power(pan: float) -> None:
    left, right = pan_gains(pan)
    assert left**2 + right**2 == pytest.approx(2)
    assert (left > right) == (pan < 0)


def test_eased_ends_start_and_stop_near_zero() -> None:
    sound = ease_ends(np.ones((2, 4800), np.float32))
    assert np.abs(sound[:, [0, -1]]).max() < 0.01
    assert sound[0, 2400] == 1


def test_six_decibels_are_a_factor_of_two() -> None:
    assert decibels(6.0206) == pytest.approx(2, rel=1e-4)
