"""The tempo of a recording as it goes along, from its onset strengths.

Windows of 12 s are compared with themselves (autocorrelation); a tempo is as likely as the curve resembles itself some beats
later (`_LIKENESS`), weighted by how often people tap it (a bell over the logarithm of tempo). A path through all windows that
changes slowly (Viterbi) is the course of the tempo. Sources: D. Ellis, "Beat tracking by dynamic programming", 2007 (the
bell); A. Klapuri et al., "Analysis of the meter of acoustic musical signals", 2006 (the path).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from media.analysis.onset_strength import STRENGTHS_PER_SECOND
from media.compiled import compiled
from media.pcm import Samples

SLOWEST_BPM: Final = 45.0
FASTEST_BPM: Final = 215.0
_STEPS_PER_OCTAVE: Final = 60
_WINDOW: Final = 12 * STRENGTHS_PER_SECOND
_HOP: Final = 2 * STRENGTHS_PER_SECOND
_PREFERRED_BPM: Final = 124.0
_BELL_OCTAVES: Final = 1.25
# Distances in beats and what likeness at them says for a tempo: eighths, beats and bars of two, three and four; likeness at a
# quarter of a beat or at one and a half speaks for another tempo. Found on fifty composed songs and confirmed on fifty others
# (`tests/media/composed.py`): 45 of 50 within 1 %, the rest off by an octave; only the four whole distances: 41 and 29.
_LIKENESS: Final = ((0.25, -0.15), (0.5, 0.25), (1.0, 0.3), (1.5, -0.05), (2.0, 0.15), (3.0, 0.2), (4.0, 0.4))
# What a step of 1.2 % from one window to the next must gain to be worth it.
_STEP_COST: Final = 0.06
_SMOOTHING_SECONDS: Final = 0.5
# Below this many seconds there are too few beats to compare.
_LEAST_SECONDS: Final = 4.0


@dataclass(frozen=True, slots=True)
class TempoCourse:
    """The tempo over time.

    Attributes:
        periods: Length of a beat in steps of the curve (10 ms), for every value of the curve; float64.
        clarity: 0 … 1: how alike the sound is a beat later, on average; noise reaches 0.1.
    """

    periods: NDArray[np.float64]
    clarity: float


def accents(strengths: Samples) -> NDArray[np.float64]:
    """The curve without its slow swell, every passage as lively as the others.

    Half a second's mean is taken off and what falls below is cut; then levels are brought to one within some seconds.
    """
    curve = strengths.astype(np.float64)
    if curve.size == 0:
        return curve
    curve = np.maximum(0, curve - _mean(curve, 1 + round(2 * _SMOOTHING_SECONDS * STRENGTHS_PER_SECOND)))
    # The floor keeps rests from being blown up to music.
    level = np.sqrt(_mean(curve**2, 1 + 8 * STRENGTHS_PER_SECOND)) + 0.1 * np.sqrt(np.mean(curve**2)) + 1e-9
    return np.asarray(curve / level, np.float64)


def tempo_course(curve: NDArray[np.float64]) -> TempoCourse | None:
    """The course of the tempo in `accents`; None if nothing is there to tap to, or not for long enough."""
    if curve.size < _LEAST_SECONDS * STRENGTHS_PER_SECOND or not curve.any():
        return None
    candidates = _candidates()
    window = min(_WINDOW, curve.size)
    starts = np.arange(0, max(1, curve.size - window + 1), _HOP)
    scores = np.empty((starts.size, candidates.size))
    # Of each window only what is asked below is kept: twelve hours have 21 000.
    beat_later = np.empty((starts.size, min(window, int(candidates[0]) + 2)))
    for number, at in enumerate(starts):
        likeness = _similarities(curve[at : at + window])
        scores[number] = _scores(likeness, candidates)
        beat_later[number] = likeness[: beat_later.shape[1]]
    path = cheapest_path(scores * _preference(candidates), _STEP_COST)
    periods = candidates[path]
    clear = [np.interp(period, np.arange(row.size), row) for period, row in zip(periods, beat_later, strict=True)]
    centres = starts + window / 2
    return TempoCourse(
        np.exp(np.interp(np.arange(curve.size), centres, np.log(periods))), float(np.clip(np.mean(clear), 0, 1))
    )


def _candidates() -> NDArray[np.float64]:
    """Periods in steps of the curve, longest first."""
    octaves = np.log2(FASTEST_BPM / SLOWEST_BPM)
    bpm = SLOWEST_BPM * 2 ** np.linspace(0, octaves, round(octaves * _STEPS_PER_OCTAVE) + 1)
    return np.asarray(60 * STRENGTHS_PER_SECOND / bpm, np.float64)


def _preference(periods: NDArray[np.float64]) -> NDArray[np.float64]:
    octaves = np.log2(60 * STRENGTHS_PER_SECOND / periods / _PREFERRED_BPM)
    return np.asarray(np.exp(-0.5 * (octaves / _BELL_OCTAVES) ** 2), np.float64)


def _similarities(window: NDArray[np.float64]) -> NDArray[np.float64]:
    """Autocorrelation, 1 at distance 0, each distance by the number of pairs it has; all 0 for a window without accents."""
    centred = window - window.mean()
    size = 1 << int(np.ceil(np.log2(2 * centred.size)))
    power = np.abs(np.fft.rfft(centred, size)) ** 2
    products = np.fft.irfft(power)[: centred.size]
    if products[0] <= 0:
        return np.zeros(centred.size)
    pairs = np.arange(centred.size, 0, -1) / centred.size
    return np.asarray(products / products[0] / np.maximum(pairs, 0.25), np.float64)


def _scores(row: NDArray[np.float64], periods: NDArray[np.float64]) -> NDArray[np.float64]:
    at = np.arange(row.size)
    found = np.zeros(periods.size)
    for beats, weight in _LIKENESS:
        found += weight * np.interp(beats * periods, at, row, right=0.0)
    return found


def _mean(curve: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Running mean over `width` values around each, fewer at the ends."""
    half = width // 2
    sums = np.concatenate([[0.0], np.cumsum(curve)])
    at = np.arange(curve.size)
    first, last = np.maximum(0, at - half), np.minimum(curve.size, at + half + 1)
    return np.asarray((sums[last] - sums[first]) / (last - first), np.float64)


@compiled
def cheapest_path(scores: NDArray[np.float64], step_cost: float) -> NDArray[np.int64]:
    """The sequence of columns with the highest sum of scores, less `step_cost` for each column it moves from row to row."""
    rows, columns = scores.shape
    best = scores[0].copy()
    came = np.zeros((rows, columns), np.int64)
    left = np.empty(columns)
    left_from = np.empty(columns, np.int64)
    for row in range(1, rows):
        # The cost grows evenly with the distance, so two sweeps find the best predecessor of every column.
        for column in range(columns):
            left[column], left_from[column] = best[column], column
            if column > 0 and left[column - 1] - step_cost > left[column]:
                left[column], left_from[column] = left[column - 1] - step_cost, left_from[column - 1]
        for column in range(columns - 2, -1, -1):
            if left[column + 1] - step_cost > left[column]:
                left[column], left_from[column] = left[column + 1] - step_cost, left_from[column + 1]
        for column in range(columns):
            came[row, column] = left_from[column]
            best[column] = left[column] + scores[row, column]
    path = np.empty(rows, np.int64)
    path[rows - 1] = np.argmax(best)
    for row in range(rows - 1, 0, -1):
        path[row - 1] = came[row, path[row]]
    return path
