"""Written music: notes, keys, sections and a short notation for melodies."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

PITCH_CLASSES: Final[Mapping[str, int]] = {
    "C": 0, "C#": 1, "Db": 1, "D": 2, "D#": 3, "Eb": 3, "E": 4, "F": 5, "F#": 6, "Gb": 6, "G": 7, "G#": 8, "Ab": 8,
    "A": 9, "A#": 10,
    "Bb": 10, "B": 11,
}  # fmt: skip
"""Semitones above C of every spelling in use."""

Mode = Literal["major", "minor"]


@dataclass(frozen=True, slots=True)
class Key:
    """Tonic and mode of a song, for example ``Key("F#", "minor")``."""

    tonic: str
    mode: Mode

    @property
    def name(self) -> str:
        """For people and tags: ``F# minor``."""
        return f"{self.tonic} {self.mode}"

    @property
    def pitch_class(self) -> int:
        """Semitones of the tonic above C."""
        return PITCH_CLASSES[self.tonic]


@dataclass(frozen=True, slots=True)
class Note:
    """A note on paper.

    Attributes:
        beat: Where it starts, in beats from the start of its passage.
        length: In beats.
        pitch: MIDI number; fractions are allowed.
        velocity: 0 … 1, how strongly it is played.
        syllable: Vowel of a sung note, or the name of a drum.
    """

    beat: float
    length: float
    pitch: float
    velocity: float = 0.8
    syllable: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """Notes with the length of what they fill, so that it can be repeated."""

    beats: float
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the form: ``Section("verse", 8)`` lasts eight bars."""

    name: str
    bars: int


@dataclass(frozen=True, slots=True)
class Form:
    """Order of sections and the metre they are counted in."""

    sections: tuple[Section, ...]
    beats_per_bar: int = 4

    @property
    def bars(self) -> int:
        """Bars of the whole song."""
        return sum(section.bars for section in self.sections)

    def starts(self) -> tuple[tuple[str, int], ...]:
        """Name and first bar of every section, in order."""
        found: list[tuple[str, int]] = []
        bar = 0
        for section in self.sections:
            found.append((section.name, bar))
            bar += section.bars
        return tuple(found)

    def over(self, names: str, passage: Passage) -> tuple[Note, ...]:
        """Repeat `passage` through every section named in `names` (separated by blanks), cut at the section's end."""
        wanted = names.split()
        known = {section.name for section in self.sections}
        if unknown := [name for name in wanted if name not in known]:
            raise ValueError(f"the form has no section {unknown[0]!r}, only {sorted(known)}")
        notes: list[Note] = []
        for (name, bar), section in zip(self.starts(), self.sections, strict=True):
            if name in wanted:
                beats = section.bars * self.beats_per_bar
                notes.extend(shifted(repeated(passage, beats), bar * self.beats_per_bar))
        return tuple(notes)


def repeated(passage: Passage, beats: float) -> tuple[Note, ...]:
    """`passage` again and again until `beats` are full; a note that would pass the end is shortened."""
    notes: list[Note] = []
    offset = 0.0
    while offset < beats:
        for note in passage.notes:
            beat = note.beat + offset
            if beat < beats:
                notes.append(replace(note, beat=beat, length=min(note.length, beats - beat)))
        offset += passage.beats
    return tuple(notes)


def shifted(notes: Iterable[Note], beats: float) -> tuple[Note, ...]:
    """The same notes, `beats` later."""
    return tuple(replace(note, beat=note.beat + beats) for note in notes)


def transposed(passage: Passage, semitones: float, gain: float = 1.0) -> Passage:
    """The same passage `semitones` higher, every velocity multiplied by `gain`."""
    notes = tuple(replace(n, pitch=n.pitch + semitones, velocity=min(1.0, n.velocity * gain)) for n in passage.notes)
    return Passage(passage.beats, notes)


def chain(*passages: Passage) -> Passage:
    """Passages one after another as one."""
    notes: list[Note] = []
    beat = 0.0
    for passage in passages:
        notes.extend(shifted(passage.notes, beat))
        beat += passage.beats
    return Passage(beat, tuple(notes))


def rest(beats: float) -> Passage:
    """Silence to chain with."""
    return Passage(beats, ())


def pitch_number(name: str) -> int:
    """MIDI number of a written pitch: ``A4`` is 69, ``C4`` 60.

    Raises:
        ValueError: The name is no pitch class followed by an octave.
    """
    head = name.rstrip("-0123456789")
    octave = name[len(head) :]
    if head not in PITCH_CLASSES or not octave:
        raise ValueError(f"expected a pitch such as F#4, got {name!r}")
    return PITCH_CLASSES[head] + 12 * (int(octave) + 1)


def melody(text: str, velocity: float = 0.8) -> Passage:
    """Read a line of music.

    Tokens are separated by blanks: ``A4:1.5`` a pitch and its length in beats, ``-:2`` a rest, ``A4:1!`` an accent,
    ``A4:1?`` a soft note, ``A4:1/oo`` a sung vowel (kept until the next one), ``|`` a bar line for the eye.
    """
    notes: list[Note] = []
    beat = 0.0
    syllable = ""
    for token in text.split():
        if token == "|":  # noqa: S105 - a bar line
            continue
        body, _, sung = token.partition("/")
        syllable = sung or syllable
        stress = {"!": 1.2, "?": 0.7}.get(body[-1], 1.0)
        name, _, length_text = body.rstrip("!?").partition(":")
        length = float(length_text)
        if name != "-":
            notes.append(Note(beat, length, pitch_number(name), min(1.0, velocity * stress), syllable))
        beat += length
    return Passage(beat, tuple(notes))


def span(notes: Sequence[Note], first_beat: float, last_beat: float) -> tuple[Note, ...]:
    """Notes that start in [`first_beat`, `last_beat`), counted from `first_beat` and shortened to its end."""
    inside = (n for n in notes if first_beat <= n.beat < last_beat)
    return tuple(replace(n, beat=n.beat - first_beat, length=min(n.length, last_beat - n.beat)) for n in inside)
