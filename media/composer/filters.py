"""Filters: a resonant low-pass with a moving corner, and fixed high-, low- and band-passes."""

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.signal import butter

from media.compiled import compiled
from media.composer.samples import SAMPLE_RATE, Audio


@compiled
def _swept(sound: Audio, corner: Audio, damping: float) -> Audio:
    filtered = np.empty_like(sound)
    first = 0.0
    second = 0.0
    for frame in range(sound.size):
        g = math.tan(math.pi * min(max(float(corner[frame]), 10.0), 22_000.0) / 48_000.0)
        scale = 1.0 / (1.0 + g * (g + damping))
        high = float(sound[frame]) - second
        band = scale * (first + g * high)
        low = second + g * band
        first = 2.0 * band - first
        second = 2.0 * low - second
        filtered[frame] = low
    return filtered


def swept_lowpass(sound: Audio, corner_hz: Audio, resonance: float = 0.0) -> Audio:
    """Low-pass of 12 dB per octave whose corner follows `corner_hz` frame by frame.

    Args:
        sound: (frames,) or (2, frames).
        corner_hz: (frames,).
        resonance: 0 none … 1 close to ringing.

    Source: A. Simper, "Linear trapezoidal integrated state variable filter", Cytomic 2013: stays stable while the
    corner moves.
    """
    damping = 1.41 * (1.0 - 0.9 * resonance)
    if sound.ndim == 1:
        return _swept(sound, corner_hz, damping)
    return np.stack([_swept(channel, corner_hz, damping) for channel in sound])


@lru_cache(maxsize=256)
def _sections(kind: str, low_hz: float, high_hz: float, order: int) -> npt.NDArray[np.float64]:
    edges = [low_hz, high_hz] if kind == "bandpass" else low_hz
    sections: npt.NDArray[np.float64] = butter(order, edges, kind, fs=SAMPLE_RATE, output="sos")
    return sections


@compiled
def _section(one: Audio, two: Audio, taps: npt.NDArray[np.float64]) -> None:
    """One second-order section over two rows in place (transposed direct form II).

    Two rows at a time, because each row alone would wait for its own last output. Double precision: at low corners
    the poles lie so close to 1 that float32 states would move them.
    """
    b0, b1, b2, a1, a2 = taps[0], taps[1], taps[2], taps[4], taps[5]
    s1 = s2 = t1 = t2 = 0.0
    for start in range(0, one.size, 4096):
        for frame in range(start, min(start + 4096, one.size)):
            x = float(one[frame])
            y = float(two[frame])
            u = b0 * x + s1
            v = b0 * y + t1
            s1 = b1 * x - a1 * u + s2
            t1 = b1 * y - a1 * v + t2
            s2 = b2 * x - a2 * u
            t2 = b2 * y - a2 * v
            one[frame] = u
            two[frame] = v
        # In digital silence states fade into denormal numbers, which are a hundred times slower.
        if abs(s1) + abs(s2) + abs(t1) + abs(t2) < 1e-20:
            s1 = s2 = t1 = t2 = 0.0


def _filtered(sound: Audio, sections: npt.NDArray[np.float64]) -> Audio:
    rows = np.array(np.atleast_2d(sound), np.float32, order="C")
    other = rows[1] if len(rows) > 1 else np.zeros_like(rows[0])
    for taps in sections:
        _section(rows[0], other, taps)
    return rows.reshape(sound.shape)


def highpass(sound: Audio, corner_hz: float, order: int = 2) -> Audio:
    """Butterworth high-pass, 6 dB per octave and `order`."""
    return _filtered(sound, _sections("highpass", corner_hz, 0.0, order))


def lowpass(sound: Audio, corner_hz: float, order: int = 2) -> Audio:
    """Butterworth low-pass, 6 dB per octave and `order`."""
    return _filtered(sound, _sections("lowpass", corner_hz, 0.0, order))


def bandpass(sound: Audio, low_hz: float, high_hz: float, order: int = 1) -> Audio:
    """Butterworth band-pass."""
    return _filtered(sound, _sections("bandpass", low_hz, high_hz, order))


def bell(sound: Audio, centre_hz: float, gain_db: float, quality: float = 0.7) -> Audio:
    """Raise or lower what lies around `centre_hz`.

    Source: R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter coefficients" (W3C note, 2021), peaking
    EQ.
    """
    amplitude = 10 ** (gain_db / 40)
    turn = 2 * math.pi * centre_hz / SAMPLE_RATE
    alpha = math.sin(turn) / (2 * quality)
    upper = np.array([1 + alpha * amplitude, -2 * math.cos(turn), 1 - alpha * amplitude])
    lower = np.array([1 + alpha / amplitude, -2 * math.cos(turn), 1 - alpha / amplitude])
    return _filtered(sound, np.concatenate([upper, lower])[None, :] / lower[0])


def high_shelf(sound: Audio, corner_hz: float, gain_db: float) -> Audio:
    """Raise or lower everything above `corner_hz`, slope 1.

    Source: as for `bell`, high shelf.
    """
    amplitude = 10 ** (gain_db / 40)
    turn = 2 * math.pi * corner_hz / SAMPLE_RATE
    slope = 2 * math.sqrt(amplitude) * math.sin(turn) / math.sqrt(2)
    cosine, more, less = math.cos(turn), amplitude + 1, amplitude - 1
    upper = amplitude * np.array(
        [more + less * cosine + slope, -2 * (less + more * cosine), more + less * cosine - slope]
    )
    lower = np.array([more - less * cosine + slope, 2 * (less - more * cosine), more - less * cosine - slope])
    return _filtered(sound, np.concatenate([upper, lower])[None, :] / lower[0])
