"""Shapes over time: attack and release of notes, and curves drawn through points."""

from collections.abc import Sequence

import numpy as np

from media.composer.samples import SAMPLE_RATE, Audio, frames_of


def held_shape(held_seconds: float, attack: float, decay: float, sustain: float, release: float) -> Audio:
    """Level of a note held for `held_seconds`: rise, exponential fall to `sustain` (0 … 1), exponential release.

    Times in seconds; `decay` and `release` are the times to fall by 60 dB of what there is to fall. The length is
    held plus release, and the last frame is 0, so nothing clicks.
    """
    held = max(frames_of(held_seconds), 1)
    tail = max(frames_of(release), 1)
    rise = min(max(frames_of(attack), 1), held)
    level = np.empty(held + tail, np.float32)
    level[:rise] = np.sin(np.linspace(0.0, np.pi / 2, rise, dtype=np.float32)) ** 2
    ago = np.arange(held - rise, dtype=np.float32) / SAMPLE_RATE
    level[rise:held] = sustain + (1.0 - sustain) * np.exp(-6.9 * ago / max(decay, 1e-3))
    # From 60 dB down to nothing by a straight line: an exponential alone would end in a step.
    place = np.linspace(0.0, 1.0, tail, dtype=np.float32)
    level[held:] = level[held - 1] * np.exp(-6.9 * place) * (1.0 - place)
    return level


def fading(frames: int, seconds: float) -> Audio:
    """An exponential fall by 60 dB in `seconds`, from 1 on."""
    level: Audio = np.exp(np.arange(frames, dtype=np.float32) * np.float32(-6.9 / (seconds * SAMPLE_RATE)))
    return level


def curve(points: Sequence[tuple[float, float]], frames: int) -> Audio:
    """Straight lines through (second, value) points, constant before the first and after the last."""
    seconds = [point[0] for point in points]
    values = [point[1] for point in points]
    # A value every 64 frames is far above what an ear follows, and interpolating the rest by repetition of lines is
    # exact enough.
    coarse = np.interp(np.arange(0, frames + 64, 64) / SAMPLE_RATE, seconds, values)
    return np.interp(np.arange(frames), np.arange(coarse.size) * 64, coarse).astype(np.float32)
