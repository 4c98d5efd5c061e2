import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.analysis.peaks import ZOOMS_PER_SECOND, PeakMeter
from tests.media.sounds import Array, as_pcm, music


def peaks_of(samples: Array, cuts: list[int] | None = None, per_second: int = 20) -> bytes:
    meter = PeakMeter()
    for piece in np.split(samples, sorted(cuts or []), axis=1):
        meter.add(as_pcm(piece))
    return meter.to_bytes(per_second)


def plain(samples: Array, per_second: int) -> bytes:
    """The kernel's twin, by the definition in the module."""
    loudest = np.abs(samples).max(axis=0)
    frames = 48_000 // per_second
    starts = range(0, loudest.size, frames)
    return bytes(min(255, round(float(255 * loudest[at : at + frames].max()))) for at in starts)


def test_one_byte_stands_for_a_twentieth_of_a_second() -> None:
    samples = np.zeros((2, 4_800), np.float32)
    samples[1] = -0.5
    assert peaks_of(samples).hex(" ") == "80 80"


@pytest.mark.parametrize("per_second", ZOOMS_PER_SECOND)
@pytest.mark.parametrize("frames", [0, 1, 239, 240, 2_399, 2_400, 2_401, 100_000])
def test_the_kernel_equals_its_definition(frames: int, per_second: int) -> None:
    samples = 1.6 * music(100_000)[:, :frames]
    assert peaks_of(samples, per_second=per_second) == plain(samples, per_second)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 20_000), max_size=8))
def test_cutting_the_sound_changes_nothing(cuts: list[int]) -> None:
    samples = music(20_000)
    assert peaks_of(samples, cuts) == peaks_of(samples)
