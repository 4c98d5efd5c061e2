import numpy as np
import pyloudnorm
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st

from media.analysis.loudness import HOP_FRAMES, K_WEIGHTING, LoudnessMeter
from tests.media.sounds import Array, as_pcm, music


def loudness_of(samples: Array, cuts: list[int] | None = None) -> float | None:
    meter = LoudnessMeter()
    for piece in np.split(samples, sorted(cuts or []), axis=1):
        meter.add(as_pcm(piece))
    return meter.loudness_lufs


def plain(samples: Array) -> float:
    """The kernel's twin in scipy, straight from the recommendation."""
    weighted = samples.astype(np.float64)
    for row in K_WEIGHTING:
        weighted = scipy.signal.lfilter(row[:3], [1.0, *row[3:]], weighted)
    power = [
        (weighted[:, at : at + 4 * HOP_FRAMES] ** 2).mean(axis=1).sum()
        for at in range(0, samples.shape[1] - 4 * HOP_FRAMES + 1, HOP_FRAMES)
    ]
    blocks = np.array(power)
    levels = -0.691 + 10 * np.log10(np.maximum(blocks, 1e-30))
    gate = -0.691 + 10 * np.log10(blocks[levels > -70].mean()) - 10
    return float(-0.691 + 10 * np.log10(blocks[(levels > -70) & (levels > gate)].mean()))


def tone(level_db: float, seconds: float, hertz: float = 1000.0) -> Array:
    t = np.arange(int(48_000 * seconds)) / 48_000
    wave = 10 ** (level_db / 20) * np.sin(2 * np.pi * hertz * t)
    return np.stack([wave, wave]).astype(np.float32)


@pytest.mark.parametrize(
    ("sound", "lufs"),
    [
        # EBU Tech 3341, cases 1 to 5: tolerance 0.1 LU.
        ([(-23.0, 20.0)], -23.0),
        ([(-33.0, 20.0)], -33.0),
        ([(-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0)], -23.0),
        ([(-72.0, 10.0), (-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0), (-72.0, 10.0)], -23.0),
        ([(-26.0, 20.0), (-20.0, 20.1), (-26.0, 20.0)], -23.0),
    ],
)
@pytest.mark.slow
def test_the_signals_of_the_ebu_measure_as_they_should(sound: list[tuple[float, float]], lufs: float) -> None:
    samples = np.concatenate([tone(level, seconds) for level, seconds in sound], axis=1)
    assert loudness_of(samples) == pytest.approx(lufs, abs=0.1)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_kernel_equals_its_plain_twin(seed: int) -> None:
    samples = music(48_000 * 4, seed=seed)
    samples[:, 48_000:96_000] *= 0.01
    assert loudness_of(samples) == pytest.approx(plain(samples), abs=1e-9)


@pytest.mark.slow
def test_another_implementation_agrees_within_a_tenth() -> None:
    samples = music(48_000 * 10)
    other = pyloudnorm.Meter(48_000).integrated_loudness(samples.T.astype(np.float64))
    assert loudness_of(samples) == pytest.approx(other, abs=0.1)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(0, 60_000), max_size=8))
def test_cutting_the_sound_changes_not_one_bit(cuts: list[int]) -> None:
    samples = music(60_000)
    assert loudness_of(samples, cuts) == loudness_of(samples)


def test_silence_and_snippets_have_no_loudness() -> None:
    assert loudness_of(np.zeros((2, 96_000), np.float32)) is None
    assert loudness_of(music(HOP_FRAMES * 4 - 1)) is None
    assert loudness_of(tone(-75, 2)) is None
    assert loudness_of(np.zeros((2, 0), np.float32)) is None


@pytest.mark.slow
def test_long_silence_after_music_costs_no_more_than_music() -> None:
    import time

    meter = LoudnessMeter()
    meter.add(as_pcm(music(48_000)))

    def cost(samples: Array) -> float:
        pcm = as_pcm(samples)
        began = time.process_time()
        for _ in range(10):
            meter.add(pcm)
        return time.process_time() - began

    loud = cost(music(96_000))
    # Filters that fade into denormal numbers would take some ten times as long.
    assert cost(np.zeros((2, 96_000), np.float32)) < 3 * loud + 0.01
