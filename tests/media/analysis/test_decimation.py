import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.analysis.decimation import LOW_PASS, MONO_RATE, Decimator, decimate
from media.pcm import RATE
from tests.media.sounds import Array, as_pcm, music


def mono_of(samples: Array, cuts: list[int] | None = None) -> Array:
    decimator = Decimator()
    pieces = [decimator.mono(as_pcm(piece)) for piece in np.split(samples, sorted(cuts or []), axis=1)]
    return np.concatenate([*pieces, decimator.rest()])


def tone(hertz: float, frames: int = RATE) -> Array:
    wave = np.sin(2 * np.pi * hertz * np.arange(frames) / RATE)
    return np.stack([wave, wave]).astype(np.float32)


def test_the_kernel_equals_its_plain_twin() -> None:
    samples = music(10_000)
    plain = np.convolve(samples.sum(axis=0, dtype=np.float64), LOW_PASS[::-1].astype(np.float64), "valid")[::4]
    assert np.abs(decimate(samples, LOW_PASS, plain.size) - plain).max() < 1e-5


@pytest.mark.parametrize("hertz", [50, 440, 3_000, 5_000])
def test_what_lies_below_five_kilohertz_passes_at_its_place(hertz: float) -> None:
    mono = mono_of(tone(hertz))[50:-50]
    at = np.arange(50, 50 + mono.size) / MONO_RATE
    # The filter is centred between two samples: 10 µs.
    expected = np.sin(2 * np.pi * hertz * (at - 0.5 / RATE))
    assert np.abs(mono - expected).max() < 0.01


@pytest.mark.parametrize("hertz", [7_000, 9_500, 12_000, 20_000])
def test_what_lies_above_seven_kilohertz_does_not(hertz: float) -> None:
    assert np.abs(mono_of(tone(hertz))[50:-50]).max() < 0.002


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 6_000), max_size=8), st.integers(0, 6_000))
def test_cutting_the_sound_changes_not_one_bit(cuts: list[int], frames: int) -> None:
    samples = music(6_000)[:, :frames]
    whole = mono_of(samples)
    assert np.array_equal(mono_of(samples, cuts), whole)
    assert abs(whole.size - frames / 4) <= 1
