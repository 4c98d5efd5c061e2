"""Dynamics: gain curves that tame a mix. They are returned and not applied, so that every stem can get the same gain."""

import math
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.ndimage import minimum_filter1d, uniform_filter1d

from media.compiled import compiled
from media.composer.samples import SAMPLE_RATE, Audio

_BLOCK_FRAMES: Final = 64


@compiled
def _ballistics(wanted_db: npt.NDArray[np.float64], attack: float, release: float) -> npt.NDArray[np.float64]:
    """Follow `wanted_db` down with `attack` and up with `release`, both as the share that is kept per block."""
    smooth = np.empty_like(wanted_db)
    level = 0.0
    for block in range(wanted_db.size):
        keep = attack if wanted_db[block] < level else release
        level = keep * level + (1.0 - keep) * wanted_db[block]
        smooth[block] = level
    return smooth


def compression(sound: Audio, threshold_db: float, ratio: float, attack: float = 0.02, release: float = 0.22) -> Audio:
    """Gain of a bus compressor that listens to the mean power of 5 ms of both channels, shape (frames,).

    The knee is 6 dB wide. Times in seconds.
    """
    frames = sound.shape[1]
    blocks = -(-frames // _BLOCK_FRAMES)
    power = np.zeros(blocks * _BLOCK_FRAMES)
    power[:frames] = np.mean(np.square(sound, dtype=np.float32), axis=0)
    power = uniform_filter1d(power.reshape(blocks, _BLOCK_FRAMES).mean(axis=1), 5)
    over = 10 * np.log10(power + 1e-10) - threshold_db
    bent = np.where(over <= -3, 0.0, np.where(over >= 3, over, (over + 3) ** 2 / 12))
    per_block = _BLOCK_FRAMES / SAMPLE_RATE
    smooth = _ballistics((1 / ratio - 1) * bent, math.exp(-per_block / attack), math.exp(-per_block / release))
    places = np.arange(blocks) * _BLOCK_FRAMES + _BLOCK_FRAMES / 2
    gain: Audio = (10 ** (np.interp(np.arange(frames), places, smooth) / 20)).astype(np.float32)
    return gain


@compiled
def _recovering(needed: Audio, keep: float) -> Audio:
    gain = np.empty_like(needed)
    level = 1.0
    for frame in range(needed.size):
        level = 1.0 - keep * (1.0 - level)
        level = min(level, float(needed[frame]))
        gain[frame] = level
    return gain


def limiting(envelope: Audio, ceiling: float, lookahead: float = 0.004, release: float = 0.12) -> Audio:
    """Gain that keeps peaks at or below `ceiling` (linear), shape (frames,).

    It is down before a peak comes: the needed gain is held over `lookahead` seconds on both sides, recovers
    exponentially, and is then averaged over the same span. An average of values that all suffice suffices too.

    Args:
        envelope: Peak magnitude around every frame (`loudness.peak_envelope`).
        ceiling: Linear.
        lookahead: Seconds.
        release: Seconds to recover by 63 %.
    """
    reach = max(1, int(lookahead * SAMPLE_RATE) // 2)
    needed = np.minimum(1.0, ceiling / np.maximum(envelope, 1e-9)).astype(np.float32)
    held = minimum_filter1d(needed, 2 * reach + 1, mode="nearest")
    recovered = _recovering(held, math.exp(-1 / (release * SAMPLE_RATE)))
    return np.asarray(uniform_filter1d(recovered.astype(np.float64), 2 * reach + 1, mode="nearest"), np.float32)
