"""Songs from seeds, for tests: tempo, key, chords and groove are drawn by chance and known; the composer plays them."""

from typing import Final

import numpy as np

from media.composer.bass import Bass, Style
from media.composer.drums import Drums, Kit
from media.composer.harmony import arpeggiated, bass_line, comped, held, progression, voiced
from media.composer.keys import ElectricPiano, FeltPiano
from media.composer.pad import Pad, Tone
from media.composer.part import Part
from media.composer.pluck import Body, Pluck
from media.composer.reverb import Hall
from media.composer.rhythm import Feel, grid
from media.composer.score import Form, Key, Mode, Note, Section
from media.composer.song import Song

NAMES: Final = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
# Steps above the tonic with the chord on them; four bars each.
PROGRESSIONS: Final[dict[Mode, tuple[tuple[tuple[int, str], ...], ...]]] = {
    "major": (
        ((0, ""), (7, ""), (9, "m"), (5, "")),
        ((0, "maj7"), (9, "m7"), (2, "m7"), (7, "7")),
        ((0, ""), (5, ""), (7, ""), (0, "")),
        ((0, "add9"), (4, "m7"), (5, "maj7"), (7, "")),
    ),
    "minor": (
        ((0, "m"), (8, ""), (3, ""), (10, "")),
        ((0, "m7"), (5, "m7"), (7, "7"), (0, "m7")),
        ((0, "m"), (5, "m"), (8, "maj7"), (7, "")),
        ((0, "m9"), (8, "maj7"), (5, "m7"), (7, "m7")),
    ),
}
GROOVES: Final = (
    {"kick": "X...X...X...X...", "hat": "..x...x...x...x.", "clap": "....x.......x..."},
    {"kick": "X.......X.......", "snare": "....X.......X...", "hat": "x.x.x.x.x.x.x.x."},
    {"kick": "X.....x...X.....", "snare": "....X.......X..g", "hat": "x.xxx.x.x.xxx.x."},
    {"kick": "X..x....X.x.....", "rim": "....x.......x...", "shaker": "o.go.goo.go.go.g"},
)
KITS: Final[tuple[Kit, ...]] = ("dusty", "club", "retro", "break")
BASSES: Final[tuple[Style, ...]] = ("sub", "upright", "saw", "round")
FIGURES: Final = ("1:1.5 1:.5 5:1 8:1", "1:1", "1:3 5:1", "1:.5 8:.5")
BODIES: Final[tuple[Body, ...]] = ("nylon", "kalimba", "marimba", "synth")
TONES: Final[tuple[Tone, ...]] = ("warm", "strings", "organ", "glass")
BARS: Final = 12


def song(seed: int) -> Song:
    """A song of twelve bars in 4/4 with drums, bass, chords and broken chords; 66 to 176 beats a minute. It ends at home."""
    random = np.random.default_rng([seed, 77])
    mode: Mode = "major" if random.random() < 0.5 else "minor"
    tonic = int(random.integers(12))
    steps = PROGRESSIONS[mode][random.integers(len(PROGRESSIONS[mode]))]
    chords = progression(" ".join(f"{NAMES[(tonic + step) % 12]}{quality}:4" for step, quality in steps))
    home = progression(f"{NAMES[tonic]}{'m' if mode == 'minor' else ''}:4")
    groove = GROOVES[random.integers(len(GROOVES))]
    kit, bass = KITS[random.integers(len(KITS))], BASSES[random.integers(len(BASSES))]
    figure, body = FIGURES[random.integers(len(FIGURES))], BODIES[random.integers(len(BODIES))]
    tone, has_piano = TONES[random.integers(len(TONES))], random.random() < 0.5
    tempo_bpm = round(float(random.uniform(66, 176)), 2)

    def write(form: Form) -> tuple[Part, ...]:
        keys = FeltPiano(0.5, 0.5) if has_piano else ElectricPiano(5.0, 0.4)
        comping: tuple[Note, ...] = ()
        broken: tuple[Note, ...] = ()
        bed: tuple[Note, ...] = ()
        ground: tuple[Note, ...] = ()
        for section, sounding in (("all", chords), ("home", home)):
            comping += form.over(section, comped(voiced(sounding, 55, 74, 3), "x-.x-.x-", 0.5, 0.6, 0.01))
            figured = arpeggiated(voiced(sounding, 62, 81, 3), (0, 1, 2, 3, 2, 1, 2, 1), 0.5, 0.5, 0.5)
            broken += form.over(section, figured)
            bed += form.over(section, held(voiced(sounding, 52, 71, 3), 0.6))
            ground += form.over(section, bass_line(sounding, figure))
        beat = form.over("all home", grid(groove))
        return (
            Part("drums", "drums", Drums(kit, tonic=tonic), beat, -2, Feel(timing_ms=4)),
            Part("bass", "bass", Bass(bass, 0.2), ground, -5, low_cut_hz=30),
            Part("keys", "other", keys, comping, -5, Feel(timing_ms=7)),
            Part("broken", "other", Pluck(body, 0.4, 0.6), broken, -8, Feel(timing_ms=7), reverb=0.25),
            Part("bed", "vocals", Pad(tone, 0.5, 1.0, 16), bed, -9, reverb=0.3),
        )

    return Song(
        number=seed,
        title=f"Seed {seed}",
        artist="Nobody",
        album="Tests",
        genre="Test",
        mood="dawn",
        tempo_bpm=tempo_bpm,
        key=Key(NAMES[tonic], mode),
        seed=1_000_000 + seed,
        form=Form((Section("all", BARS - 2), Section("home", 2))),
        write=write,
        hall=Hall(1.5, 0.02, 0.4),
        ring_seconds=2.0,
    )
