"""Sounds whose stretched form is known."""

import numpy as np
from numpy.typing import NDArray

from tests.media.sounds import Array

RATE_HZ = 44_100


def hits(frames: int, *, seed: int = 1, every: int = 9000) -> tuple[Array, NDArray[np.int64]]:
    """Decaying bursts of noise in both channels, and where they begin."""
    random = np.random.default_rng(seed)
    samples = np.zeros((2, frames), np.float32)
    at = np.arange(every // 2, frames - every // 2, every)
    decay = np.exp(-np.arange(2000) / 300) * 0.3
    for begin in at:
        burst = random.uniform(0.5, 1, (2, 2000)) * random.choice([-1, 1], (2, 2000)) * decay
        part = samples[:, begin : begin + 2000]
        part += burst[:, : part.shape[1]]
    return samples, at


def tone(frames: int, hertz: float = 440.3, rate_hz: int = RATE_HZ) -> Array:
    """One sine, right channel one radian ahead and softer."""
    phase = 2 * np.pi * hertz * np.arange(frames) / rate_hz
    return np.stack([0.3 * np.sin(phase), 0.2 * np.sin(phase + 1)]).astype(np.float32)


def tone_parts(
    samples: Array, hertz: float, rate_hz: int = RATE_HZ
) -> tuple[NDArray[np.complex128], NDArray[np.float64]]:
    """Complex amplitude of the sine in each channel, and the signal-to-noise ratio of each in dB, without the edges."""
    edge = samples.shape[1] // 6
    part = samples[:, edge:-edge].astype(np.float64)
    angle = 2 * np.pi * hertz * np.arange(part.shape[1]) / rate_hz
    basis = np.stack([np.cos(angle), np.sin(angle)]).T
    found = np.linalg.lstsq(basis, part.T, rcond=None)[0]
    rest = part - (basis @ found).T
    ratio = 10 * np.log10((part**2).sum(axis=1) / (rest**2).sum(axis=1))
    return found[0] - 1j * found[1], ratio
