"""Afterglow Drive: synthwave in E minor at 100 beats a minute. An arpeggio, a marching bass, a lead that glides home."""

from media.composer.bass import Bass
from media.composer.drums import Drums
from media.composer.harmony import arpeggiated, bass_line, held, progression, voiced
from media.composer.lead import Lead
from media.composer.pad import Pad
from media.composer.part import Part
from media.composer.pluck import Pluck
from media.composer.reverb import Hall
from media.composer.rhythm import Feel, grid
from media.composer.score import Form, Key, Note, Section, chain, melody, transposed
from media.composer.song import Song
from media.composer.texture import Texture
from media.composer.voice import Singer

FORM = Form(
    (
        Section("intro", 4),
        Section("verse", 8),
        Section("chorus", 8),
        Section("verse", 4),
        Section("break", 4),
        Section("chorus", 8),
        Section("outro", 4),
    )
)

VERSE = progression("Em:4 Cmaj7:4 Em:4 Am7:2 B7:2")
CHORUS = progression("Em:4 C:4 Am7:4 B7:4")
OUTRO = progression("Em:4 C:4 Am7:4 Em9:4")

LEAD = melody(
    """
    B4:1.5 G4:.5 E5:2 | D5:.5 C5:.5 G4:2 E4:1 | E4:1.5 A4:.5 C5:2 | B4:1 A4:.5 G4:.5 F#4:2 |
    B4:1.5 G4:.5 G5:2! | F#5:.5 E5:.5 C5:2 G4:1 | A4:1 E5:1 D5:1 C5:1 | B4:3.5 -:.5
    """,
    velocity=0.75,
)
HOME = melody("B4:1.5 G4:.5 E5:2 | D5:.5 C5:.5 G4:2 E4:1 | E4:1.5 A4:.5 C5:2 | B4:1 A4:.5 G4:.5 E4:2", velocity=0.5)
VOICE = melody("E4:3/oh B3:1 | E4:3.5/oo -:.5 | A4:2/ah G4:1 E4:1 | F#4:3.5/oo -:.5", velocity=0.7)
STEADY = grid({"kick": "X.......X.......", "hat": "x.o.x.o.x.o.x.o."})
MARCH = chain(
    grid({"kick": "X.....x.X.......", "snare": "....X.......X...", "hat": "x.ogx.ogx.ogx.og"}),
    grid({"kick": "X.....x.X.....x.", "snare": "....X.......X...", "hat": "x.ogx.ogx.ogx.xo"}),
    grid({"kick": "X.....x.X.......", "snare": "....X.......X...", "hat": "x.ogx.ogx.ogx.og"}),
    grid(
        {"kick": "X.....x.X.......", "snare": "....X.......X.xX", "hat": "x.ogx.ogx.......", "tom": "..........x.x.x."}
    ),
)


def write(form: Form) -> tuple[Part, ...]:
    """The arrangement."""
    return (*_chords(form), *_leads(form), *_ground(form), *_voices(form))


def _chords(form: Form) -> tuple[Part, ...]:
    figure = form.over("intro verse", arpeggiated(voiced(VERSE, 64, 83), (0, 1, 2, 3, 2, 1, 2, 1), 0.25, 0.24, 0.6))
    wide = arpeggiated(voiced(CHORUS, 64, 83, 3), (0, 1, 2, 3, 4, 3, 2, 1), 0.25, 0.24, 0.6)
    figure += form.over("chorus break", wide)
    pad = form.over("intro verse", held(voiced(VERSE, 52, 71), 0.7, 1.02))
    pad += form.over("chorus break", held(voiced(CHORUS, 52, 71), 0.7, 1.02)) + form.over(
        "outro", held(voiced(OUTRO, 52, 71), 0.6)
    )
    dusk = ((0, 400), (4, 1600), (12, 5000), (20, 3000), (24, 900), (28, 6000), (36, 3000), (40, 500))
    lights = ((0, 900), (4, 3000), (12, 8000), (24, 1500), (28, 9000))
    strings, pluck, exact = (
        Pad("strings", 0.7, 1.6, 28),
        Pluck("synth", 0.55, 0.12),
        Feel(timing_ms=1.5, velocity_spread=0.08),
    )
    return (
        Part("pad", "other", strings, pad, -5.5, reverb=0.3, duck=0.35, low_cut_hz=150, tops_hz=dusk),
        Part(
            "arpeggio",
            "other",
            pluck,
            figure,
            -7,
            exact,
            reverb=0.2,
            echo=0.25,
            duck=0.2,
            low_cut_hz=220,
            tops_hz=lights,
        ),
    )


