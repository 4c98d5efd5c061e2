"""A compressor: turns down what is louder than a threshold, both channels alike.

Source: D. Giannoulis, M. Massberg, J. D. Reiss, "Digital dynamic range compressor design", JAES 60(6), 2012: feed-forward,
level in dB, soft knee (eq. 4), smooth decoupled peak detector (eq. 17). No lookahead, so no latency.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from media.compiled import compiled
from media.effects.settings import CompressorSettings
from media.pcm import Samples

_LN10: Final = math.log(10)


class Compressor:
    """Works block by block; how sound is cut into blocks changes nothing."""

    latency_frames = 0
    tail_frames = 0

    def __init__(self, settings: CompressorSettings, rate_hz: int) -> None:
        self._threshold_db = settings.threshold_db
        self._slope = 1 - 1 / settings.ratio
        self._knee_db = settings.knee_db
        self._keeps = (
            math.exp(-1 / (settings.attack_seconds * rate_hz)),
            math.exp(-1 / (settings.release_seconds * rate_hz)),
        )
        self._makeup_db = settings.makeup_db
        # Reduction in dB as released and as smoothed.
        self._state = np.zeros(2)

    def process(self, samples: Samples) -> Samples:
        """The next frames (float32, shape (2, frames)), as they come out."""
        compressed = np.empty_like(samples)
        compress(
            samples,
            compressed,
            (self._threshold_db, self._slope, self._knee_db, self._makeup_db),
            self._keeps,
            self._state,
        )
        return compressed


@compiled
def compress(
    samples: Samples,
    compressed: Samples,
    curve: tuple[float, float, float, float],
    keeps: tuple[float, float],
    state: NDArray[np.float64],
) -> None:
    """Write `samples` with their gain to `compressed`, both float32 of shape (2, frames).

    Args:
        samples: What comes in.
        compressed: Where it goes.
        curve: Threshold in dB, 1 - 1 / ratio, width of the knee in dB, makeup in dB.
        keeps: Share of a reduction that is kept per frame, while it grows and while it recedes.
        state: Reduction in dB, released and smoothed; changed.
    """
    threshold_db, slope, knee_db, makeup_db = curve
    attack_keep, release_keep = keeps
    # Softer frames than this are on the straight part of the curve; telling so is cheaper than a logarithm.
    least = math.exp((threshold_db - knee_db / 2) * _LN10 / 20)
    makeup = math.exp(makeup_db * _LN10 / 20)
    released = state[0]
    smoothed = state[1]
    for frame in range(samples.shape[1]):
        left = float(samples[0, frame])
        right = float(samples[1, frame])
        peak = max(abs(left), abs(right))
        reduction = 0.0
        if peak > least:
            over = 20 * math.log10(peak) - threshold_db
            if 2 * over >= knee_db:
                reduction = slope * over
            elif knee_db > 0:
                reduction = slope * (over + knee_db / 2) ** 2 / (2 * knee_db)
        released = max(reduction, release_keep * released + (1 - release_keep) * reduction)
        smoothed = attack_keep * smoothed + (1 - attack_keep) * released
        if smoothed < 1e-9:
            smoothed = 0.0
            if released < 1e-9:
                released = 0.0
        gain = makeup if smoothed == 0.0 else math.exp((makeup_db - smoothed) * _LN10 / 20)
        compressed[0, frame] = left * gain
        compressed[1, frame] = right * gain
    state[0] = released
    state[1] = smoothed
