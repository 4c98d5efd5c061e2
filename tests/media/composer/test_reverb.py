import numpy as np
import pytest

from media.composer.oscillators import sine, steps
from media.composer.reverb import Hall, impulse_response, reverberated


def test_a_response_has_unit_energy_on_both_sides() -> None:
    response = impulse_response(Hall(1.0))
    assert np.sum(response**2, axis=1) == pytest.approx([1, 1], abs=0.02)
    assert abs(np.asarray(np.corrcoef(response))[0, 1]) < 0.1


def test_it_falls_by_sixty_decibels_in_its_time() -> None:
    response = impulse_response(Hall(2.0, 0.0, 0.5)).astype(np.float64)
    left = np.cumsum((response[0] ** 2)[::-1])[::-1]
    decay_db = 10 * np.log10(left / left[0])
    # T30 doubled, as acousticians measure it.
    first, last = (int(np.argmax(decay_db < level)) for level in (-5, -35))
    assert 2 * (last - first) / 48_000 == pytest.approx(2.0, rel=0.15)


def test_the_room_answers_late_and_keeps_the_length() -> None:
    sound = np.zeros((2, 24_000), np.float32)
    sound[:, 0] = 1
    answer = reverberated(sound, Hall(0.8, 0.05))
    assert answer.shape == sound.shape
    assert answer.dtype == np.float32
    assert np.abs(answer[:, :2300]).max() < 1e-6
    assert np.abs(answer[:, 2400:]).max() > 0.01


def test_lows_stay_dry() -> None:
    low, high = (np.tile(sine(steps(hz, 48_000)), (2, 1)) for hz in (50, 800))
    assert reverberated(low, Hall(0.8)).std() < 0.2 * reverberated(high, Hall(0.8)).std()
