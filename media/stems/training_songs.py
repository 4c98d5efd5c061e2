"""Songs to learn from: one per seed, composed by chance within what the composer can play.

They share instruments, rooms and mastering with the demo library and none of its notes. Seeds below `FIRST_HELD_OUT_SEED` are
for training; those from it on are never trained on, so what is measured on them was not learnt by heart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np

from media.composer.bass import Bass
from media.composer.drums import Drums, Kit
from media.composer.harmony import Harmony, arpeggiated, bass_line, comped, held, progression, voiced
from media.composer.instrument import Instrument
from media.composer.keys import ElectricPiano, FeltPiano
from media.composer.lead import Lead, Style
from media.composer.pad import Pad, Tone
from media.composer.part import Part
from media.composer.pluck import Body, Pluck
from media.composer.reverb import Hall
from media.composer.rhythm import Feel, grid
from media.composer.score import Form, Key, Note, Passage, Section
from media.composer.song import Song
from media.composer.texture import Texture
from media.composer.voice import Singer

FIRST_HELD_OUT_SEED: Final = 10_000
"""Seeds from here on are for measuring only."""

_TONICS: Final = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
# Degrees as semitones above the tonic with the qualities that fit there; four bars each.
_CHANGES: Final = {
    "major": (
        ((0, "maj7"), (9, "m7"), (2, "m9"), (7, "7")),
        ((0, "add9"), (7, ""), (9, "m7"), (5, "maj7")),
        ((5, "maj7"), (4, "m7"), (2, "m7"), (0, "6")),
        ((0, ""), (5, "6"), (0, "maj7"), (7, "7sus4")),
        ((9, "m7"), (5, "maj7"), (0, ""), (7, "")),
    ),
    "minor": (
        ((0, "m9"), (8, "maj7"), (3, ""), (10, "")),
        ((0, "m7"), (5, "m7"), (8, "maj7"), (7, "7")),
        ((0, "m"), (10, ""), (8, "maj7"), (10, "7sus4")),
        ((8, "maj7"), (10, "6"), (0, "m7"), (3, "maj7")),
        ((0, "m9"), (5, "m9"), (0, "m7"), (7, "m7")),
    ),
}
_SCALES: Final = {"major": (0, 2, 4, 7, 9, 12, 14, 16), "minor": (0, 3, 5, 7, 10, 12, 15, 17)}
_TONES: Final[tuple[Tone, ...]] = ("warm", "strings", "glass", "organ", "choir")
_BODIES: Final[tuple[Body, ...]] = ("nylon", "kalimba", "music box", "marimba", "synth")
_LEADS: Final[tuple[Style, ...]] = ("soft", "saw", "flute", "square")
_KITS: Final[tuple[Kit, ...]] = ("soft", "dusty", "club", "retro", "brushes", "break")
# Rows of 16 or 12 steps, cut to the bar: sixteen in four, twelve in three quarters.
_KICKS: Final = ("X...X...X...X...", "X.......X.......", "X......x..X.....", "X..x..x...X..x..", "X.........x.....")
_BACKBEATS: Final = ("....X.......X...", "........X.......", "....X..g....X.g.", "....X..g.g..X..g")
_TOPS: Final = ("x.o.x.o.x.o.x.o.", "..x...x...x...x.", "xoxoxoxoxoxoxoxo", "x..ox..ox..ox..o", "x...x...x...x...")
_BASSES: Final = (
    "1:1.5 1:.5 5:1 8:.5 a:.5",
    "1:4",
    "-:.5 1:.5",
    "1:.5 1:.5 8:.5 1:.5",
    "1:.75 1:.75 5:.5 1:1 a:1",
    "1:2 5:1.5 a:.5",
    "1:3 -:1",
)
_COMPS: Final = ("x--.o-x-", "x-....o-....x-..", ".x.x", "x-------", "..x...x.", "X-x-o-x-")
_FIGURES: Final = ((0, 1, 2, 3, 2, 1), (0, 2, 1, 3), (0, -1, 2, -1, 1, -1, 3, -1), (3, 2, 1, 0), (0, 1, 2, 4, 3, 1))
_SYLLABLES: Final = ("ah", "oh", "oo", "eh", "ee", "mm", "mah", "dah", "noh", "dee")
_BARS: Final = 8

_Choice = TypeVar("_Choice")


@dataclass(frozen=True, slots=True)
class _Draw:
    """Chance, tied to a seed."""

    random: np.random.Generator

    def of(self, choices: Sequence[_Choice]) -> _Choice:
        return choices[int(self.random.integers(len(choices)))]

    def between(self, low: float, high: float) -> float:
        return float(self.random.uniform(low, high))

    def happens(self, share: float) -> bool:
        return float(self.random.random()) < share

    def feel(self) -> Feel:
        return Feel(self.of((0.0, 0.0, 0.3, 0.6)), 0.25, self.between(1, 14), self.between(0.03, 0.15))


def training_song(seed: int) -> Song:
    """The song of `seed`, eight bars long: drums, bass, one to four other instruments, and a voice.

    Key, chords, tempo (66 … 176 beats a minute), metre, rhythms, melodies, instruments, levels, rooms and echoes are drawn.
    """
    draw = _Draw(np.random.default_rng([seed, 5]))
    mode = draw.of(("major", "minor"))
    tonic = int(draw.random.integers(12))
    beats = 3 if draw.happens(0.15) else 4
    chords = progression(
        " ".join(f"{_TONICS[(tonic + step) % 12]}{quality}:{beats}" for step, quality in draw.of(_CHANGES[mode]))
    )
    scale = [tonic + step for step in _SCALES[mode]]
    form = Form((Section("all", _BARS),), beats_per_bar=beats)
    parts = (
        *_drums(draw, form, tonic),
        _bass(draw, form, chords),
        *_others(draw, form, chords, scale),
        _voice(draw, form, scale),
    )
    return Song(
        number=seed,
        title=f"Exercise {seed}",
        artist="",
        album="",
        genre="",
        mood="",
        tempo_bpm=round(draw.between(66, 176), 1),
        key=Key(_TONICS[tonic], "major" if mode == "major" else "minor"),
        seed=seed,
        form=form,
        write=lambda _: parts,
        hall=Hall(draw.of((0.8, 1.3, 1.8, 2.4)), 0.018, draw.of((0.35, 0.5))),
        echo_beats=draw.of((0.5, 0.75, 1.5)),
        ring_seconds=1.0,
    )


def _drums(draw: _Draw, form: Form, tonic: int) -> tuple[Part, ...]:
    kit = Drums(draw.of(_KITS), draw.between(0.3, 1), tonic)
    steps = form.beats_per_bar * 4
    rows = {"kick": draw.of(_KICKS)[:steps], draw.of(("snare", "snare", "clap", "rim")): draw.of(_BACKBEATS)[:steps]}
    rows[draw.of(("hat", "hat", "ride", "shaker", "brush"))] = draw.of(_TOPS)[:steps]
    if draw.happens(0.4):
        rows["open"] = "..x...x...x...x."[:steps]
    if draw.happens(0.2):
        rows["tom"] = "..........o..o.x"[:steps]
    notes = form.over("all", grid(rows))
    if draw.happens(0.5):
        notes += (Note(0, 1, 60, 0.8, "crash"),)
    level, reverb = draw.between(-7, 2), draw.between(0, 0.2)
    return (Part("drums", "drums", kit, notes, level, draw.feel(), reverb=reverb, low_cut_hz=30),)


def _bass(draw: _Draw, form: Form, chords: Sequence[Harmony]) -> Part:
    bass = Bass(draw.of(("sub", "upright", "saw", "reese", "round")), draw.between(0.06, 0.16))
    line = bass_line(chords, draw.of(_BASSES), int(draw.random.integers(29, 37)), draw.between(0.6, 0.95))
    duck = draw.of((0.0, 0.3, 0.5))
    level = draw.between(-9, -1)
    return Part("bass", "bass", bass, form.over("all", line), level, draw.feel(), reverb=0, duck=duck, low_cut_hz=30)


def _others(draw: _Draw, form: Form, chords: Sequence[Harmony], scale: Sequence[int]) -> tuple[Part, ...]:
    parts: list[Part] = []
    for number in range(int(draw.random.integers(1, 5))):
        low = int(draw.random.integers(50, 66))
        chord = voiced(chords, low, low + 19, draw.of((3, 4)))
        passage: Passage
        instrument: Instrument
        match draw.of(("pad", "keys", "pluck", "lead", "texture")):
            case "pad":
                instrument = Pad(draw.of(_TONES), draw.between(0.02, 1), draw.between(0.3, 1.5), draw.of((14, 22, 30)))
                passage = held(chord, 0.6, 1.02)
            case "keys":
                electric = ElectricPiano(draw.between(2, 5), draw.between(0, 0.5))
                felt = FeltPiano(draw.between(0.2, 0.7))
                instrument = (electric, felt)[draw.of((0, 1))]
                passage = comped(chord, draw.of(_COMPS), 0.5, draw.between(0.4, 0.8), 0.02)
            case "pluck":
                instrument = Pluck(draw.of(_BODIES), draw.between(0, 0.7), draw.between(0.2, 1))
                passage = arpeggiated(chord, draw.of(_FIGURES), draw.of((0.25, 0.5)), 0.5, draw.between(0.4, 0.8))
            case "lead":
                instrument = Lead(draw.of(_LEADS), draw.between(0.02, 0.1), brightness=draw.between(0.6, 1.4))
                passage = _melody(draw, form, [60 + step for step in scale])
            case _:
                instrument = Texture()
                length = form.bars * form.beats_per_bar
                noise = draw.of(("vinyl", "rain", "air", "riser", "splash"))
                passage = Passage(length, (Note(0, length, 60, 1.0, noise),))
        level = draw.between(-11, -2) - (10 if isinstance(instrument, Texture) else 0)
        parts.append(
            Part(
                f"other {number}",
                "other",
                instrument,
                form.over("all", passage),
                level,
                draw.feel(),
                pan=draw.between(-0.3, 0.3),
                reverb=draw.between(0, 0.4),
                echo=draw.of((0.0, 0.0, 0.2)),
                duck=draw.of((0.0, 0.3)),
                low_cut_hz=draw.of((110.0, 170.0, 250.0)),
            )
        )
    return tuple(parts)


def _voice(draw: _Draw, form: Form, scale: Sequence[int]) -> Part:
    singers = draw.of((1, 1, 2, 3))
    size = draw.between(0.9, 1.12)
    singer = Singer(singers, draw.between(0.1, 0.5), draw.between(8, 35), size, draw.between(0.2, 0.7))
    line = _melody(draw, form, [draw.of((48, 54, 60)) + step for step in scale], sung=True)
    level, reverb = draw.between(-7, 0), draw.between(0.1, 0.5)
    echo = draw.of((0.0, 0.15, 0.3))
    notes = form.over("all", line)
    return Part("voice", "vocals", singer, notes, level, draw.feel(), reverb=reverb, echo=echo, low_cut_hz=150)


def _melody(draw: _Draw, form: Form, pitches: Sequence[int], *, sung: bool = False) -> Passage:
    """Steps up and down the scale, rests now and then."""
    length = form.bars * form.beats_per_bar
    place = int(draw.random.integers(len(pitches)))
    notes: list[Note] = []
    beat = 0.0
    while beat < length:
        beats = draw.of((0.5, 0.5, 1.0, 1.0, 1.5, 2.0, 3.0))
        if not draw.happens(0.15):
            syllable = draw.of(_SYLLABLES) if sung else ""
            notes.append(Note(beat, beats, pitches[place], draw.between(0.5, 0.9), syllable))
        place = int(np.clip(place + draw.random.integers(-2, 3), 0, len(pitches) - 1))
        beat += beats
    return Passage(float(length), tuple(notes))
