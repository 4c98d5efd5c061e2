"""Carousel in the Rain: a waltz in G minor at 96 beats a minute. Felt piano, music box, brushes, a voice in the wet."""

from media.composer.bass import Bass
from media.composer.drums import Drums
from media.composer.harmony import arpeggiated, bass_line, comped, held, progression, voiced
from media.composer.keys import FeltPiano
from media.composer.pad import Pad
from media.composer.part import Part
from media.composer.pluck import Pluck
from media.composer.reverb import Hall
from media.composer.rhythm import Feel, grid
from media.composer.score import Form, Key, Note, Section, chain, melody, rest
from media.composer.song import Song
from media.composer.texture import Texture
from media.composer.voice import Singer

FORM = Form(
    (
        Section("rain", 4),
        Section("turn", 8),
        Section("turn", 8),
        Section("lights", 8),
        Section("still", 8),
        Section("lights", 8),
        Section("turn", 8),
        Section("home", 4),
    ),
    beats_per_bar=3,
)

TURN = progression("Gm:3 Ebmaj7:3 Cm7:3 D7:3 | Gm:3 Bb:3 D7:3 Gm:3")
LIGHTS = progression("Ebmaj7:3 Bb:3 F:3 Gm:3 | Cm7:3 Gm:3 Am7b5:3 D7:3")
STILL = progression("Gm:6 Cm7:6 Gm:6 D7sus4:3 D7:3")
HOME = progression("Gm:6 Gm:6")

BOX = melody(
    """
    D5:2 G5:1 | G5:1.5 F5:.5 Eb5:1 | C5:2 Eb5:1 | D5:2.5 -:.5 |
    Bb4:2 D5:1 | D5:1.5 C5:.5 Bb4:1 | C5:1 A4:1 F#4:1 | G4:2.5 -:.5
    """,
    velocity=0.6,
)
CALL = chain(rest(6), melody("D5:3 G5:2 F5:1", velocity=0.45))
FAREWELL = melody("D5:3 Bb4:3 G4:5 -:1", velocity=0.5)
LIGHTS_LINE = melody(
    """
    G4:2.5/oo -:.5 | F4:2 D4:1 | A4:2/ah C5:1 | Bb4:2.5 -:.5 |
    C5:2/oo Bb4:1 | Bb4:2 G4:1 | A4:2/oh C5:1 | A4:2.5/ah -:.5
    """,
    velocity=0.75,
)
HUM = melody("-:3 D4:3/mm | G4:4/oo F4:1.5 -:.5 | D4:5/mm -:1 | G4:3/oo F#4:2.5 -:.5", velocity=0.6)
BRUSHES = grid({"kick": "o.....", "brush": "x.o.o.", "rim": "..g.g.", "hat": "..g.gg"}, 0.5)


def write(form: Form) -> tuple[Part, ...]:
    """The arrangement."""
    return (*_piano_and_box(form), *_strings(form), *_ground(form), *_voices(form))


def _piano_and_box(form: Form) -> tuple[Part, ...]:
    piano = form.over("turn", comped(voiced(TURN, 55, 74, 3), ".xx", 1.0, 0.5, 0.02))
    piano += form.over("lights", comped(voiced(LIGHTS, 55, 74, 3), ".xo", 1.0, 0.55, 0.02))
    piano += form.over("still", arpeggiated(voiced(STILL, 55, 74, 3), (0, 1, 2, 3, 2, 1), 0.5, 1.0, 0.5))
    slow = (0, 1, 2, 3, 4, 3, 2, 1, 0, -1, -1, -1)
    piano += form.over("rain home", arpeggiated(voiced(HOME, 55, 74, 3), slow, 0.5, 2.0, 0.5))
    box = form.over("rain", CALL) + form.over("turn", BOX) + form.over("home", FAREWELL)
    calm, child = Feel(timing_ms=12, velocity_spread=0.1), Feel(timing_ms=10, velocity_spread=0.08)
    bells = Pluck("music box", 0.3, 1.2)
    return (
        Part("piano", "other", FeltPiano(0.6, 0.4), piano, -4.5, calm, reverb=0.22, low_cut_hz=110),
        Part("music box", "other", bells, box, -5.5, child, pan=-0.1, reverb=0.35, echo=0.12, low_cut_hz=250),
    )


def _strings(form: Form) -> tuple[Part, ...]:
    picking = form.over("lights", arpeggiated(voiced(LIGHTS, 62, 79, 3), (0, 1, 2, 3, 2, 1), 0.5, 0.5, 0.5))
    bowed = form.over("lights", held(voiced(LIGHTS, 55, 76, 3), 0.6, 1.03))
    bowed += form.over("still", held(voiced(STILL, 55, 74, 3), 0.5, 1.03))
    shower = (Note(0, 174, 60, 1.0, "rain"),)
    weather = ((0, 3), (4, -2), (26, 2), (30, 2), (36, -3), (52, 3))
    bows, swell = Pad("strings", 0.8, 1.4, 16), ((0, 2500), (20, 3500), (28, 1800), (36, 4500))
    return (
        Part("rain", "other", Texture(4.0), shower, -22, reverb=0.0, low_cut_hz=400, levels_db=weather),
        Part("guitar", "other", Pluck("nylon", 0.3, 0.4), picking, -7.5, Feel(timing_ms=9), pan=0.25, reverb=0.25),
        Part("strings", "other", bows, bowed, -9, reverb=0.35, low_cut_hz=180, tops_hz=swell),
    )


def _ground(form: Form) -> tuple[Part, ...]:
    bass = form.over("turn", bass_line(TURN, "1:2.6 -:.4", 31, 0.75)) + form.over(
        "lights", bass_line(LIGHTS, "1:2 5:1", 31, 0.8)
    )
    bass += form.over("home", bass_line(HOME, "1:6", 31, 0.6))
    beat = form.over("turn lights", BRUSHES)
    kit, soft = Drums("brushes", tonic=7), Feel(timing_ms=8, velocity_spread=0.14)
    return (
        Part(
            "bass", "bass", Bass("upright", 0.16), bass, -5.5, Feel(timing_ms=9, late_ms=4), reverb=0.0, low_cut_hz=32
        ),
        Part("drums", "drums", kit, beat, -9, soft, reverb=0.15, low_cut_hz=32, levels_db=((4, -5), (12, 0))),
    )


def _voices(form: Form) -> tuple[Part, ...]:
    line, hum = form.over("lights", LIGHTS_LINE), form.over("still", HUM)
    alone, pair = Singer(1, 0.3, 30), Singer(2, 0.4, 20, 0.95, 0.6)
    return (
        Part("voice", "vocals", alone, line, -3.5, Feel(timing_ms=14, late_ms=6), reverb=0.35, low_cut_hz=160),
        Part("humming", "vocals", pair, hum, -6, Feel(timing_ms=14), reverb=0.45, low_cut_hz=150),
    )


SONG = Song(
    number=5,
    title="Carousel in the Rain",
    artist="The Umbra Trio",
    album="Open Windows",
    genre="Waltz",
    mood="rain",
    tempo_bpm=96,
    key=Key("G", "minor"),
    seed=96_005,
    form=FORM,
    write=write,
    hall=Hall(2.1, 0.022, 0.4),
    echo_beats=1.5,
    ring_seconds=5,
)
