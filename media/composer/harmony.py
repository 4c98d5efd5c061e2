"""Chords: reading symbols, leading voices from chord to chord, and figures that break chords up in time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Final

from media.composer.score import PITCH_CLASSES, Note, Passage

QUALITIES: Final[Mapping[str, tuple[int, ...]]] = {
    "": (0, 4, 7), "m": (0, 3, 7), "5": (0, 7), "sus2": (0, 2, 7), "sus4": (0, 5, 7), "6": (0, 4, 7, 9), "m6": (0, 3,
    7, 9),
    "7": (0, 4, 7, 10), "maj7": (0, 4, 7, 11), "m7": (0, 3, 7, 10), "m7b5": (0, 3, 6, 10), "7sus4": (0, 5, 7, 10),
    "add9": (0, 4, 7, 14), "madd9": (0, 3, 7, 14), "9": (0, 4, 7, 10, 14), "maj9": (0, 4, 7, 11, 14), "m9": (0, 3, 7,
    10, 14),
    "m11": (0, 3, 7, 10, 14, 17), "13": (0, 4, 7, 10, 14, 21), "9sus4": (0, 5, 7, 10, 14), "7b9": (0, 4, 7, 10, 13),
    "dim7": (0, 3, 6, 9),
    "6/9": (0, 4, 7, 9, 14), "maj7#11": (0, 4, 7, 11, 18),
}  # fmt: skip
"""Intervals in semitones above the root, in order of the symbol."""


@dataclass(frozen=True, slots=True)
class Chord:
    """Root, intervals above it and the pitch class in the bass."""

    root: int
    intervals: tuple[int, ...]
    bass: int

    @classmethod
    def parse(cls, symbol: str) -> "Chord":
        """Read ``F#m7``, ``Bbmaj9`` or, with another bass, ``D/F#``.

        Raises:
            ValueError: Unknown root or quality.
        """
        head = symbol[:2] if symbol[1:2] in ("#", "b") else symbol[:1]
        quality, bass = symbol[len(head) :], head
        if quality not in QUALITIES and "/" in quality:
            quality, _, bass = quality.partition("/")
        if head not in PITCH_CLASSES or quality not in QUALITIES or bass not in PITCH_CLASSES:
            raise ValueError(f"not a chord symbol: {symbol!r}")
        return cls(PITCH_CLASSES[head], QUALITIES[quality], PITCH_CLASSES[bass])

    @property
    def pitch_classes(self) -> tuple[int, ...]:
        """Distinct pitch classes in order of the symbol."""
        return tuple(dict.fromkeys((self.root + step) % 12 for step in self.intervals))

    def colour(self, voices: int) -> tuple[int, ...]:
        """The `voices` pitch classes that tell most about the chord: third and sevenths first, the fifth and then the root go."""
        classes = list(self.pitch_classes)
        for step in (7, 0):
            if len(classes) > voices and step in self.intervals and len(self.intervals) > 3:
                classes.remove((self.root + step) % 12)
        return tuple(classes[-voices:] if len(classes) > voices else classes)


@dataclass(frozen=True, slots=True)
class Harmony:
    """A chord in time, with the pitches that sound it."""

    beat: float
    length: float
    chord: Chord
    pitches: tuple[int, ...] = ()


def progression(text: str) -> tuple[Harmony, ...]:
    """Read ``Dm9:4 G13:4 | Cmaj9:8``: symbols with lengths in beats."""
    found: list[Harmony] = []
    beat = 0.0
    for token in text.replace("|", " ").split():
        symbol, _, length = token.rpartition(":")
        found.append(Harmony(beat, float(length), Chord.parse(symbol)))
        beat += float(length)
    return tuple(found)


def voiced(harmonies: Sequence[Harmony], low: int, high: int, voices: int = 4) -> tuple[Harmony, ...]:
    """Give every chord pitches in [`low`, `high`] so that the voices move as little as possible from chord to chord."""
    found: list[Harmony] = []
    centre = (low + high) / 2
    before: tuple[int, ...] = ()
    for harmony in harmonies:
        best = min(_layouts(harmony.chord, low, high, voices), key=lambda pitches: _cost(pitches, before, centre))
        found.append(Harmony(harmony.beat, harmony.length, harmony.chord, best))
        before = best
    return tuple(found)


def _layouts(chord: Chord, low: int, high: int, voices: int) -> list[tuple[int, ...]]:
    classes = chord.colour(voices)
    wanted = [pitch for pitch in range(low, high + 1) if pitch % 12 in classes]
    layouts = [c for c in combinations(wanted, voices) if len({p % 12 for p in c}) == min(len(classes), voices)]
    if not layouts:
        raise ValueError(f"no room for {voices} voices of {classes} between {low} and {high}")
    return layouts


def _cost(pitches: tuple[int, ...], before: tuple[int, ...], centre: float) -> float:
    """Movement, plus what makes a chord muddy: seconds at the bottom, wide gaps, drifting away from the middle of the range."""
    gaps = [upper - lower for lower, upper in pairwise(pitches)]
    cost = 0.5 * abs(sum(pitches) / len(pitches) - centre)
    cost += (
        sum(4.0 for gap in gaps if gap == 1)
        + (3.0 if gaps and gaps[0] <= 2 else 0.0)
        + sum(max(0, gap - 7) * 1.5 for gap in gaps)
    )
    # A minor ninth between any two voices is the one interval that sounds like a mistake in a calm pad.
    cost += sum(5.0 for a, b in combinations(pitches, 2) if (b - a) % 12 == 1 and b - a > 1)
    if before:
        cost += sum(abs(a - b) for a, b in zip(pitches, before, strict=True))
    return cost


def _total(harmonies: Sequence[Harmony]) -> float:
    return sum(harmony.length for harmony in harmonies)


def held(harmonies: Sequence[Harmony], velocity: float = 0.7, legato: float = 1.0) -> Passage:
    """Every chord held for its whole length times `legato`."""
    notes = [Note(h.beat, h.length * legato, pitch, velocity) for h in harmonies for pitch in h.pitches]
    return Passage(_total(harmonies), tuple(notes))


def comped(
    harmonies: Sequence[Harmony], rhythm: str, step: float = 0.5, velocity: float = 0.7, strum: float = 0.0
) -> Passage:
    """Play the chords in a rhythm.

    Args:
        harmonies: Voiced chords.
        rhythm: One character per `step`: ``X`` strong, ``x`` normal, ``o`` soft, ``-`` the last one goes on, ``.``
            rest. Repeats.
        step: Beats per character.
        velocity: Of a normal stroke.
        strum: Beats between the voices of one stroke.
    """
    weight = {"X": 1.2, "x": 1.0, "o": 0.7}
    notes: list[Note] = []
    for harmony in harmonies:
        for index in range(round(harmony.length / step)):
            place = round(harmony.beat / step) + index
            stroke = rhythm[place % len(rhythm)]
            if stroke not in weight:
                continue
            steps = 1
            while index + steps < round(harmony.length / step) and rhythm[(place + steps) % len(rhythm)] == "-":
                steps += 1
            notes.extend(
                Note(
                    harmony.beat + index * step + number * strum,
                    steps * step,
                    pitch,
                    min(1.0, velocity * weight[stroke]),
                )
                for number, pitch in enumerate(harmony.pitches)
            )
    return Passage(_total(harmonies), tuple(notes))


def arpeggiated(
    harmonies: Sequence[Harmony], order: Sequence[int], step: float = 0.5, length: float = 0.5, velocity: float = 0.7
) -> Passage:
    """Break the chords up: note `n` of a chord is voice ``order[n % len(order)]``.

    Voices are counted on beyond the top one, an octave higher; -1 rests.
    """
    notes: list[Note] = []
    for harmony in harmonies:
        for index in range(round(harmony.length / step)):
            voice = order[index % len(order)]
            if voice < 0:
                continue
            octave, voice = divmod(voice, len(harmony.pitches))
            stress = 1.1 if index % len(order) == 0 else 0.92
            beat = harmony.beat + index * step
            notes.append(Note(beat, length, harmony.pitches[voice] + 12 * octave, min(1.0, velocity * stress)))
    return Passage(_total(harmonies), tuple(notes))


def bass_line(harmonies: Sequence[Harmony], figure: str, low: int = 33, velocity: float = 0.8) -> Passage:
    """A bass under the chords, each chord starting the figure anew.

    Args:
        harmonies: Chords; their bass pitch class is what ``1`` means.
        figure: ``step:beats`` tokens, for example ``1:1.5 1:.5 5:1 8:.5 a:.5``. Steps: 1 bass note, 3 third, 5 fifth,
            7 flat seventh, 8 octave, ``a`` a step below the next chord's bass note, ``-`` rest.
        low: Lowest pitch of a bass note; all lie within the octave above.
        velocity: Of every note.
    """
    tokens = [(step, float(length)) for step, _, length in (token.partition(":") for token in figure.split())]
    notes: list[Note] = []
    for index, harmony in enumerate(harmonies):
        ground = low + (harmony.chord.bass - low) % 12
        following = harmonies[(index + 1) % len(harmonies)].chord
        approach = low + (following.bass - low) % 12
        approach += -1 if approach > ground else 1
        third = next((step for step in harmony.chord.intervals if step in (3, 4)), 7)
        above = {"1": 0, "3": third, "5": 7, "7": 10, "8": 12}
        beat, number = 0.0, 0
        while beat < harmony.length - 1e-9:
            step, length = tokens[number % len(tokens)]
            length = min(length, harmony.length - beat)
            if step != "-":
                pitch = approach if step == "a" else ground + above[step]
                notes.append(Note(harmony.beat + beat, length, pitch, velocity))
            beat += length
            number += 1
    return Passage(_total(harmonies), tuple(notes))
