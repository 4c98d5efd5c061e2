"""Afterglow Drive: synthwave in E minor at 100 beats a minute. An arpeggio, a marching bass and a lead that glides home."""

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

FORM = Form((
    Section("intro", 4), Section("verse", 8), Section("chorus", 8), Section("verse", 4), Section("break", 4), Section("chorus", 8),
    Section("outro", 4),
))  # fmt: skip

VERSE = progression("Em9:4 Cmaj7:4 Am7:4 Bm7:4")
CHORUS = progression("Em:4 C:4 D:4 Bm7:4")
OUTRO = progression("Em9:8 Cmaj7:4 Em9:4")

LEAD = melody(
    "B4:1.5 G4:.5 E5:2 | D5:.5 C5:.5 G4:2 E4:1 | F#4:1.5 A4:.5 D5:2 | D5:1 B4:.5 A4:.5 F#4:2"
    " | B4:1.5 G4:.5 G5:2! | F#5:.5 E5:.5 C5:2 G4:1 | A4:1 F#5:1 E5:1 D5:1 | B4:3.5 -:.5",
    velocity=0.75,
)
VOICE = melody("E4:3/oh D4:1 | E4:3.5/oo -:.5 | A4:2/ah G4:1 E4:1 | F#4:3.5/oo -:.5", velocity=0.7)
MARCH = chain(
    grid({"kick": "X.....x.X.......", "snare": "....X.......X...", "hat": "x.ogx.ogx.ogx.og"}),
    grid({"kick": "X.....x.X.....x.", "snare": "....X.......X...", "hat": "x.ogx.ogx.ogx.xo"}),
    grid({"kick": "X.....x.X.......", "snare": "....X.......X...", "hat": "x.ogx.ogx.ogx.og"}),
    grid(
        {"kick": "X.....x.X.......", "snare": "....X.......X.xX", "hat": "x.ogx.ogx.......", "tom": "..........x.x.x."}
    ),
)
STEADY = grid({"kick": "X.......X.......", "hat": "x.o.x.o.x.o.x.o."})


def write(form: Form) -> tuple[Part, ...]:
    """The arrangement."""
    high, wide = voiced(VERSE, 64, 83), voiced(CHORUS, 64, 83, 3)
    figure = (0, 1, 2, 3, 2, 1, 2, 1)
    arpeggio = form.over("intro verse break", arpeggiated(high, figure, 0.25, 0.24, 0.6))
    arpeggio += form.over("chorus", arpeggiated(wide, (0, 1, 2, 3, 4, 3, 2, 1), 0.25, 0.24, 0.6))
    pad = form.over("intro verse break", held(voiced(VERSE, 52, 71), 0.7, 1.02))
    pad += form.over("chorus", held(voiced(CHORUS, 52, 71, 4), 0.7, 1.02)) + form.over(
        "outro", held(voiced(OUTRO, 52, 71), 0.6)
    )
    eighths = "1:.5 1:.5 1:.5 1:.5 1:.5 1:.5 8:.5 1:.5"
    ground = form.over("verse", bass_line(VERSE, "1:.5", 28, 0.7)) + form.over(
        "chorus", bass_line(CHORUS, eighths, 28, 0.8)
    )
    ground += form.over("outro", bass_line(OUTRO, "1:4", 28, 0.6))
    beat = form.over("chorus", MARCH) + form.over("verse", STEADY)
    starts = [bar for name, bar in form.starts() if name == "chorus"]
    sweeps = tuple(Note((bar - 2) * 4, 8, 60, 1.0, "riser") for bar in starts)
    sweeps += tuple(Note(bar * 4, 8, 60, 0.8, "splash") for bar in (*starts, 36))
    crashes = tuple(Note(bar * 4, 1, 60, 0.9, "crash") for bar in starts)
    toms = tuple(Note(bar * 4 - 2 + n * 0.5, 0.5, 60, 0.6 + 0.1 * n, "tom") for bar in starts for n in range(4))
    harmony = Lead("soft", 0.06, 0.03, 0.3)
    return (
        Part("pad", "other", Pad("strings", 0.7, 1.6, 28), pad, -5.5, reverb=0.3, duck=0.35, low_cut_hz=150,
             tops_hz=((0, 400), (4, 1600), (12, 5000), (20, 3000), (24, 900), (28, 6000), (36, 3000), (40, 500))),
        Part("arpeggio", "other", Pluck("synth", 0.55, 0.12), arpeggio, -7, Feel(timing_ms=1.5, velocity_spread=0.08), reverb=0.2,
             echo=0.25, duck=0.2, low_cut_hz=220, tops_hz=((0, 900), (4, 3000), (12, 8000), (24, 1500), (28, 9000))),
        Part("lead", "other", Lead("saw", 0.07, 0.02, 0.25, 16, 0.9), form.over("chorus", LEAD), -4, Feel(timing_ms=5), reverb=0.3,
             echo=0.3, low_cut_hz=200),
        Part("second lead", "other", harmony, form.over("break outro", transposed(LEAD, 0, 0.7)), -6, Feel(timing_ms=5), reverb=0.4,
             echo=0.3, low_cut_hz=200),
        Part("sweeps", "other", Texture(), sweeps, -18, reverb=0.3, low_cut_hz=250),
        Part("bass", "bass", Bass("saw", 0.05), ground, -4, Feel(timing_ms=2), reverb=0.0, duck=0.3, low_cut_hz=30),
        Part("drums", "drums", Drums("retro"), beat + crashes + toms, -1, Feel(timing_ms=2, velocity_spread=0.05), reverb=0.14,
             low_cut_hz=30),
        Part("voice", "vocals", Singer(3, 0.25, 20, 0.98, 0.6), form.over("chorus", VOICE), -7, Feel(timing_ms=10), reverb=0.45, echo=0.1,
             low_cut_hz=160),
        Part("call", "vocals", Singer(1, 0.3, 26), form.over("break", VOICE), -4, Feel(timing_ms=10), reverb=0.5, echo=0.25,
             low_cut_hz=160),
    )  # fmt: skip


SONG = Song(
    number=4, title="Afterglow Drive", artist="Vera Lumen", album="Open Windows", genre="Synthwave", mood="neon", tempo_bpm=100,
    key=Key("E", "minor"), seed=100_004, form=FORM, write=write, hall=Hall(2.0, 0.02, 0.55), echo_beats=0.75, ring_seconds=5,
)  # fmt: skip
