"""The gain that brings sound to a loudness, although a limiter behind it takes some of it back.

Loudness is that of ITU-R BS.1770-4 (`media/analysis/loudness.py`), measured at 48 kHz whatever the rate of the sound.
"""

from collections.abc import Callable, Iterable
from typing import Final

import numpy as np
import soxr

from media.analysis.loudness import LoudnessMeter
from media.pcm import CHANNELS, RATE, Pcm, Samples

# A quarter of what is promised.
_CLOSE_LU: Final = 0.025
_MOST_ROUNDS: Final = 6
# Beyond it is only noise to be raised.
_MOST_GAIN_DB: Final = 40.0


def loudness_of(blocks: Iterable[Samples], rate_hz: int) -> float | None:
    """Integrated loudness in LUFS of blocks of shape (2, frames); None if nothing passes the gates."""
    meter = LoudnessMeter()
    resampler = None if rate_hz == RATE else soxr.ResampleStream(rate_hz, RATE, CHANNELS, dtype="float32")
    for block in blocks:
        sound = block if resampler is None else resampler.resample_chunk(np.ascontiguousarray(block.T)).T
        meter.add(Pcm(np.ascontiguousarray(sound, dtype=np.float32)))
    if resampler is not None:
        rest = resampler.resample_chunk(np.zeros((0, CHANNELS), np.float32), last=True)
        meter.add(Pcm(np.ascontiguousarray(rest.T, dtype=np.float32)))
    return meter.loudness_lufs


def gain_towards(target_lufs: float, unlimited_lufs: float | None, limited: Callable[[float], float | None]) -> float:
    """Gain in dB after which the limiter leaves `target_lufs`, within 0.1 LU if its ceiling allows that at all.

    Args:
        target_lufs: Where to.
        unlimited_lufs: Loudness without gain and limiter; None needs no gain.
        limited: Renders with a gain and returns the loudness behind the limiter.
    """
    if unlimited_lufs is None:
        return 0.0
    gain_db = min(target_lufs - unlimited_lufs, _MOST_GAIN_DB)
    for _ in range(_MOST_ROUNDS):
        reached = limited(gain_db)
        if reached is None or abs(target_lufs - reached) <= _CLOSE_LU:
            break
        gain_db = min(gain_db + target_lufs - reached, _MOST_GAIN_DB)
    return gain_db
