import numpy as np
import pytest

from media.composer.oscillators import hertz, noise
from media.composer.resonators import string, struck


def loudest_hz(sound: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(sound.size), 1 << 19))
    return float(np.fft.rfftfreq(1 << 19, 1 / 48_000)[spectrum.argmax()])


def test_a_struck_body_equals_its_plain_twin() -> None:
    seconds = np.arange(4800) / 48_000
    expected = sum(
        gain * np.sin(2 * np.pi * hz * seconds) * 10 ** (-3 * seconds / decay)
        for hz, gain, decay in ((440, 1.0, 0.5), (1200, 0.3, 0.2))
    )
    assert np.abs(struck([440, 1200], [1.0, 0.3], [0.5, 0.2], 4800) - expected).max() < 1e-4


def test_partials_beyond_hearing_are_left_out() -> None:
    assert not np.any(struck([17_000], [1.0], [1.0], 100))


@pytest.mark.parametrize("pitch", [40, 52, 64, 76])
def test_a_string_is_in_tune(pitch: int) -> None:
    ringing = string(noise(200, np.random.default_rng(1)), hertz(pitch), 0.6, 3.0, 48_000)
    # Only around the fundamental: another partial may be the loudest.
    spectrum = np.abs(np.fft.rfft(ringing * np.hanning(ringing.size), 1 << 19))
    frequencies = np.fft.rfftfreq(1 << 19, 1 / 48_000)
    near = np.abs(12 * np.log2(np.maximum(frequencies, 1) / hertz(pitch))) < 3
    found = frequencies[near][spectrum[near].argmax()]
    assert abs(1200 * np.log2(found / hertz(pitch))) < 5


def test_a_string_dies_away() -> None:
    ringing = string(noise(200, np.random.default_rng(1)), 220, 0.6, 1.0, 96_000)
    assert np.abs(ringing[-4800:]).max() < 0.01 * np.abs(ringing[:4800]).max()


def test_the_fundamental_of_a_bar_is_its_pitch() -> None:
    assert loudest_hz(struck([523.25, 1046.5], [1, 0.2], [2, 1], 48_000)) == pytest.approx(523.25, abs=0.2)
