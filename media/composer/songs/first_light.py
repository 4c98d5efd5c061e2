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
from media.composer.score import Form, Key, Note, Passage, Section, chain, melody, rest
from media.composer.song import Song
from media.composer.texture import Texture
from media.composer.voice import Singer

FORM = Form((Section("dawn", 4), Section("walk", 8), Section("sun", 8), Section("day", 8), Section("haze", 2)))

WALK = progression("Dmaj9:4 Bm7:4 Gmaj9:4 A9sus4:4 | Dmaj9:4 F#m7:4 Gmaj9:4 A6:4")
SUN = progression("Gmaj9:4 A6:4 F#m7:4 Bm9:4 | Em9:4 A9sus4:4 Dmaj9:8")
DAWN = progression("Dmaj9:8 Gmaj9:8")
HAZE = progression("Dmaj9:8")

PIANO = melody(
    "-:1 F#5:1 E5:.5 A4:1.5 | -:1 D5:1 C#5:.5 F#4:1.5 | -:1 B4:1 A4:.5 D5:1.5 | E5:2? -:2"
    " | -:1 F#5:1 A5:.5 E5:1.5 | -:1 C#5:1 E5:.5 A4:1.5 | B4:1.5 A4:.5 F#4:2 | E4:3? -:1",
    velocity=0.55,
)
SONG_LINE = melody(
    "D5:3/oo B4:1 | C#5:2 A4:2 | A4:3 F#4:1 | B4:3.5 -:.5 | G4:2/oh B4:2 | D5:2/ah C#5:1 B4:1 | A4:6/oo -:2",
    velocity=0.7,
)
RETURN_LINE = chain(rest(16), melody("F#4:2/oo A4:2 | C#5:3/ah A4:1 | B4:2/oo A4:1 F#4:1 | E4:3.5 -:.5", velocity=0.6))


def write(form: Form) -> tuple[Part, ...]:
    """The arrangement."""
    low = {name: voiced(chords, 50, 69) for name, chords in (("dawn haze", DAWN), ("walk day", WALK), ("sun", SUN))}
    high = {name: voiced(chords, 62, 83) for name, chords in (("walk day", WALK), ("sun", SUN))}
    pad = tuple(note for names, chords in low.items() for note in form.over(names, held(chords, 0.7, 1.02)))
    strings = form.over("sun", held(voiced(SUN, 62, 78, 3), 0.5))
    steps = (0, 2, 1, 3, 2, 4, 3, -1)
    kalimba = form.over("walk day", arpeggiated(high["walk day"], steps, 0.5, 0.9, 0.5))
    kalimba += form.over("sun", arpeggiated(high["sun"], (0, -1, 2, 1, 3, -1, 2, -1), 0.5, 0.9, 0.45))
    ground = form.over("walk day", bass_line(WALK, "1:3 5:1", velocity=0.6)) + form.over(
        "sun", bass_line(SUN, "1:4", velocity=0.65)
    )
    pulse = grid({"kick": "o.......g.......", "shaker": "..o...o...o...og"})
    return (
        Part("air", "other", Texture(4.0), form.over("dawn", Passage(16, (Note(0, 40, 60, 1.0, "air"),))), -17, reverb=0.1),
        Part("pad", "other", Pad("warm", 2.2, 3.5, 26), pad, -3.5, reverb=0.35, low_cut_hz=90,
             tops_hz=((0, 500), (4, 1800), (12, 4000), (20, 6000), (28, 2500), (30, 700))),
        Part("strings", "other", Pad("strings", 1.6, 2.4, 18), strings, -10, reverb=0.4, low_cut_hz=220),
        Part("kalimba", "other", Pluck("kalimba", 0.6, 1.4), kalimba, -7, Feel(timing_ms=9, velocity_spread=0.12), reverb=0.3, echo=0.28,
             levels_db=((4, -6), (8, 0), (26, 0), (28, -4))),
        Part("piano", "other", FeltPiano(0.5, 0.9), form.over("walk day", PIANO), -5.5, Feel(timing_ms=11, late_ms=8), reverb=0.35,
             echo=0.12, low_cut_hz=100),
        Part("bass", "bass", Bass("sub", 0.5, 0.06), ground, -6, Feel(timing_ms=5), reverb=0.0, low_cut_hz=28),
        Part("drums", "drums", Drums("soft"), form.over("sun day", pulse), -11, Feel(timing_ms=6), reverb=0.2, low_cut_hz=28,
             levels_db=((12, -4), (16, 0))),
        Part("voice", "vocals", Singer(2, 0.35, 20, 1.0, 0.35), form.over("sun", SONG_LINE) + form.over("day", RETURN_LINE), -4,
             Feel(timing_ms=12), reverb=0.5, echo=0.15, low_cut_hz=160),
        Part("choir", "vocals", Pad("choir", 1.8, 2.6, 30), form.over("sun", held(voiced(SUN, 55, 72, 3), 0.6)), -9, reverb=0.4,
             low_cut_hz=180),
    )  # fmt: skip


SONG = Song(
    number=1, title="First Light", artist="Ilmar Vey", album="Open Windows", genre="Ambient", mood="dawn", tempo_bpm=72,
    key=Key("D", "major"), seed=72_001, form=FORM, write=write, hall=Hall(3.2, 0.03, 0.4), echo_beats=0.75, ring_seconds=7,
)  # fmt: skip
