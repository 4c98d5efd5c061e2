import math

import numpy as np
import pytest
from scipy.signal import resample_poly

from media.composer.filters import lowpass
from media.composer.loudness import loudness_lufs, peak_envelope, true_peak_db
from media.composer.oscillators import noise, sine, steps


def test_a_full_scale_kilohertz_in_both_channels_is_at_zero() -> None:
    tone = np.tile(sine(steps(997, 96_000)), (2, 1))
    assert loudness_lufs(tone) == pytest.approx(0.0, abs=0.1)


def test_silence_has_no_loudness() -> None:
    assert loudness_lufs(np.zeros((2, 48_000), np.float32)) == -math.inf
    assert true_peak_db(np.zeros((2, 48_000), np.float32)) == -math.inf


def test_the_envelope_finds_peaks_between_samples() -> None:
    # A quarter of the rate, sampled at 45 degrees: no sample is above 0.71, the wave reaches 1.
    turns = 0.25 * np.arange(9600) + 0.125
    tone = np.tile(np.sin(2 * np.pi * turns).astype(np.float32), (2, 1))
    envelope = peak_envelope(tone, floor=0.1)
    assert envelope[1000:-1000].min() == pytest.approx(1.0, abs=0.01)
    assert true_peak_db(tone) == pytest.approx(0, abs=0.1)


def test_the_envelope_covers_an_oversampled_signal() -> None:
    sound = lowpass(noise(9600, np.random.default_rng(1)).reshape(2, 4800), 12_000, 4)
    fine = np.abs(resample_poly(sound, 4, 1, axis=1)).max(axis=0).reshape(4800, 4).max(axis=1)
    envelope = peak_envelope(sound, floor=0.0)
    assert np.all(envelope[20:-20] > fine[20:-20] - 0.03)


def test_quiet_stretches_are_told_by_their_samples() -> None:
    sound = 0.01 * noise(9600, np.random.default_rng(1)).reshape(2, 4800)
    assert np.array_equal(peak_envelope(sound, floor=0.5), np.abs(sound).max(axis=0))
