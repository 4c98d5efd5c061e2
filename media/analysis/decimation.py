"""From 48 kHz stereo to 12 kHz mono, for measurements that need neither width nor treble.

A linear-phase low pass of 96 taps (Kaiser window, flat to 5 kHz, 60 dB down from 7 kHz), of which only every fourth output
is computed. Its delay is taken out: output i is centred on input frame 4 i.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from media.compiled import compiled
from media.pcm import CHANNELS, RATE, Pcm, Samples

_FACTOR: Final = 4
MONO_RATE: Final = RATE // _FACTOR
"""Beats and chords lie below 6 kHz, and a quarter of the samples costs a quarter."""
_TAPS: Final = 96
_CUTOFF_HZ: Final = 6_000.0
_KAISER_BETA: Final = 5.65
# The filter is centred between two taps; half a sample at 48 kHz is 10 µs and stays.
_BEFORE: Final = _TAPS // 2


def _low_pass() -> Samples:
    at = np.arange(_TAPS) - (_TAPS - 1) / 2
    taps = np.sinc(2 * _CUTOFF_HZ / RATE * at) * np.kaiser(_TAPS, _KAISER_BETA)
    # Half: the mean of two channels.
    return np.asarray(0.5 * taps / taps.sum(), np.float32)


LOW_PASS: Final = _low_pass()
"""float32, shape (96,)."""


class Decimator:
    """Decimates block by block; how the sound is cut into blocks changes not one bit."""

    def __init__(self) -> None:
        self._pending = np.zeros((CHANNELS, _BEFORE), np.float32)

    def mono(self, pcm: Pcm) -> Samples:
        """What the next block of the recording yields: the mean of both channels, float32, shape (frames,)."""
        return self._decimated(pcm.samples)

    def rest(self) -> Samples:
        """What the filter holds after the last block."""
        return self._decimated(np.zeros((CHANNELS, _TAPS - _BEFORE), np.float32))

    def _decimated(self, samples: Samples) -> Samples:
        joined = np.concatenate([self._pending, samples], axis=1)
        count = max(0, (joined.shape[1] - _TAPS) // _FACTOR + 1)
        self._pending = joined[:, count * _FACTOR :].copy()
        return decimate(joined, LOW_PASS, count)


@compiled
def decimate(samples: Samples, taps: NDArray[np.float32], count: int) -> Samples:
    """Every fourth output of the filter over the sum of both channels.

    Args:
        samples: float32, shape (2, at least 4 * (count - 1) + taps).
        taps: `LOW_PASS`; their number is a multiple of 4.
        count: Outputs.

    Returns:
        float32, shape (count,).
    """
    output = np.zeros(count, np.float32)
    if count == 0:
        return output
    rows = taps.size // 4
    # One row per phase: outputs side by side are then neighbours in memory, and the inner loop becomes vector instructions.
    phase = np.empty(count + rows, np.float32)
    for offset in range(4):
        for index in range(count - 1 + rows):
            phase[index] = samples[0, 4 * index + offset] + samples[1, 4 * index + offset]
        for row in range(rows):
            weight = taps[4 * row + offset]
            for index in range(count):
                output[index] += weight * phase[index + row]
    return output
