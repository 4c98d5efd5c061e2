import numpy as np
import pytest
from scipy.signal import butter, sosfilt

from media.composer.filters import bandpass, bell, high_shelf, highpass, lowpass, swept_lowpass
from media.composer.oscillators import noise, sine, steps


def gain_db(filtered: np.ndarray, sound: np.ndarray) -> float:
    return float(20 * np.log10(filtered[..., 24_000:].std() / sound[..., 24_000:].std()))


@pytest.mark.parametrize(("hz", "expected"), [(100, 0), (1000, -3), (4000, -24)])
def test_the_low_pass_has_its_slope(hz: float, expected: float) -> None:
    tone = sine(steps(hz, 48_000))
    assert gain_db(lowpass(tone, 1000), tone) == pytest.approx(expected, abs=0.7)


def test_filters_equal_their_plain_twin() -> None:
    """The compiled sections against scipy's, row by row."""
    sound = noise(20_000, np.random.default_rng(1)).reshape(2, 10_000)
    for made, plain in (
        (highpass(sound, 180, 3), butter(3, 180, "highpass", fs=48_000, output="sos")),
        (lowpass(sound, 5000, 2), butter(2, 5000, "lowpass", fs=48_000, output="sos")),
        (bandpass(sound, 300, 4000), butter(1, [300, 4000], "bandpass", fs=48_000, output="sos")),
    ):
        assert np.abs(made - sosfilt(plain, sound)).max() < 1e-6


def test_filters_leave_their_input_alone() -> None:
    sound = noise(1000, np.random.default_rng(1))
    before = sound.copy()
    highpass(sound, 500)
    assert np.array_equal(sound, before)


@pytest.mark.parametrize(("hz", "expected"), [(30, 0), (320, -6), (8000, 0)])
def test_a_bell_lowers_its_middle(hz: float, expected: float) -> None:
    tone = sine(steps(hz, 48_000))
    assert gain_db(bell(tone, 320, -6), tone) == pytest.approx(expected, abs=0.3)


@pytest.mark.parametrize(("hz", "expected"), [(100, 0), (2600, 2), (16_000, 4)])
def test_a_shelf_raises_what_is_above(hz: float, expected: float) -> None:
    tone = sine(steps(hz, 48_000))
    assert gain_db(high_shelf(tone, 2600, 4), tone) == pytest.approx(expected, abs=0.2)


def test_a_sweep_opens_as_its_corner_rises() -> None:
    tone = sine(steps(3000, 96_000))
    corner = np.repeat(np.array([300, 12_000], np.float32), 48_000)
    filtered = swept_lowpass(np.stack([tone, tone]), corner)
    assert gain_db(filtered[0, :48_000], tone[:48_000]) < -35
    assert gain_db(filtered[1, 48_000:], tone[48_000:]) == pytest.approx(0, abs=0.3)


def test_a_resonant_sweep_stays_bounded() -> None:
    sound = noise(48_000, np.random.default_rng(2))
    corner = (1000 + 900 * np.sin(np.arange(48_000) / 50)).astype(np.float32)
    assert np.abs(swept_lowpass(sound, corner, 1.0)).max() < 20
