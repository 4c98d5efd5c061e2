"""What every instrument of the band must do."""

import numpy as np
import pytest

from media.composer.bass import Bass
from media.composer.drums import Drums
from media.composer.instrument import Instrument
from media.composer.keys import ElectricPiano, FeltPiano
from media.composer.lead import Lead
from media.composer.pad import Pad
from media.composer.pluck import Pluck
from media.composer.rhythm import Event
from media.composer.texture import Texture
from media.composer.voice import Singer

TONES: dict[str, Instrument] = {
    **{f"bass {style}": Bass(style) for style in ("sub", "upright", "saw", "reese", "round")},
    **{f"lead {style}": Lead(style) for style in ("soft", "saw", "flute", "square")},
    **{f"pad {tone}": Pad(tone, 0.1, 0.3) for tone in ("warm", "strings", "glass", "organ", "choir")},
    **{f"pluck {body}": Pluck(body) for body in ("nylon", "kalimba", "music box", "marimba", "synth")},
    "electric piano": ElectricPiano(),
    "felt piano": FeltPiano(),
    "singer": Singer(2),
}
NOISES: dict[str, tuple[Instrument, str]] = {
    **{
        drum: (Drums(), drum)
        for drum in ("kick", "snare", "rim", "clap", "hat", "open", "ride", "crash", "shaker", "tom", "brush")
    },
    **{kind: (Texture(0.1), kind) for kind in ("vinyl", "rain", "air", "riser", "splash")},
}
EVERYTHING = {**{name: (tone, "ah") for name, tone in TONES.items()}, **NOISES}
FRAMES = 48_000


def play(
    instrument: Instrument, syllable: str, at_second: float = 0.25, seconds: float = 0.4, pitch: float = 57
) -> np.ndarray:
    event = Event(at_second, seconds, pitch, 0.8, syllable)
    return instrument.play([event], FRAMES, np.random.default_rng(4))


@pytest.mark.parametrize("name", EVERYTHING)
def test_it_sounds_when_its_note_begins_and_not_before(name: str) -> None:
    instrument, syllable = EVERYTHING[name]
    sound = play(instrument, syllable)
    assert sound.dtype == np.float32
    assert sound.shape == (2, FRAMES)
    # A singer breathes in 30 ms before the beat.
    assert not np.any(sound[:, : round(0.21 * FRAMES)])
    assert np.abs(sound[:, 12_000:36_000]).max() > 0.005
    assert np.all(np.isfinite(sound))


@pytest.mark.parametrize("name", EVERYTHING)
def test_the_same_seed_gives_the_same_bytes(name: str) -> None:
    instrument, syllable = EVERYTHING[name]
    assert play(instrument, syllable).tobytes() == play(instrument, syllable).tobytes()


@pytest.mark.parametrize("name", EVERYTHING)
def test_it_has_no_dc(name: str) -> None:
    instrument, syllable = EVERYTHING[name]
    sound = play(instrument, syllable)
    # The mixdown cuts what little there is with a high-pass.
    assert np.abs(sound.mean(axis=1)).max() < 0.03 * np.abs(sound).max()


@pytest.mark.parametrize("name", TONES)
def test_a_note_does_not_click_in_or_out(name: str) -> None:
    sound = play(TONES[name], "ah", at_second=0.1, seconds=0.2)
    ending = np.abs(sound[:, -48:]).max() if "pluck" not in name else 0.0
    starts = int(np.nonzero(np.abs(sound).max(axis=0))[0][0])
    assert np.abs(sound[:, starts : starts + 3]).max() < 0.05 * np.abs(sound).max()
    assert ending < 0.02 * np.abs(sound).max()


@pytest.mark.parametrize("name", [name for name in TONES if name != "pluck marimba"])
def test_it_plays_the_pitch_that_is_written(name: str) -> None:
    sound = TONES[name].play([Event(0.0, 0.9, 57, 0.7, "ah")], FRAMES, np.random.default_rng(4)).mean(axis=0)
    spectrum = np.abs(np.fft.rfft(sound[4800:] * np.hanning(sound.size - 4800), 1 << 18))
    hertz = np.fft.rfftfreq(1 << 18, 1 / 48_000)
    # Most energy lies within a third of a tone of a harmonic of 220 Hz (110 Hz for the pulse an octave below).
    number = np.maximum(1, np.round(hertz / 110))
    near = np.abs(12 * np.log2(np.maximum(hertz, 1) / (110 * number))) < 0.4
    below = hertz < 2500
    assert (spectrum[near & below] ** 2).sum() > 0.85 * (spectrum[below] ** 2).sum()


@pytest.mark.parametrize("name", EVERYTHING)
def test_what_rings_past_the_end_is_cut(name: str) -> None:
    instrument, syllable = EVERYTHING[name]
    assert play(instrument, syllable, at_second=0.95, seconds=3.0).shape == (2, FRAMES)


@pytest.mark.parametrize("name", EVERYTHING)
def test_no_notes_are_silence(name: str) -> None:
    assert not np.any(EVERYTHING[name][0].play([], 480, np.random.default_rng(1)))
