"""Where the beats fall, and the tempo they keep.

Source: D. Ellis, "Beat tracking by dynamic programming", J. New Music Research 36(1), 2007: the sequence of instants with the
strongest accents whose distances stay near the tempo. Here the tempo may drift, and beats are placed between the steps of
the curve.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from media.analysis.onset_strength import STRENGTH_FRAMES, STRENGTHS_PER_SECOND, OnsetStrength
from media.analysis.tempo import TempoCourse, accents, tempo_course
from media.compiled import compiled
from media.pcm import Samples
from media.recording_facts import Findings

# How dear it is to leave the tempo: an interval that is off by a tenth costs about an accent of average strength.
_TIGHTNESS: Final = 100.0
_LEAST_BEATS: Final = 6
# Steady: all beats lie this near to one line, which is what players keep to a click.
_STEADY_SECONDS: Final = 0.03
# Beats next to silence carry less than this share of the usual accent and are taken off.
_FAINT: Final = 0.25


@dataclass(frozen=True, slots=True)
class BeatGrid:
    """The beats of a recording.

    Attributes:
        tempo_bpm: Beats per minute: of a steady recording exact, of a drifting one in its middle.
        confidence: 0 … 1: how alike the sound is from beat to beat, and how much more happens on beats than between them.
        is_steady: Whether one tempo fits all of it.
        frames: Instants of the beats in frames at 48 kHz, int64, ascending. Beats go on through breaks.
    """

    tempo_bpm: float
    confidence: float
    is_steady: bool
    frames: NDArray[np.int64]


class RhythmMeter:
    """Hears tempo and beats block by block; how the sound is cut into blocks changes nothing."""

    def __init__(self) -> None:
        self._onsets = OnsetStrength()

    def add(self, mono: Samples) -> None:
        """The next block of 12 kHz mono."""
        self._onsets.add(mono)

    def findings(self) -> Findings:
        """``onset_strength`` and ``brightness_hz``; if there are beats, also those, the tempo and how sure it is."""
        strengths = self._onsets.strengths
        brightness = self._onsets.brightness_hz
        always: Findings = {
            "onset_strength": round(float(strengths.mean()), 4) if strengths.size else 0.0,
            "brightness_hz": None if brightness is None else round(brightness, 1),
        }
        grid = beat_grid(strengths)
        if grid is None:
            return always
        return {
            **always,
            "tempo_bpm": round(grid.tempo_bpm, 3),
            "tempo_confidence": round(grid.confidence, 3),
            "is_tempo_steady": grid.is_steady,
            "beats": grid.frames.tolist(),
        }


def beat_grid(strengths: Samples) -> BeatGrid | None:
    """The beats in a curve of onset strengths; None if there are none to be found."""
    curve = accents(strengths)
    course = tempo_course(curve)
    if course is None:
        return None
    smooth = np.convolve(curve, np.hanning(7)[1:-1] / np.hanning(7).sum(), "same")
    steps = track(smooth, course.periods, _TIGHTNESS)
    steps = _without_faint_ends(steps, smooth)
    if steps.size < _LEAST_BEATS:
        return None
    places = _between_steps(steps, smooth)
    tempo_bpm, is_steady = _tempo(places)
    frames = np.maximum(0, np.rint(places * STRENGTH_FRAMES)).astype(np.int64)
    return BeatGrid(tempo_bpm, _confidence(course, steps, smooth), is_steady, frames)


def _without_faint_ends(steps: NDArray[np.int64], curve: NDArray[np.float64]) -> NDArray[np.int64]:
    loud = np.flatnonzero(curve[steps] > _FAINT * np.sqrt(np.mean(curve[steps] ** 2))) if steps.size else steps
    return steps[loud[0] : loud[-1] + 1] if loud.size else steps[:0]


def _between_steps(steps: NDArray[np.int64], curve: NDArray[np.float64]) -> NDArray[np.float64]:
    """The tops of parabolas through each beat's neighbours, where it is a top at all."""
    inner = np.clip(steps, 1, curve.size - 2)
    before, at, after = curve[inner - 1], curve[inner], curve[inner + 1]
    bend = before - 2 * at + after
    is_top = (at >= before) & (at >= after) & (bend < 0)
    shift = np.where(is_top, 0.5 * (before - after) / np.where(bend < 0, bend, -1.0), 0.0)
    return np.asarray(steps + shift, np.float64)


def _tempo(places: NDArray[np.float64]) -> tuple[float, bool]:
    number = np.arange(places.size)
    slope, start = np.polyfit(number, places, 1)
    # Single beats may be off (a fill, a late singer): the middle of the distances tells whether there is one line.
    off_seconds = np.abs(places - (start + slope * number)) / STRENGTHS_PER_SECOND
    if np.percentile(off_seconds, 80) < _STEADY_SECONDS:
        return 60 * STRENGTHS_PER_SECOND / float(slope), True
    far = min(8, places.size - 1)
    return 60 * STRENGTHS_PER_SECOND / float(np.median((places[far:] - places[:-far]) / far)), False


def _confidence(course: TempoCourse, steps: NDArray[np.int64], curve: NDArray[np.float64]) -> float:
    on_beats, everywhere = float(curve[steps].mean()), float(curve.mean())
    contrast = max(0.0, (on_beats - everywhere) / (on_beats + everywhere))
    return float(np.clip(np.sqrt(course.clarity * contrast), 0, 1))


@compiled
def track(curve: NDArray[np.float64], periods: NDArray[np.float64], tightness: float) -> NDArray[np.int64]:
    """The best sequence of beats.

    Args:
        curve: Accents, float64.
        periods: Expected distance to the beat before, in steps, for every step; float64.
        tightness: Cost of a distance that is off: this times the square of the logarithm of the ratio.

    Returns:
        Steps of the beats, ascending.
    """
    size = curve.size
    total = np.empty(size)
    before = np.full(size, -1, np.int64)
    for step in range(size):
        period = periods[step]
        nearest, farthest = max(1, int(period / 2)), int(2 * period)
        best = 0.0
        found = -1
        for distance in range(nearest, farthest + 1):
            if distance > step:
                break
            off = np.log(distance / period)
            value = total[step - distance] - tightness * off * off
            if found < 0 or value > best:
                best, found = value, step - distance
        # A beat may also be the first one.
        if found >= 0 and best > 0:
            before[step] = found
            total[step] = curve[step] + best
        else:
            total[step] = curve[step]
    # The last beat lies within the last two periods.
    last = max(0, size - 1 - int(2 * periods[size - 1]))
    step = last + int(np.argmax(total[last:]))
    count = 0
    steps = np.empty(size, np.int64)
    while step >= 0:
        steps[count] = step
        count += 1
        step = before[step]
    return steps[:count][::-1].copy()
