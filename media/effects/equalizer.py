"""Ten peaking filters in a row.

Source: R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter coefficients" (W3C note, 2021), peaking EQ: the
formula that the Web Audio API gives its BiquadFilterNode, which is what the client uses.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from media.compiled import compiled
from media.effects.settings import BANDS_HZ, EqualizerSettings
from media.pcm import Samples

# An octave between the points of half the gain in dB.
QUALITY: Final = math.sqrt(2)


def peaking(centre_hz: float, gain_db: float, rate_hz: int) -> tuple[float, float, float, float, float]:
    """Coefficients b0 b1 b2 a1 a2, with a0 = 1. A centre that the rate cannot hold gives a filter that does nothing."""
    if centre_hz >= rate_hz / 2:
        return (1.0, 0.0, 0.0, 0.0, 0.0)
    amplitude = 10 ** (gain_db / 40)
    turn = 2 * math.pi * centre_hz / rate_hz
    width = math.sin(turn) / (2 * QUALITY)
    a0 = 1 + width / amplitude
    middle = -2 * math.cos(turn) / a0
    return (
        (1 + width * amplitude) / a0,
        middle,
        (1 - width * amplitude) / a0,
        middle,
        (1 - width / amplitude) / a0,
    )


def response_db(settings: EqualizerSettings, hertz: NDArray[np.float64], rate_hz: int) -> NDArray[np.float64]:
    """Gain at every frequency, in dB."""
    turns = np.exp(-2j * np.pi * hertz / rate_hz)
    total = np.ones(hertz.shape, np.complex128)
    for centre_hz, gain_db in zip(BANDS_HZ, settings.gains_db, strict=True):
        b0, b1, b2, a1, a2 = peaking(centre_hz, gain_db, rate_hz)
        total *= (b0 + b1 * turns + b2 * turns**2) / (1 + a1 * turns + a2 * turns**2)
    return np.asarray(20 * np.log10(np.abs(total)), np.float64)


class Equalizer:
    """Filters block by block; how sound is cut into blocks changes nothing."""

    latency_frames = 0
    tail_frames = 0

    def __init__(self, settings: EqualizerSettings, rate_hz: int) -> None:
        taps = [
            peaking(centre_hz, gain_db, rate_hz)
            for centre_hz, gain_db in zip(BANDS_HZ, settings.gains_db, strict=True)
            if gain_db
        ]
        self._taps = np.array(taps, np.float64).reshape(-1, 5)
        self._state = np.zeros((len(taps), 4))

    def process(self, samples: Samples) -> Samples:
        """The next frames (float32, shape (2, frames)), as they come out."""
        sound = samples.astype(np.float64)
        filter_row(sound, self._taps, self._state)
        return sound.astype(np.float32)


@compiled
def filter_row(sound: NDArray[np.float64], taps: NDArray[np.float64], state: NDArray[np.float64]) -> None:
    """Pass both channels through all filters, in place.

    Args:
        sound: float64, shape (2, frames).
        taps: float64, shape (filters, 5): `peaking`.
        state: float64, shape (filters, 4): memory of both channels (transposed direct form II); changed.
    """
    for number in range(taps.shape[0]):
        b0, b1, b2, a1, a2 = taps[number]
        s1, s2, t1, t2 = state[number]
        for frame in range(sound.shape[1]):
            x = sound[0, frame]
            y = sound[1, frame]
            u = b0 * x + s1
            v = b0 * y + t1
            s1 = b1 * x - a1 * u + s2
            t1 = b1 * y - a1 * v + t2
            s2 = b2 * x - a2 * u
            t2 = b2 * y - a2 * v
            # In digital silence states fade into denormal numbers, which are a hundred times slower.
            if abs(s1) + abs(s2) + abs(t1) + abs(t2) < 1e-30:
                s1 = s2 = t1 = t2 = 0.0
            sound[0, frame] = u
            sound[1, frame] = v
        state[number, 0] = s1
        state[number, 1] = s2
        state[number, 2] = t1
        state[number, 3] = t2
