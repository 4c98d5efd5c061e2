"""Northbound: light drum and bass in F sharp minor at 172 beats a minute. Fast drums under slow, wide chords."""

from media.composer.bass import Bass
from media.composer.drums import Drums
from media.composer.harmony import arpeggiated, bass_line, comped, held, progression, voiced
from media.composer.keys import ElectricPiano
from media.composer.lead import Lead
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
        Section("rise", 8),
        Section("flight", 16),
        Section("break", 12),
        Section("flight", 16),
        Section("outro", 8),
    )
)

CHORDS = progression("F#m9:8 Dmaj7:8 Bm7:8 F#m7:4 C#m7:4")
OUTRO = progression("F#m9:16 Dmaj7:8 F#m9:8")

FLUTE = melody(
    """
    C#5:3 A4:1 F#4:4 | -:2 A4:2 C#5:2 E5:2 | D5:3 B4:1 F#4:4 | -:2 G#4:2 B4:2 C#5:2 |
    C#5:3 E5:1 F#5:4! | -:2 E5:2 C#5:2 A4:2 | B4:3 A4:1 F#4:4 | G#4:4 E4:3 -:1
    """,
    velocity=0.7,
)
VOICE = melody("F#4:6/oo A4:2 | C#5:7/ah -:1 | B4:4/oh A4:2 F#4:2 | A4:3/oo G#4:4 -:1", velocity=0.7)
CHOP = melody("-:3 C#5:.5/ah -:.5 A4:1/oo -:3 | -:8 | -:3 D5:.5/ah -:.5 B4:1/oo -:3 | -:6 G#4:1/oo -:1", velocity=0.8)
BREAKBEAT = chain(
    grid(
        {"kick": "X.........x.....", "snare": "....X..g.g..X..g", "hat": "x.x.x.x.x.x.x.x.", "ride": "o...o...o...o..."}
    ),
    grid(
        {"kick": "X.........X.....", "snare": "....X..g.g..X...", "hat": "x.x.x.x.x.xox.x.", "ride": "o...o...o...o..."}
    ),
    grid(
        {"kick": "X.........x.....", "snare": "....X..g.g..X..g", "hat": "x.x.x.x.x.x.x.x.", "ride": "o...o...o...o..."}
    ),
    grid(
        {"kick": "X..x......X.....", "snare": "....X..g.g..X.gx", "hat": "x.x.x.x.xoxox.x.", "ride": "o...o...o...o..."}
    ),
)


def write(form: Form) -> tuple[Part, ...]:
    """The arrangement."""
    return (*_chords(form), *_tunes(form), *_ground(form), *_voices(form))


def _flights(form: Form) -> list[int]:
    """Bars on which the drums set in."""
    return [bar for name, bar in form.starts() if name == "flight"]


def _chords(form: Form) -> tuple[Part, ...]:
    pad = form.over("intro rise flight break", held(voiced(CHORDS, 54, 73), 0.7, 1.02))
    pad += form.over("outro", held(voiced(OUTRO, 54, 73), 0.6))
    keys = form.over("flight", comped(voiced(CHORDS, 57, 76), "x-....o-....x-..", 0.5, 0.6, 0.02))
    keys += form.over("rise", comped(voiced(CHORDS, 57, 76), "x-......", 0.5, 0.5, 0.02))
    sky = ((0, 700), (8, 2500), (16, 6000), (32, 6000), (33, 1500), (44, 6000), (60, 4000), (68, 600))
    wind = (Note(0, 60, 60, 1.0, "air"), Note(128, 46, 60, 0.8, "air"))
    glass, piano = Pad("glass", 1.0, 2.0, 30), ElectricPiano(5.0, 0.4)
    return (
        Part("air", "other", Texture(3.0), wind, -18, reverb=0.1),
        Part("pad", "other", glass, pad, -5, reverb=0.35, duck=0.25, low_cut_hz=160, tops_hz=sky),
        Part("keys", "other", piano, keys, -5.5, Feel(timing_ms=5), reverb=0.25, echo=0.2, duck=0.2, low_cut_hz=180),
    )


def _tunes(form: Form) -> tuple[Part, ...]:
    figure = (0, -1, 2, -1, 1, -1, 3, -1, 2, -1, 1, -1)
    drops = form.over("intro rise break", arpeggiated(voiced(CHORDS, 66, 85), figure, 0.5, 0.5, 0.5))
    flute = form.over("flight", FLUTE)
    sweeps = tuple(Note((bar - 4) * 4, 16, 60, 1.0, "riser") for bar in _flights(form))
    sweeps += tuple(Note(bar * 4, 12, 60, 0.8, "splash") for bar in (*_flights(form), 32, 60))
    marimba, light = Pluck("marimba", 0.6, 0.8), Feel(timing_ms=5, velocity_spread=0.12)
    wood = Lead("flute", 0.05, 0.05, 0.25, 18)
    # The first eight bars of drums are left to themselves.
    waiting = ((16, -60), (23.9, -60), (24, 0))
    return (
        Part("drops", "other", marimba, drops, -6.5, light, reverb=0.35, echo=0.3, low_cut_hz=250),
        Part("flute", "other", wood, flute, -6, light, reverb=0.4, echo=0.2, low_cut_hz=250, levels_db=waiting),
        Part("sweeps", "other", Texture(), sweeps, -17, reverb=0.3, low_cut_hz=250),
    )


def _ground(form: Form) -> tuple[Part, ...]:
    bass = form.over("flight", bass_line(CHORDS, "1:3 1:1.5 8:.5 1:2 5:1", 30, 0.8))
    bass += form.over("outro", bass_line(OUTRO, "1:8", 30, 0.6))
    beat = form.over("flight", BREAKBEAT) + form.over("rise", without(BREAKBEAT, ("kick", "snare")))
    beat += tuple(Note(bar * 4, 1, 60, 0.8, "crash") for bar in _flights(form))
    kit, quick = Drums("break", tonic=6), Feel(timing_ms=3, velocity_spread=0.1)
    doors = ((8, 1500), (15.9, 9000), (16, 18000))
    return (
        Part(
            "bass", "bass", Bass("reese", 0.08, 0.01), bass, -6, Feel(timing_ms=2), reverb=0.0, duck=0.35, low_cut_hz=30
        ),
        Part("drums", "drums", kit, beat, -1, quick, reverb=0.08, low_cut_hz=32, tops_hz=doors),
    )


def _voices(form: Form) -> tuple[Part, ...]:
    voice, chops = form.over("break", VOICE), form.over("flight", CHOP)
    pair, bright = Singer(2, 0.35, 24, 1.0, 0.4), Singer(2, 0.25, 10, 1.06, 0.6)
    return (
        Part("voice", "vocals", pair, voice, -4.5, Feel(timing_ms=12), reverb=0.5, echo=0.2, low_cut_hz=160),
        Part("chops", "vocals", bright, chops, -5, Feel(timing_ms=6), reverb=0.3, echo=0.4, low_cut_hz=200),
    )


SONG = Song(
    number=6,
    title="Northbound",
    artist="Tern & Tide",
    album="Open Windows",
    genre="Drum and Bass",
    mood="sky",
    tempo_bpm=172,
    key=Key("F#", "minor"),
    seed=172_006,
    form=FORM,
    write=write,
    hall=Hall(2.4, 0.02, 0.5),
    echo_beats=1.5,
    ring_seconds=5,
)
