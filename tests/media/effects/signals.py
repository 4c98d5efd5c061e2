"""Sounds and readings for the tests of effects."""

import numpy as np
from numpy.typing import NDArray

from media.analysis.true_peak import TruePeakMeter
from media.effects.chain import Effect
from media.pcm import Pcm
from tests.media.sounds import Array

RATE_HZ = 48_000


def through(effect: Effect, samples: Array, block: int | None = None) -> Array:
    """As it comes out in real time, in blocks of this many frames or in one."""
    frames = samples.shape[1]
    pieces = [samples[:, at : at + (block or frames)] for at in range(0, frames, block or frames)]
    return np.concatenate([effect.process(np.ascontiguousarray(each)) for each in pieces], axis=1)


def both(row: NDArray[np.floating]) -> Array:
    """The same in both channels."""
    return np.ascontiguousarray(np.stack([row, row]), dtype=np.float32)


def sine(frames: int, hertz: float, level: float = 1.0, rate_hz: int = RATE_HZ) -> Array:
    return both(level * np.sin(2 * np.pi * hertz * np.arange(frames) / rate_hz))


def impulse(frames: int, at: int = 0) -> Array:
    samples = np.zeros((2, frames), np.float32)
    samples[:, at] = 1
    return samples


def noise(frames: int, level: float = 0.25, seed: int = 5) -> Array:
    return (np.random.default_rng(seed).standard_normal((2, frames)) * level).astype(np.float32)


def amplitude(samples: Array, hertz: float, rate_hz: int = RATE_HZ) -> float:
    """Of the sine in the left channel, without its first half."""
    part = samples[0, samples.shape[1] // 2 :].astype(np.float64)
    turns = np.exp(-2j * np.pi * hertz / rate_hz * np.arange(part.size)) * np.hanning(part.size)
    return float(2 * np.abs(part @ turns) / np.hanning(part.size).sum())


def true_peak_db(samples: Array) -> float:
    meter = TruePeakMeter()
    meter.add(Pcm(np.ascontiguousarray(samples)))
    peak = meter.true_peak_db
    return -np.inf if peak is None else peak