def _leads(form: Form) -> tuple[Part, ...]:
    quiet = form.over("break", transposed(LEAD, 0, 0.7)) + form.over("outro", HOME)
    bright, soft = Lead("saw", 0.07, 0.02, 0.25, 16, 0.9), Lead("soft", 0.06, 0.03, 0.3)
    return (
        Part("lead", "other", bright, form.over("chorus", LEAD), -4, reverb=0.3, echo=0.3, low_cut_hz=200),
        Part("second lead", "other", soft, quiet, -6, reverb=0.4, echo=0.3, low_cut_hz=200),
    )


def _ground(form: Form) -> tuple[Part, ...]:
    march = "1:.5 1:.5 1:.5 1:.5 1:.5 1:.5 8:.5 1:.5"
    bass = form.over("verse", bass_line(VERSE, "1:.5", 28, 0.7)) + form.over(
        "chorus", bass_line(CHORUS, march, 28, 0.8)
    )
    bass += form.over("outro", bass_line(OUTRO, "1:4", 28, 0.6))
    starts = [bar for name, bar in form.starts() if name == "chorus"]
    beat = form.over("chorus", MARCH) + form.over("verse", STEADY)
    beat += tuple(Note(bar * 4, 1, 60, 0.9, "crash") for bar in starts)
    beat += tuple(Note(bar * 4 - 2 + n * 0.5, 0.5, 60, 0.6 + 0.1 * n, "tom") for bar in starts for n in range(4))
    sweeps = tuple(Note((bar - 2) * 4, 8, 60, 1.0, "riser") for bar in starts)
    sweeps += tuple(Note(bar * 4, 8, 60, 0.8, "splash") for bar in (*starts, 36))
    kit, exact = Drums("retro", tonic=4), Feel(timing_ms=2, velocity_spread=0.05)
    return (
        Part("sweeps", "other", Texture(), sweeps, -18, reverb=0.3, low_cut_hz=250),
        Part("bass", "bass", Bass("saw", 0.05), bass, -6, exact, reverb=0.0, duck=0.3, low_cut_hz=30),
        Part("drums", "drums", kit, beat, -1, exact, reverb=0.14, low_cut_hz=30),
    )


def _voices(form: Form) -> tuple[Part, ...]:
    trio, alone = Singer(3, 0.25, 20, 0.98, 0.6), Singer(1, 0.3, 26)
    chorus, call = form.over("chorus", VOICE), form.over("break", VOICE)
    return (
        Part("voice", "vocals", trio, chorus, -7, Feel(timing_ms=10), reverb=0.45, echo=0.1, low_cut_hz=160),
        Part("call", "vocals", alone, call, -5, Feel(timing_ms=10), reverb=0.5, echo=0.25, low_cut_hz=160),
    )


SONG = Song(
    number=4,
    title="Afterglow Drive",
    artist="Vera Lumen",
    album="Open Windows",
    genre="Synthwave",
    mood="neon",
    tempo_bpm=100,
    key=Key("E", "minor"),
    seed=100_004,
    form=FORM,
    write=write,
    hall=Hall(2.0, 0.02, 0.55),
    echo_beats=0.75,
    ring_seconds=5,
)
