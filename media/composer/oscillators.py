"""Sound sources without aliasing: saw and pulse waves with rounded corners, sines and noise."""

import math

import numpy as np
import numpy.typing as npt

from media.compiled import compiled
from media.composer.samples import SAMPLE_RATE, Audio


def hertz(pitch: float) -> float:
    """Frequency of a MIDI number, A4 = 69 = 440 Hz."""
    return float(440.0 * 2.0 ** ((pitch - 69.0) / 12.0))


def steps(frequency: float | npt.NDArray[np.float64], frames: int) -> Audio:
    """Cycles per frame for `frames` frames, from a constant or a curve in hertz."""
    return np.ascontiguousarray(np.broadcast_to(np.asarray(frequency) / SAMPLE_RATE, (frames,)), dtype=np.float32)


@compiled
def _corner(phase: float, step: float) -> float:
    """What is added near a jump of height 2 to make it band-limited: a polynomial over one frame on either side.

    Source: V. Välimäki and A. Huovilainen, "Antialiasing oscillators in subtractive synthesis", IEEE SPM 2007.
    """
    if phase < step:
        x = phase / step
        return x + x - x * x - 1.0
    if phase > 1.0 - step:
        x = (phase - 1.0) / step
        return x * x + x + x + 1.0
    return 0.0


@compiled
def saw(step: Audio, phase: float) -> Audio:
    """A saw wave; `step` in cycles per frame, shape (frames,), `phase` 0 … 1 at the start."""
    wave = np.empty(step.size, np.float32)
    for frame in range(step.size):
        advance = float(step[frame])
        wave[frame] = 2.0 * phase - 1.0 - _corner(phase, advance)
        phase += advance
        if phase >= 1.0:
            phase -= 1.0
    return wave


@compiled
def pulse(step: Audio, phase: float, width: float) -> Audio:
    """A pulse wave, high for `width` (0 … 1) of each cycle, without DC."""
    wave = np.empty(step.size, np.float32)
    for frame in range(step.size):
        advance = float(step[frame])
        other = phase + 1.0 - width
        other -= math.floor(other)
        value = 1.0 if phase < width else -1.0
        value += _corner(phase, advance) - _corner(other, advance)
        wave[frame] = value - (2.0 * width - 1.0)
        phase += advance
        if phase >= 1.0:
            phase -= 1.0
    return wave


def sine(step: Audio, phase: float = 0.0) -> Audio:
    """A sine of changing frequency; `phase` in cycles."""
    turns = np.cumsum(step, dtype=np.float64) - step[0] + phase
    turns -= np.floor(turns)
    wave: Audio = np.sin(turns.astype(np.float32) * np.float32(2 * np.pi))
    return wave


def noise(frames: int, random: np.random.Generator) -> Audio:
    """White noise, standard deviation 0.3, so that peaks stay near 1."""
    return random.standard_normal(frames, dtype=np.float32) * np.float32(0.3)
