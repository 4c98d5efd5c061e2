import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st

from media.analysis.true_peak import PHASES, TruePeakMeter
from tests.media.sounds import Array, as_pcm, music


def peak_of(samples: Array, cuts: list[int] | None = None) -> float | None:
    meter = TruePeakMeter()
    for piece in np.split(samples, sorted(cuts or []), axis=1):
        meter.add(as_pcm(piece))
    return meter.true_peak_db


def plain(samples: Array) -> float:
    """The kernel's twin: every sample and every interpolation, nothing skipped."""
    peak = float(np.abs(samples).max())
    for channel in samples:
        for phase in PHASES:
            peak = max(peak, float(np.abs(np.convolve(channel, phase[::-1])).max()))
    return 20 * float(np.log10(peak))


def tone(hertz: float, phase: float = 0.0, frames: int = 9_600) -> Array:
    wave = np.sin(2 * np.pi * hertz * np.arange(frames) / 48_000 + phase) * np.hanning(frames)
    return np.stack([0 * wave, wave]).astype(np.float32)


def test_a_peak_between_the_samples_is_found() -> None:
    samples = tone(12_000, np.pi / 4)
    assert 20 * np.log10(np.abs(samples).max()) == pytest.approx(-3.01, abs=0.01)
    assert peak_of(samples) == pytest.approx(0.0, abs=0.02)


@pytest.mark.parametrize("hertz", [100, 997, 5_000, 11_025, 15_000, 18_000, 20_000])
def test_tones_measure_as_by_a_sixty_four_fold_oversampling(hertz: float) -> None:
    samples = tone(hertz, 0.3)
    fine = scipy.signal.resample(samples[1].astype(np.float64), 64 * samples.shape[1])
    reference = 20 * np.log10(np.abs(fine).max())
    # What fourfold oversampling itself can miss: the cosine of an eighth of the tone's period in steps of 1/192 000 s.
    blind = -20 * np.log10(np.cos(np.pi * hertz / 192_000))
    measured = peak_of(samples)
    assert measured is not None
    assert reference - blind - 0.03 <= measured <= reference + 0.03


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_skipping_what_cannot_matter_misses_nothing(seed: int) -> None:
    samples = music(48_000, seed=seed)
    assert peak_of(samples) == pytest.approx(plain(samples), abs=1e-5)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 9_000), max_size=8), st.integers(1, 50))
def test_cutting_the_sound_changes_not_one_bit(cuts: list[int], seed: int) -> None:
    samples = music(9_000, seed=seed)
    assert peak_of(samples, cuts) == peak_of(samples)


def test_silence_has_no_peak_and_the_very_ends_count() -> None:
    assert peak_of(np.zeros((2, 1_000), np.float32)) is None
    for at in (0, 999):
        samples = np.zeros((2, 1_000), np.float32)
        samples[0, at] = -0.5
        assert peak_of(samples) == pytest.approx(-6.0206, abs=1e-3)
