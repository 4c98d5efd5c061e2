"""First Light: ambient in D major at 72 beats a minute. A pad wakes, a kalimba walks, one voice joins the sun."""

from media.composer.bass import Bass
from media.composer.drums import Drums
from media.composer.harmony import arpeggiated, bass_line, held, progression, voiced
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

FORM = Form((Section("dawn", 4), Section("walk", 8), Section("sun", 8), Section("day", 8), Section("haze", 2)))

DAWN = progression("Dadd9:8 Gmaj7:8")
WALK = progression("Dadd9:4 Bm7:4 Gadd9:4 A7sus4:2 A:2 | Dadd9:4 D/F#:4 Gmaj7:4 A7sus4:4")
SUN = progression("Gmaj7:4 A6:4 F#m7:4 Bm7:4 | Em9:4 A7sus4:2 A:2 Dadd9:8")
HAZE = progression("Dadd9:8")

PIANO = melody(
    """
    -:1 F#5:1 E5:.5 A4:1.5 | -:1 D5:1 C#5:.5 F#4:1.5 | -:1 B4:1 A4:.5 D5:1.5 | E5:2? -:2 |
    -:1 F#5:1 A5:.5 E5:1.5 | -:1 C#5:1 E5:.5 A4:1.5 | B4:1.5 A4:.5 F#4:2 | E4:3? -:1
    """,
    velocity=0.55,
)
SUN_LINE = melody(
    "D5:3/oo B4:1 | C#5:2 A4:2 | A4:3 F#4:1 | B4:3.5 -:.5 | G4:2/oh B4:2 | D5:2/ah C#5:1 B4:1 | A4:6/oo -:2",
    velocity=0.7,
)
DAY_LINE = chain(rest(16), melody("F#4:2/oo A4:2 | C#5:3/ah A4:1 | B4:2/oo A4:1 F#4:1 | E4:3.5 -:.5", velocity=0.6))
HEARTBEAT = grid({"kick": "o.......g.......", "shaker": "..o...o...o...og"})


def write(form: Form) -> tuple[Part, ...]:
    """The arrangement."""
    return (*_beds(form), *_hands(form), *_ground(form), *_voices(form))


def _beds(form: Form) -> tuple[Part, ...]:
    chords = form.over("dawn", held(voiced(DAWN, 50, 69), 0.7, 1.02)) + form.over(
        "sun", held(voiced(SUN, 50, 69), 0.7, 1.02)
    )
    chords += form.over("walk day", held(voiced(WALK, 50, 69), 0.7, 1.02)) + form.over(
        "haze", held(voiced(HAZE, 50, 69), 0.7)
    )
    high = form.over("sun", held(voiced(SUN, 62, 78, 3), 0.5))
    opening = ((0, 500), (4, 1800), (12, 6000), (20, 9000), (28, 3500), (30, 700))
    return (
        Part("air", "other", Texture(4.0), (Note(0, 40, 60, 1.0, "air"),), -17, reverb=0.1),
        Part("pad", "other", Pad("warm", 2.2, 3.5, 26), chords, -3.5, reverb=0.35, low_cut_hz=130, tops_hz=opening),
        Part("strings", "other", Pad("strings", 1.6, 2.4, 18), high, -8, reverb=0.4, low_cut_hz=220),
    )


def _hands(form: Form) -> tuple[Part, ...]:
    kalimba = form.over("walk day", arpeggiated(voiced(WALK, 62, 83), (0, 2, 1, 3, 2, 4, 3, -1), 0.5, 0.9, 0.5))
    kalimba += form.over("sun", arpeggiated(voiced(SUN, 62, 83), (0, -1, 2, 1, 3, -1, 2, -1), 0.5, 0.9, 0.45))
    calm = Feel(timing_ms=9, velocity_spread=0.12)
    entering = ((4, -6), (8, 0), (26, 0), (28, -4))
    piano = form.over("walk day", PIANO)
    return (
        Part(
            "kalimba", "other", Pluck("kalimba", 0.6, 1.4), kalimba, -7, calm, reverb=0.3, echo=0.28, levels_db=entering
        ),
        Part("piano", "other", FeltPiano(0.5, 0.9), piano, -5.5, Feel(timing_ms=11, late_ms=8), reverb=0.35, echo=0.12),
    )


def _ground(form: Form) -> tuple[Part, ...]:
    bass = form.over("walk day", bass_line(WALK, "1:3 5:1", velocity=0.6))
    bass += form.over("sun", bass_line(SUN, "1:4", velocity=0.65))
    heart = form.over("sun day", HEARTBEAT)
    drums = Drums("soft", tonic=2)
    return (
        Part("bass", "bass", Bass("sub", 0.5, 0.06), bass, -7, Feel(timing_ms=5), reverb=0.0, low_cut_hz=28),
        Part(
            "drums",
            "drums",
            drums,
            heart,
            -9,
            Feel(timing_ms=6),
            reverb=0.2,
            low_cut_hz=28,
            levels_db=((12, -4), (16, 0)),
        ),
    )


def _voices(form: Form) -> tuple[Part, ...]:
    line = form.over("sun", SUN_LINE) + form.over("day", DAY_LINE)
    choir = form.over("sun", held(voiced(SUN, 55, 72, 3), 0.6))
    singers = Singer(2, 0.35, 20, 1.0, 0.35)
    return (
        Part("voice", "vocals", singers, line, -4, Feel(timing_ms=12), reverb=0.5, echo=0.15, low_cut_hz=160),
        Part("choir", "vocals", Pad("choir", 1.8, 2.6, 30), choir, -9, reverb=0.4, low_cut_hz=180),
    )


SONG = Song(
    number=1,
    title="First Light",
    artist="Ilmar Vey",
    album="Open Windows",
    genre="Ambient",
    mood="dawn",
    tempo_bpm=72,
    key=Key("D", "major"),
    seed=72_001,
    form=FORM,
    write=write,
    hall=Hall(3.2, 0.03, 0.4),
    echo_beats=0.75,
    ring_seconds=7,
)
