"""Glass Terrace: house in A minor at 122 beats a minute. Four to the floor, breathing pads, a hook of "oo" and "ah"."""

from media.composer.bass import Bass
from media.composer.drums import Drums
from media.composer.harmony import arpeggiated, bass_line, comped, held, progression, voiced
from media.composer.keys import ElectricPiano
from media.composer.pad import Pad
from media.composer.part import Part
from media.composer.pluck import Pluck
from media.composer.reverb import Hall
from media.composer.rhythm import Feel, grid, without
from media.composer.score import Form, Key, Note, Section, chain, melody
from media.composer.song import Song
from media.composer.texture import Texture
from media.composer.voice import Singer

FORM = Form(
    (
        Section("intro", 8),
        Section("verse", 8),
        Section("lift", 4),
        Section("chorus", 8),
        Section("break", 8),
        Section("lift", 4),
        Section("chorus", 8),
        Section("outro", 8),
    )
)

CHORDS = progression("Am9:4 Fmaj7:4 Dm9:4 Am7:2 Em7:2")
LIFT = progression("Fmaj7:4 Dm9:4 Am9:8")
BREAK = progression("Am9:8 Fmaj7:8 Dm9:8 Am7:4 Em7:4")

HOOK = melody(
    """
    -:.5 E4:.5/oo G4:.5 A4:1.5/ah -:1 | -:.5 A4:.5/oo G4:.5 E4:1.5/ah -:1 |
    -:.5 F4:.5/oo A4:.5 C5:1.5/ah -:1 | B4:1/oo A4:.5 G4:.5 E4:1.5/ah -:.5
    """,
    velocity=0.8,
)
LONG_LINE = melody(
    "-:2 E4:2/oo | A4:3 G4:1 | F4:4/oh | -:2 A4:2/oo | C5:3/ah A4:1 | D5:3 C5:1 | B4:6/ah -:2",
    velocity=0.7,
)
FLOOR = chain(
    grid(
        {"kick": "X...X...X...X...", "clap": "....X.......X...", "open": "..x...x...x...x.", "hat": "g.gog.gog.gog.go"}
    ),
    grid(
        {"kick": "X...X...X...X..g", "clap": "....X.......X..g", "open": "..x...x...x...x.", "hat": "g.gog.gog.gogoxo"}
    ),
)
SHAKER = grid({"shaker": "oggoxggooggoxggo"})
TIGHT = Feel(timing_ms=2)


def write(form: Form) -> tuple[Part, ...]:
    """The arrangement."""
    return (*_chords(form), *_air(form), *_ground(form), *_voices(form))


def _chords(form: Form) -> tuple[Part, ...]:
    stabs = comped(voiced(CHORDS, 55, 74), "x..x..x...x..x..", 0.25, 0.7)
    piano = form.over("verse chorus outro", stabs) + form.over("lift", held(voiced(LIFT, 55, 74), 0.5))
    pad = form.over("intro verse chorus outro", held(voiced(CHORDS, 52, 71), 0.7))
    pad += form.over("lift", held(voiced(LIFT, 55, 74), 0.7)) + form.over(
        "break", held(voiced(BREAK, 52, 71), 0.7, 1.02)
    )
    opening = (
        (0, 350),
        (8, 1500),
        (16, 2200),
        (20, 6000),
        (28, 5000),
        (29, 1200),
        (36, 3000),
        (40, 7000),
        (48, 5000),
        (56, 400),
    )
    keys = ElectricPiano(4.1, 0.3)
    return (
        Part(
            "pad",
            "other",
            Pad("strings", 0.5, 1.2, 24),
            pad,
            -5.5,
            reverb=0.3,
            duck=0.65,
            low_cut_hz=170,
            tops_hz=opening,
        ),
        Part("piano", "other", keys, piano, -5, Feel(timing_ms=4), reverb=0.2, echo=0.1, duck=0.35, low_cut_hz=180),
    )


def _drops(form: Form) -> list[int]:
    """Bars on which a chorus begins."""
    return [bar for name, bar in form.starts() if name == "chorus"]


def _air(form: Form) -> tuple[Part, ...]:
    glitter = form.over("chorus break", arpeggiated(voiced(CHORDS, 69, 88), (0, 2, 1, 3, 2, 1), 0.25, 0.3, 0.5))
    noises = tuple(Note((bar - 4) * 4, 16, 60, 1.0, "riser") for bar in _drops(form))
    noises += tuple(Note(bar * 4, 8, 60, 0.9, "splash") for bar in (*_drops(form), 8, 28, 48))
    sweep = ((20, 7000), (28, 7000), (29, 900), (36, 5000), (40, 8000))
    pluck = Pluck("synth", 0.7, 0.2)
    return (
        Part(
            "glitter",
            "other",
            pluck,
            glitter,
            -9.5,
            TIGHT,
            reverb=0.3,
            echo=0.35,
            duck=0.3,
            low_cut_hz=300,
            tops_hz=sweep,
        ),
        Part("noise", "other", Texture(), noises, -17, reverb=0.3, low_cut_hz=250),
    )


def _ground(form: Form) -> tuple[Part, ...]:
    busy = bass_line(CHORDS, "-:.5 1:.5 -:.5 1:.25 8:.25 -:.5 1:.5 -:.5 5:.5", 33)
    bass = form.over("verse outro", bass_line(CHORDS, "-:.5 1:.5", 33)) + form.over("chorus", busy)
    bass += form.over("lift", bass_line(LIFT, "1:4", 33, 0.6))
    beat = form.over("verse chorus", FLOOR) + form.over("intro", without(FLOOR, ("clap", "open")))
    beat += form.over("outro", without(FLOOR, ("open",))) + form.over("lift", without(FLOOR, ("clap", "open", "hat")))
    spice = form.over("break chorus", SHAKER) + tuple(Note(bar * 4, 1, 60, 0.8, "crash") for bar in _drops(form))
    kit, groove = Drums("club", tonic=9), Feel(swing=0.12, timing_ms=2, velocity_spread=0.05)
    doors = ((0, 900), (7.5, 5000), (8, 19000), (52, 19000), (56, 700))
    return (
        Part("bass", "bass", Bass("saw", 0.06), bass, -5.5, TIGHT, reverb=0.0, duck=0.45, low_cut_hz=32),
        Part("drums", "drums", kit, beat, 0, groove, reverb=0.06, low_cut_hz=30, tops_hz=doors),
        Part("percussion", "drums", kit, spice, -13, groove, reverb=0.2, low_cut_hz=300),
    )


def _voices(form: Form) -> tuple[Part, ...]:
    hook, long_line = form.over("chorus", HOOK), form.over("break", LONG_LINE)
    trio, alone = Singer(3, 0.3, 16, 1.02, 0.5), Singer(1, 0.3, 26)
    return (
        Part("hook", "vocals", trio, hook, -3, Feel(timing_ms=8), reverb=0.25, echo=0.25, duck=0.15, low_cut_hz=170),
        Part("singer", "vocals", alone, long_line, -5.5, Feel(timing_ms=12), reverb=0.45, echo=0.2, low_cut_hz=160),
    )


SONG = Song(
    number=3,
    title="Glass Terrace",
    artist="Sunday Lifts",
    album="Open Windows",
    genre="House",
    mood="noon",
    tempo_bpm=122,
    key=Key("A", "minor"),
    seed=122_003,
    form=FORM,
    write=write,
    hall=Hall(1.6, 0.02, 0.5),
    echo_beats=0.75,
    ring_seconds=4,
)
