import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.effects.compressor import Compressor, compress
from media.effects.settings import CompressorSettings
from tests.media.effects.signals import RATE_HZ, both, noise, sine, through
from tests.media.sounds import Array

EXTREMES = [
    CompressorSettings(-60, 20, 0, 0.0001, 0.01, 24),
    CompressorSettings(-60, 20, 24, 0.3, 2, 24),
    CompressorSettings(0, 1, 0, 0.0001, 2, 0),
]


def level(constant: float, chosen: CompressorSettings) -> float:
    """dB in which a constant comes out once everything has settled."""
    result = through(Compressor(chosen, RATE_HZ), np.full((2, RATE_HZ), constant, np.float32))
    return 20 * math.log10(result[0, -1])


@pytest.mark.parametrize("knee_db", [0.0, 6.0, 24.0])
def test_the_curve_is_straight_bent_and_straight(knee_db: float) -> None:
    chosen = CompressorSettings(-30, 4, knee_db, 0.001, 0.05, 3)

    def curve(x: float) -> float:
        """Eq. 4 of the paper."""
        over = x + 30
        if 2 * over < -knee_db:
            return x
        if 2 * abs(over) <= knee_db and knee_db:
            return x + (1 / 4 - 1) * (over + knee_db / 2) ** 2 / (2 * knee_db)
        return -30 + over / 4

    for x in (-50.0, -41.0, -33.0, -30.0, -27.0, -20.0, -3.0, 0.0):
        assert level(10 ** (x / 20), chosen) == pytest.approx(curve(x) + 3, abs=1e-3)


def test_attack_and_release_take_the_time_they_are_given() -> None:
    chosen = CompressorSettings(-20, 20, 0, 0.02, 0.2)
    steps = np.concatenate([np.full(RATE_HZ, 1.0), np.full(RATE_HZ, 0.01)])
    gain_db = 20 * np.log10(through(Compressor(chosen, RATE_HZ), both(steps))[0] / steps)
    full = gain_db[RATE_HZ - 1]
    assert full == pytest.approx(-19, abs=0.01)
    assert gain_db[round(0.02 * RATE_HZ)] == pytest.approx(full * (1 - math.exp(-1)), abs=0.05)
    # Behind the release follows the attack's smoothing, once more.
    assert gain_db[RATE_HZ + round(0.22 * RATE_HZ)] == pytest.approx(full * math.exp(-1), abs=0.25)


def twin(samples: Array, chosen: CompressorSettings) -> Array:
    """The same in words of the paper, frame by frame."""
    slope, released, smoothed = 1 - 1 / chosen.ratio, 0.0, 0.0
    attack, release = (math.exp(-1 / (each * RATE_HZ)) for each in (chosen.attack_seconds, chosen.release_seconds))
    result = []
    for left, right in samples.T.astype(np.float64):
        over = 20 * math.log10(max(abs(left), abs(right), 1e-9)) - chosen.threshold_db
        if 2 * over <= -chosen.knee_db:
            reduction = 0.0
        elif 2 * over >= chosen.knee_db:
            reduction = slope * over
        else:
            reduction = slope * (over + chosen.knee_db / 2) ** 2 / (2 * chosen.knee_db)
        released = max(reduction, release * released + (1 - release) * reduction)
        smoothed = attack * smoothed + (1 - attack) * released
        gain = 10 ** ((chosen.makeup_db - smoothed) / 20)
        result.append((left * gain, right * gain))
    return np.array(result, np.float32).T


@pytest.mark.parametrize("chosen", [CompressorSettings(), *EXTREMES])
def test_the_loop_does_what_the_paper_says(chosen: CompressorSettings) -> None:
    samples = noise(4000, 0.5)
    assert through(Compressor(chosen, RATE_HZ), samples) == pytest.approx(twin(samples, chosen), abs=2e-6)


@settings(max_examples=10, deadline=None)
@given(block=st.integers(1, 700))
def test_any_cutting_gives_the_same_bits(block: int) -> None:
    samples = noise(2000)
    whole = through(Compressor(EXTREMES[0], RATE_HZ), samples)
    assert np.array_equal(through(Compressor(EXTREMES[0], RATE_HZ), samples, block), whole)


@pytest.mark.parametrize("chosen", EXTREMES)
def test_extremes_stay_numbers_and_silence_stays_silence(chosen: CompressorSettings) -> None:
    loud = np.concatenate([sine(3000, 50, 40.0), np.zeros((2, 3000), np.float32), noise(3000, 1e-6)], axis=1)
    result = through(Compressor(chosen, RATE_HZ), loud)
    assert np.isfinite(result).all()
    assert not result[:, 3000:6000].any()


def test_both_channels_get_one_gain() -> None:
    samples = noise(4000, 0.5)
    samples[1] = samples[0] * np.float32(0.25)
    result = through(Compressor(CompressorSettings(-40, 10), RATE_HZ), samples)
    assert result[1] == pytest.approx(result[0] / 4, abs=1e-7)


def test_what_is_soft_passes_as_it_is() -> None:
    samples = noise(4000, 0.001)
    assert np.array_equal(through(Compressor(CompressorSettings(), RATE_HZ), samples), samples)


def test_a_reduction_ends_at_exactly_nothing() -> None:
    state = np.array([1e-10, 1e-10])
    samples = np.zeros((2, 1), np.float32)
    compress(samples, samples.copy(), (-20.0, 0.5, 6.0, 0.0), (0.9, 0.99), state)
    assert not state.any()
