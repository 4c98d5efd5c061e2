"""Signals whose beats are known to the sample."""

from collections.abc import Sequence

import numpy as np

from media.pcm import RATE
from tests.media.sounds import Array


def hits(seconds: Sequence[float], length: float, *, seed: int = 1) -> Array:
    """Noise bursts of a tenth of a second at `seconds`, over a soft hiss; float32, shape (2, frames)."""
    random = np.random.default_rng(seed)
    samples = 0.001 * random.standard_normal((2, round(length * RATE)))
    burst = np.exp(-np.arange(RATE // 10) / 700)
    for at in seconds:
        first = round(at * RATE)
        stroke = 0.4 * burst * random.standard_normal(burst.size)
        samples[:, first : first + stroke.size] += stroke[: samples.shape[1] - first]
    return samples.astype(np.float32)


def share_found(expected: Sequence[float], found: Sequence[float], within: float) -> float:
    """F measure: beats found and expected that lie `within` seconds of each other, 0 … 1."""
    wanted, got = np.asarray(expected), np.asarray(found)
    if not wanted.size or not got.size:
        return 0.0
    near = np.abs(wanted[:, None] - got[None, :]) <= within
    return float(2 * min(near.any(axis=1).sum(), near.any(axis=0).sum()) / (wanted.size + got.size))
