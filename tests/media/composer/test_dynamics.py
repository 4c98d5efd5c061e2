import numpy as np
import pytest

from media.composer.dynamics import compression, limiting
from media.composer.oscillators import noise, sine, steps


def test_the_limiter_is_down_before_a_peak_comes() -> None:
    envelope = np.full(48_000, 0.2, np.float32)
    envelope[24_000] = 2.0
    gain = limiting(envelope, 0.5)
    assert np.all(gain * envelope <= 0.5 + 1e-6)
    assert gain[24_000 - 50] < 0.5
    assert gain[0] == 1
    assert np.abs(np.diff(gain)).max() < 0.02


@pytest.mark.parametrize("seed", range(5))
def test_nothing_passes_the_ceiling(seed: int) -> None:
    envelope = np.abs(noise(20_000, np.random.default_rng(seed))) * 4
    assert np.max(limiting(envelope, 0.8) * envelope) <= 0.8 + 1e-5


def test_the_limiter_recovers() -> None:
    envelope = np.zeros(96_000, np.float32)
    envelope[0] = 4.0
    assert limiting(envelope, 0.5, release=0.1)[-1] > 0.999


def test_the_compressor_follows_its_ratio() -> None:
    loud = np.tile(sine(steps(200, 96_000)), (2, 1))
    gain = compression(loud, threshold_db=-15, ratio=2)
    # A full-scale sine has a mean power of -3 dB: 12 over the threshold, 6 of which go.
    assert 20 * np.log10(gain[-4800:].mean()) == pytest.approx(-6, abs=0.3)


def test_the_compressor_leaves_quiet_music_alone() -> None:
    quiet = 0.05 * np.tile(sine(steps(200, 48_000)), (2, 1))
    assert np.all(compression(quiet, -15, 2) == 1)
