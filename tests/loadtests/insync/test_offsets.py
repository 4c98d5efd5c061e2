import numpy as np
import pytest
from numpy.typing import NDArray

from loadtests.insync.offsets import offsets_between
from loadtests.insync.pulse import RATE

pytestmark = pytest.mark.slow


def music(seconds: float, seed: int = 1) -> NDArray[np.float64]:
    """Chords, a bass and hits on a beat of half a second; band-limited, so that it can be shifted by any fraction."""
    draws = np.random.default_rng(seed)
    frames = round(seconds * RATE)
    at = np.arange(frames) / RATE
    sound = 0.2 * np.sin(2 * np.pi * 55 * at)
    for start in range(0, frames, RATE // 2):
        tone = 220 * 2 ** (draws.integers(0, 24) / 12)
        length = min(RATE // 2, frames - start)
        decay = np.exp(-at[:length] * 8)
        sound[start : start + length] += decay * (
            0.2 * np.sin(2 * np.pi * tone * at[:length]) + 0.1 * draws.standard_normal(length)
        )
    return sound


def shifted(sound: NDArray[np.float64], frames: float) -> NDArray[np.float32]:
    spectrum = np.fft.rfft(sound)
    turns = np.exp(-2j * np.pi * np.fft.rfftfreq(len(sound)) * frames)
    return np.fft.irfft(spectrum * turns, len(sound)).astype(np.float32)


@pytest.mark.parametrize("milliseconds", [0, 0.01, 0.1, 5, 20, -37.123, 250])
def test_a_computed_delay_is_found_to_a_tenth_of_a_microsecond(milliseconds: float) -> None:
    sound = music(6)
    found = offsets_between(shifted(sound, 0), shifted(sound, milliseconds * RATE / 1e3))
    inside = [each.milliseconds for each in found if 0.6 < each.at < 5.4]
    assert len(inside) >= 15
    assert max(abs(each - milliseconds) for each in inside) < 1e-4


def test_strangers_and_silence_are_left_out() -> None:
    sound = shifted(music(6), 0)
    assert offsets_between(sound, shifted(music(6, seed=2), 0)) == []
    assert offsets_between(sound, np.zeros_like(sound)) == []


def test_a_loop_that_repeats_within_reach_is_not_guessed() -> None:
    bar = shifted(music(0.25), 0)
    loop = np.tile(bar, 24)
    assert offsets_between(loop, loop) == []


def test_a_slightly_faster_player_is_followed() -> None:
    sound = music(6)
    at = np.arange(len(sound)) * 1.0005
    faster = np.interp(at, np.arange(len(sound)), sound).astype(np.float32)
    found = offsets_between(shifted(sound, 0), faster)
    assert len(found) >= 15
    assert all(abs(each.milliseconds + 0.5 * each.at) < 0.2 for each in found)
