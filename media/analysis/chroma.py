"""Which of the twelve pitch classes sound, and how much: the stuff from which the key is read.

Spectra of 0.68 s of 12 kHz mono, every 0.34 s. Tones are the peaks between 55 and 1500 Hz; where a peak really lies tells a
parabola through its neighbours, finely enough for the bass, where bins are wider than semitones. Peaks gather by the tenth
of a semitone, so that the tuning of the recording (A at 432 or 444 Hz, a slow tape) can be told afterwards. Every moment
counts alike, but for those 40 dB below the loudest so far heard nothing.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from media.analysis.decimation import MONO_RATE
from media.compiled import compiled
from media.pcm import Samples
from media.stretch.fourier import roots_of_unity, transform

_SIZE: Final = 8_192
_HOP: Final = _SIZE // 2
_LOWEST_BIN: Final = round(55 * _SIZE / MONO_RATE)
_HIGHEST_BIN: Final = round(1_500 * _SIZE / MONO_RATE)
# Peaks fainter than this share of the moment's strongest are leakage and noise.
_LEAST_SHARE: Final = 0.02
_FAINTEST: Final = 0.0005
FINE_STEPS: Final = 120
_STEPS_PER_SEMITONE: Final = FINE_STEPS // 12
_BASS_HZ: Final = 200.0
_WINDOW: Final = (np.hanning(_SIZE + 1)[:-1] / (_SIZE / 4)).astype(np.float32)


class ChromaMeter:
    """Gathers tones block by block; how the sound is cut into blocks changes nothing."""

    def __init__(self) -> None:
        self._pending = np.zeros(_SIZE // 2, np.float32)
        self._fine = np.zeros((2, FINE_STEPS))

    def add(self, mono: Samples) -> None:
        """The next block of 12 kHz mono."""
        joined = np.concatenate([self._pending, mono])
        # Two moments share one transform, as in `onset_strength.py`.
        pairs = max(0, (joined.size - _SIZE - _HOP) // (2 * _HOP) + 1)
        for pair in range(pairs):
            moment = joined[2 * pair * _HOP : 2 * pair * _HOP + _SIZE + _HOP]
            gather_tones(moment, _WINDOW, roots_of_unity(_SIZE), self._fine)
        self._pending = joined[2 * pairs * _HOP :].copy()

    @property
    def fine(self) -> NDArray[np.float64]:
        """Weights so far, shape (2, 120): of bass and of everything, by tenths of a semitone above C at A = 440 Hz."""
        return self._fine.copy()


def tuning_cents(fine: NDArray[np.float64]) -> float:
    """How far the recording is above A = 440 Hz, -50 … 50 cents: the circular mean of the distances to semitones."""
    weights = fine[1].reshape(12, _STEPS_PER_SEMITONE).sum(axis=0)
    angle = 2 * np.pi * np.arange(_STEPS_PER_SEMITONE) / _STEPS_PER_SEMITONE
    return float(np.angle(np.sum(weights * np.exp(1j * angle))) / (2 * np.pi) * 100)


def pitch_classes(fine: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights of the twelve pitch classes in the recording's own tuning, shape (2, 12): of bass and of everything, C first."""
    shift = tuning_cents(fine) / 100 * _STEPS_PER_SEMITONE
    classes = np.rint((np.arange(FINE_STEPS) - shift) / _STEPS_PER_SEMITONE).astype(int) % 12
    found = np.zeros((2, 12))
    for step in range(FINE_STEPS):
        found[:, classes[step]] += fine[:, step]
    return found


@compiled
def gather_tones(samples: Samples, window: Samples, roots: Samples, fine: NDArray[np.float64]) -> None:
    """Add the tones of two moments.

    Args:
        samples: float32, shape (8192 + 4096,): the second moment begins 4096 samples after the first.
        window: float32, shape (8192,).
        roots: `roots_of_unity(8192)`.
        fine: float64, shape (2, 120): see `ChromaMeter.fine`; changed.
    """
    size = window.size
    re, im = np.empty(size, np.float32), np.empty(size, np.float32)
    spare_re, spare_im = np.empty(size, np.float32), np.empty(size, np.float32)
    for index in range(size):
        re[index] = samples[index] * window[index]
        im[index] = samples[size // 2 + index] * window[index]
    transform(re, im, spare_re, spare_im, roots)
    last = _HIGHEST_BIN + 2
    levels = np.empty((2, last), np.float32)
    for number in range(1, last):
        ar, ai = re[number], im[number]
        br, bi = re[size - number], im[size - number]
        levels[0, number] = np.float32(0.5) * np.sqrt((ar + br) * (ar + br) + (ai - bi) * (ai - bi))
        levels[1, number] = np.float32(0.5) * np.sqrt((ai + bi) * (ai + bi) + (br - ar) * (br - ar))
    for moment in range(2):
        _gather(levels[moment], fine)


@compiled
def _gather(levels: Samples, fine: NDArray[np.float64]) -> None:
    largest = np.float32(0)
    for number in range(_LOWEST_BIN, _HIGHEST_BIN + 1):
        largest = max(largest, levels[number])
    if largest < _FAINTEST:
        return
    added = np.zeros((2, 120))
    total = 0.0
    bass_total = 0.0
    for number in range(_LOWEST_BIN, _HIGHEST_BIN + 1):
        at = levels[number]
        if at < _LEAST_SHARE * largest or at < levels[number - 1] or at <= levels[number + 1]:
            continue
        # Parabola over logarithms: exact to a hundredth of a bin for a Hann window.
        before, here, after = np.log(levels[number - 1] + 1e-12), np.log(at), np.log(levels[number + 1] + 1e-12)
        shift = 0.5 * (before - after) / (before - 2 * here + after - 1e-12)
        hz = (number + shift) * 12_000.0 / 8_192
        semitones = 12 * np.log2(hz / 440.0) + 69
        step = int(np.rint(10 * semitones)) % 120
        weight = np.sqrt(float(at))
        added[1, step] += weight
        total += weight
        if hz < _BASS_HZ:
            added[0, step] += weight
            bass_total += weight
    for step in range(120):
        if bass_total > 0:
            fine[0, step] += added[0, step] / bass_total
        if total > 0:
            fine[1, step] += added[1, step] / total
