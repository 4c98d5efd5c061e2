"""Sounds with nothing in them that is like anything else in them, and ways to bend them by known amounts."""

import numpy as np
from numpy.typing import NDArray

from loadtests.insync.pulse import RATE
from loadtests.insync.recording import Recording, Signal

Sound = NDArray[np.float64]


def hits(seconds: float, seed: int) -> Sound:
    """Decaying noises on a beat of a third of a second, below 12 kHz."""
    draws = np.random.default_rng(seed)
    sound = np.zeros(round(seconds * RATE))
    for start in range(0, len(sound), RATE // 3):
        length = min(RATE // 3, len(sound) - start)
        sound[start : start + length] = 0.2 * np.exp(-np.arange(length) / 4_000) * draws.standard_normal(length)
    spectrum = np.fft.rfft(sound)
    spectrum[np.fft.rfftfreq(len(sound), 1 / RATE) > 12_000] = 0
    return np.fft.irfft(spectrum, len(sound))


def later(sound: Sound, milliseconds: float) -> Sound:
    """The same, later by any fraction of a sample; around the ends it is not the same."""
    turns = np.exp(-2j * np.pi * np.fft.rfftfreq(len(sound)) * milliseconds * RATE / 1e3)
    return np.fft.irfft(np.fft.rfft(sound) * turns, len(sound))


def signal(sound: Sound) -> Signal:
    """As it is recorded."""
    return sound.astype(np.float32)


def recording_of(*sounds: Sound) -> Recording:
    """What listeners would have heard, both channels alike."""
    return Recording(np.repeat(np.stack([signal(sound) for sound in sounds], axis=1), 2, axis=1))
