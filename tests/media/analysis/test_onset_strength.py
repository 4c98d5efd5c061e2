import numpy as np
import pytest
from numpy.typing import NDArray

from media.analysis.decimation import MONO_RATE
from media.analysis.onset_strength import STRENGTHS_PER_SECOND, OnsetStrength, band_levels
from media.stretch.fourier import roots_of_unity


def heard(mono: NDArray[np.floating]) -> OnsetStrength:
    meter = OnsetStrength()
    meter.add(mono.astype(np.float32))
    return meter


def test_a_click_stands_out_where_it_is() -> None:
    mono = np.zeros(3 * MONO_RATE, np.float32)
    mono[MONO_RATE : MONO_RATE + 5] = 0.5
    strengths = heard(mono).strengths
    assert abs(int(np.argmax(strengths)) - STRENGTHS_PER_SECOND) <= 2
    assert strengths[: STRENGTHS_PER_SECOND - 5].max() == 0


def test_a_held_tone_begins_once() -> None:
    at = np.arange(3 * MONO_RATE) / MONO_RATE
    strengths = heard(0.3 * np.sin(2 * np.pi * 440 * at)).strengths
    assert strengths[:6].max() > 5
    assert strengths[10:].max() < 0.2


@pytest.mark.parametrize("hertz", [300, 1_000, 4_000])
def test_brightness_is_the_middle_of_the_spectrum(hertz: float) -> None:
    at = np.arange(MONO_RATE) / MONO_RATE
    found = heard(0.3 * np.sin(2 * np.pi * hertz * at)).brightness_hz
    assert found == pytest.approx(hertz, rel=0.12)


def test_silence_has_no_brightness_and_no_onset() -> None:
    meter = heard(np.zeros(MONO_RATE, np.float32))
    assert meter.brightness_hz is None
    assert meter.strengths.size >= STRENGTHS_PER_SECOND - 6
    assert not meter.strengths.any()


def test_two_spectra_of_one_transform_are_those_of_two() -> None:
    """The kernel's twin: numpy's real transform of each frame by itself."""
    samples = np.random.default_rng(1).standard_normal(512 + 120).astype(np.float32)
    window = (np.hanning(513)[:-1] / 128).astype(np.float32)
    edges = np.array([2, 5, 9, 200])
    levels = np.empty((2, 3), np.float32)
    band_levels(samples, window, roots_of_unity(512), edges, levels, np.zeros(2))
    for row, first in enumerate((0, 120)):
        power = np.abs(np.fft.rfft(samples[first : first + 512] * window)) ** 2
        for band in range(3):
            expected = np.log(1 + 1_000 * np.sqrt(power[edges[band] : edges[band + 1]].sum()))
            assert levels[row, band] == pytest.approx(expected, rel=1e-4)
