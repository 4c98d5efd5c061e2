import numpy as np
import pytest

from media.composer.envelopes import curve, fading, held_shape


def test_a_held_note_rises_rests_and_ends_at_zero() -> None:
    shape = held_shape(1.0, 0.1, 0.5, 0.6, 0.3)
    assert shape.size == round(1.3 * 48_000)
    assert shape[0] == 0
    assert shape[4800] == pytest.approx(1, abs=0.01)
    assert shape[47_000] == pytest.approx(0.6, abs=0.01)
    assert shape[-1] == 0
    assert np.abs(np.diff(shape)).max() < 0.01


@pytest.mark.parametrize("held", [0.0, 0.001, 0.02])
def test_the_shortest_notes_do_not_click(held: float) -> None:
    shape = held_shape(held, 0.5, 1.0, 0.5, 0.1)
    assert shape[-1] == 0
    assert shape.max() <= 1


def test_fading_loses_sixty_decibels_in_its_time() -> None:
    assert 20 * np.log10(fading(48_001, 1.0)[-1]) == pytest.approx(-60, abs=0.2)


def test_a_curve_goes_through_its_points() -> None:
    line = curve(((0.5, 1.0), (1.0, 3.0)), 96_000)
    assert line[0] == line[20_000] == 1
    assert line[36_000] == pytest.approx(2, abs=0.01)
    assert line[-1] == 3
