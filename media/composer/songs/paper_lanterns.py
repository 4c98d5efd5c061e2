"""Paper Lanterns: lo-fi in F major at 82 beats a minute. Electric piano, dusty drums, a nylon guitar, somebody humming."""

from media.composer.bass import Bass
from media.composer.drums import Drums
from media.composer.harmony import arpeggiated, bass_line, comped, held, progression, voiced
from media.composer.keys import ElectricPiano
from media.composer.pad import Pad
from media.composer.part import Part
from media.composer.pluck import Pluck
from media.composer.reverb import Hall
from media.composer.rhythm import Feel, grid, without
from media.composer.score import Form, Key, Note, Section, chain, melody, rest, transposed
from media.composer.song import Song
from media.composer.texture import Texture
from media.composer.voice import Singer

FORM = Form(
    (
        Section("intro", 4),
        Section("verse", 8),
        Section("bridge", 8),
        Section("break", 4),
        Section("last", 8),
        Section("outro", 2),
    )
)

VERSE = progression("Fmaj9:4 Dm7:4 Gm9:4 C9sus4:2 C7:2")
BRIDGE = progression("Bbmaj7:4 Am7:4 Gm9:4 Fmaj9:4")
OUTRO = progression("F6/9:8")

GUITAR = melody(
    """
    A4:1 C5:.5 D5:1 C5:.5 A4:1 | -:.5 F4:.5 A4:1 C5:1.5 -:.5 | Bb4:1 D5:.5 F5:1! D5:.5 Bb4:1 | A4:1 G4:2.5 -:.5 |
    A4:1 C5:.5 D5:1 E5:.5 F5:1 | E5:.5 D5:.5 A4:2 -:1 | Bb4:.5 A4:.5 G4:1 D5:1 Bb4:1 | C5:1.5 Bb4:.5 A4:1 G4:1
    """,
    velocity=0.65,
)
HUM = melody(
    "D4:2/mm F4:1.5 -:.5 | E4:2/oo C4:1.5 -:.5 | Bb3:1.5 D4:.5 F4:1.5/oh -:.5 | G4:1/oo F4:2.5 -:.5", velocity=0.7
)
DRUMS = chain(
    grid({"kick": "X......x..X.....", "snare": "....X.......X..g", "hat": "x.o.x.o.x.o.x.og"}),
    grid(
        {"kick": "X......x..X..x..", "snare": "....X..g....X...", "hat": "x.o.x.o.x.oox.o.", "rim": "..........g....."}
    ),
)
LOOSE = Feel(swing=0.55, timing_ms=9, velocity_spread=0.1, late_ms=6)


def write(form: Form) -> tuple[Part, ...]:
    """The arrangement."""
    return (*_keys(form), *_colours(form), *_ground(form))


def _keys(form: Form) -> tuple[Part, ...]:
    verse, bridge = voiced(VERSE, 53, 72), voiced(BRIDGE, 53, 72)
    rolled = arpeggiated(
        voiced(OUTRO, 53, 72), (0, 1, 2, 3, 4, 5, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1), 0.5, 4.0, 0.42
    )
    notes = form.over("intro verse last", comped(verse, "x--.o-x-", 0.5, 0.55, 0.03)) + form.over("outro", rolled)
    notes += form.over("bridge", comped(bridge, "x-----o-", 0.5, 0.55, 0.03)) + form.over("break", held(bridge, 0.45))
    pad = form.over("bridge", held(voiced(BRIDGE, 55, 74, 3), 0.6)) + form.over(
        "break", held(voiced(BRIDGE, 55, 74, 3), 0.5)
    )
    pad += form.over("outro", held(voiced(OUTRO, 55, 74, 3), 0.5))
    radio = ((0, 700), (4, 3800), (20, 3800), (21, 1100), (24, 4200), (32, 4200), (34, 900))
    piano = ElectricPiano(2.9, 0.4)
    return (
        Part("piano", "other", piano, notes, -2.5, LOOSE, reverb=0.15, duck=0.25, low_cut_hz=130, tops_hz=radio),
        Part("pad", "other", Pad("warm", 1.2, 1.6, 20), pad, -10, reverb=0.3, duck=0.3, low_cut_hz=200),
    )


def _colours(form: Form) -> tuple[Part, ...]:
    nylon = form.over("last", GUITAR) + form.over("verse", chain(rest(16), transposed(GUITAR, 0, 0.8)))
    hum = form.over("bridge", HUM) + form.over("break", transposed(HUM, 0, 0.8))
    singers, lazy = Singer(2, 0.4, 18, 0.97, 0.4), Feel(timing_ms=14, late_ms=10)
    return (
        Part("vinyl", "other", Texture(1.5), (Note(0, 138, 60, 1.0, "vinyl"),), -24, reverb=0.0),
        Part("guitar", "other", Pluck("nylon", 0.25, 0.35), nylon, -4.5, LOOSE, pan=0.12, reverb=0.22, echo=0.14),
        Part("hum", "vocals", singers, hum, -4, lazy, reverb=0.3, echo=0.12, low_cut_hz=140),
    )


def _ground(form: Form) -> tuple[Part, ...]:
    bass = form.over("verse last", bass_line(VERSE, "1:1.5 1:.5 5:1 8:.5 a:.5", 34))
    bass += form.over("bridge", bass_line(BRIDGE, "1:2 5:1.5 a:.5", 34)) + form.over(
        "outro", bass_line(OUTRO, "1:8", 34, 0.7)
    )
    beat = form.over("verse bridge last", DRUMS) + form.over("intro", without(DRUMS, ("kick", "snare")))
    kit, groove = Drums("dusty", 0.6, tonic=5), Feel(swing=0.55, timing_ms=6, velocity_spread=0.12)
    return (
        Part("bass", "bass", Bass("upright", 0.1), bass, -3.5, LOOSE, reverb=0.0, duck=0.15, low_cut_hz=30),
        Part("drums", "drums", kit, beat, -2, groove, reverb=0.08, low_cut_hz=30, tops_hz=((0, 2500), (4, 9000))),
    )


SONG = Song(
    number=2,
    title="Paper Lanterns",
    artist="Moth Ferry",
    album="Open Windows",
    genre="Lo-fi",
    mood="dusk",
    tempo_bpm=82,
    key=Key("F", "major"),
    seed=82_002,
    form=FORM,
    write=write,
    hall=Hall(1.3, 0.012, 0.35),
    echo_beats=0.75,
    ring_seconds=4,
)
