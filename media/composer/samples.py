"""Sample buffers of the composer: their shape, rate and how sounds are laid into them."""

from typing import Final

import numpy as np

from media.pcm import RATE, Samples

SAMPLE_RATE: Final = RATE
"""Frames per second of everything the composer makes: 48 000."""

Audio = Samples
"""float32, shape (2, frames) for stereo or (frames,) for mono, C-contiguous, nominal range -1..1."""


def frames_of(seconds: float) -> int:
    """Nearest whole number of frames."""
    return round(seconds * SAMPLE_RATE)


def silence(frames: int) -> Audio:
    """A stereo buffer of zeros."""
    return np.zeros((2, frames), np.float32)


def lay(sound: Audio, into: Audio, at_frame: int, left: float = 1.0, right: float = 1.0) -> None:
    """Add `sound` (mono or stereo) to the stereo buffer `into` from `at_frame` on; what lies outside is cut off."""
    start = max(0, -at_frame)
    stop = min(sound.shape[-1], into.shape[1] - at_frame)
    if stop <= start:
        return
    span = slice(at_frame + start, at_frame + stop)
    if sound.ndim == 1:
        into[0, span] += sound[start:stop] * np.float32(left)
        into[1, span] += sound[start:stop] * np.float32(right)
    else:
        into[0, span] += sound[0, start:stop] * np.float32(left)
        into[1, span] += sound[1, start:stop] * np.float32(right)


def pan_gains(pan: float) -> tuple[float, float]:
    """Left and right gain of constant power for `pan` in -1 (left) … 1 (right); the middle is 1, 1."""
    angle = (pan + 1) * np.pi / 4
    return float(np.cos(angle) * np.sqrt(2)), float(np.sin(angle) * np.sqrt(2))


def ease_ends(sound: Audio, in_frames: int = 48, out_frames: int = 240) -> Audio:
    """Raise the first and lower the last frames along a raised cosine, in place, so that no edge clicks."""
    rise = min(in_frames, sound.shape[-1] // 2)
    fall = min(out_frames, sound.shape[-1] // 2)
    if rise:
        sound[..., :rise] *= (0.5 - 0.5 * np.cos(np.pi * (np.arange(rise) + 0.5) / rise)).astype(np.float32)
    if fall:
        sound[..., -fall:] *= (0.5 + 0.5 * np.cos(np.pi * (np.arange(fall) + 0.5) / fall)).astype(np.float32)
    return sound


def decibels(gain_db: float) -> float:
    """Linear gain of a level in dB."""
    return float(10.0 ** (gain_db / 20.0))
