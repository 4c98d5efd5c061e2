import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.analysis.peaks import PEAK_FRAMES, PeakMeter
from tests.media.sounds import Array, as_pcm, music


def peaks_of(samples: Array, cuts: list[int] | None = None) -> bytes:
    meter = PeakMeter()
    for piece in np.split(samples, sorted(cuts or []), axis=1):
        meter.add(as_pcm(piece))
    return meter.to_bytes()


def plain(samples: Array) -> bytes:
    """The kernel's twin, by the definition in the module."""
    loudest = np.abs(samples).max(axis=0)
    starts = range(0, loudest.size, PEAK_FRAMES)
    return bytes(min(255, round(float(255 * loudest[at : at + PEAK_FRAMES].max()))) for at in starts)


def test_one_byte_stands_for_a_twentieth_of_a_second() -> None:
    samples = np.zeros((2, 4_800), np.float32)
    samples[1] = -0.5
    assert peaks_of(samples).hex(" ") == "80 80"


@pytest.mark.parametrize("frames", [0, 1, 2_399, 2_400, 2_401, 100_000])
def test_the_kernel_equals_its_definition(frames: int) -> None:
    samples = 1.6 * music(100_000)[:, :frames]
    assert peaks_of(samples) == plain(samples)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 20_000), max_size=8))
def test_cutting_the_sound_changes_nothing(cuts: list[int]) -> None:
    samples = music(20_000)
    assert peaks_of(samples, cuts) == peaks_of(samples)
