import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.analysis.audible import AudibleMeter
from tests.media.sounds import Array, as_pcm, music


def ends_of(samples: Array, cuts: list[int] | None = None) -> tuple[int, int] | None:
    meter = AudibleMeter()
    for piece in np.split(samples, sorted(cuts or []), axis=1):
        meter.add(as_pcm(piece))
    return meter.ends


def test_silence_around_the_sound_is_left_out() -> None:
    samples = np.zeros((2, 100_000), np.float32)
    samples[:, 30_000:60_000] = music(30_000)
    found = ends_of(samples)
    assert found is not None
    assert 30_000 <= found[0] < 30_050
    # The high pass of 20 Hz rings for some milliseconds.
    assert 60_000 <= found[1] < 61_500


def test_each_channel_counts() -> None:
    samples = np.zeros((2, 50_000), np.float32)
    samples[0, 20_000] = 0.1
    samples[1, 30_000] = -0.1
    found = ends_of(samples)
    assert found is not None
    assert found[0] == 20_000
    assert 30_000 < found[1] < 30_000 + 1_500


@pytest.mark.parametrize("level", [0.0, 0.0005, 0.2, -1.0])
def test_an_offset_is_no_sound(level: float) -> None:
    assert ends_of(np.full((2, 50_000), level, np.float32)) is None


def test_what_is_fainter_than_sixty_decibels_is_silence() -> None:
    wave = np.sin(2 * np.pi * 1_000 * np.arange(20_000) / 48_000)
    assert ends_of(np.stack([wave, wave]).astype(np.float32) * np.float32(0.0009)) is None
    assert ends_of(np.stack([wave, wave]).astype(np.float32) * np.float32(0.0012)) is not None


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 20_000), max_size=8))
def test_cutting_the_sound_changes_nothing(cuts: list[int]) -> None:
    samples = np.zeros((2, 20_000), np.float32)
    samples[:, 4_000:9_000] = music(5_000)
    assert ends_of(samples, cuts) == ends_of(samples)


def test_nothing_has_no_ends() -> None:
    assert ends_of(np.zeros((2, 0), np.float32)) is None
    assert AudibleMeter().findings() == {"audible_from": None, "audible_until": None}
