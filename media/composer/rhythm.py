"""Time: drum grids, tempo, swing, and the small unevenness of people playing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from media.composer.score import Note, Passage

WEIGHTS: Final[Mapping[str, float]] = {"X": 1.0, "x": 0.8, "o": 0.5, "g": 0.28}
"""Velocity of each stroke in a drum grid: strong, normal, soft, ghost."""


@dataclass(frozen=True, slots=True)
class Event:
    """A note as it is played.

    Attributes:
        at_second: When it starts.
        seconds: How long it is held.
        pitch: MIDI number.
        velocity: 0 … 1.
        syllable: Vowel or drum.
    """

    at_second: float
    seconds: float
    pitch: float
    velocity: float
    syllable: str


@dataclass(frozen=True, slots=True)
class Feel:
    """How exactly a part is played.

    Attributes:
        swing: 0 straight … 1 fully triplet: every second step is late by up to a third of a step.
        swing_step: Beats of the swung step, 0.5 for eighths, 0.25 for sixteenths.
        timing_ms: Standard deviation of the onset.
        velocity_spread: Standard deviation of the velocity, relative.
        late_ms: Constant delay behind the beat (negative: ahead).
    """

    swing: float = 0.0
    swing_step: float = 0.25
    timing_ms: float = 4.0
    velocity_spread: float = 0.06
    late_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Tempo:
    """A constant tempo."""

    bpm: float

    def seconds(self, beats: float) -> float:
        """Length of `beats` in seconds."""
        return beats * 60.0 / self.bpm


def grid(steps: Mapping[str, str], step: float = 0.25) -> Passage:
    """Drum bars from rows of strokes, one row per drum and one character per `step` beats.

    Characters are those of `WEIGHTS`; any other rests. Blanks and ``|`` in a row are for the eye. Shorter rows repeat until
    the longest is full.
    """
    rows = {drum: row.replace(" ", "").replace("|", "") for drum, row in steps.items()}
    length = max(len(row) for row in rows.values())
    notes = [
        Note(index * step, step, 60, WEIGHTS[row[index % len(row)]], drum)
        for drum, row in rows.items()
        for index in range(length)
        if row[index % len(row)] in WEIGHTS
    ]
    return Passage(length * step, tuple(sorted(notes, key=lambda note: note.beat)))


def perform(notes: Iterable[Note], tempo: Tempo, feel: Feel, random: np.random.Generator) -> tuple[Event, ...]:
    """Play written notes: swing, then a truncated normal unevenness of onset and velocity. Order and number are kept."""
    events: list[Event] = []
    for note in notes:
        beat = swung(note.beat, feel)
        # Beyond two deviations a person would call it a mistake.
        unevenness = float(np.clip(random.standard_normal(), -2, 2)) * feel.timing_ms / 1000
        stress = float(np.clip(random.standard_normal(), -2, 2)) * feel.velocity_spread
        at_second = max(0.0, tempo.seconds(beat) + unevenness + feel.late_ms / 1000)
        velocity = float(np.clip(note.velocity * (1 + stress), 0.05, 1.0))
        events.append(Event(at_second, tempo.seconds(note.length), note.pitch, velocity, note.syllable))
    return tuple(events)


def swung(beat: float, feel: Feel) -> float:
    """`beat` after swing: the second of two steps is late by `swing` times a third of a step, what lies between in proportion."""
    pair = 2 * feel.swing_step
    whole, inside = divmod(beat, pair)
    middle = 0.5 + feel.swing / 6
    place = inside / pair
    bent = place * middle / 0.5 if place <= 0.5 else middle + (place - 0.5) * (1 - middle) / 0.5
    return (whole + bent) * pair


def beat_seconds(tempo: Tempo, beats: int) -> tuple[float, ...]:
    """Instants of the first `beats` beats of a song."""
    return tuple(tempo.seconds(beat) for beat in range(beats))


def without(passage: Passage, drums: Sequence[str]) -> Passage:
    """A drum passage with some drums left out."""
    return Passage(passage.beats, tuple(note for note in passage.notes if note.syllable not in drums))
