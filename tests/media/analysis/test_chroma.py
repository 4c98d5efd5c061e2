from collections.abc import Sequence

import numpy as np
import pytest

from media.analysis.chroma import ChromaMeter, pitch_classes, tuning_cents
from media.analysis.decimation import MONO_RATE
from tests.media.sounds import Array


def chord(pitches: Sequence[float], *, a_hz: float = 440, seconds: float = 4, partials: int = 1) -> Array:
    """MIDI pitches as tones with `partials` partials; float32 mono at 12 kHz."""
    at = np.arange(round(seconds * MONO_RATE)) / MONO_RATE
    sound = np.zeros(at.size)
    for pitch in pitches:
        for number in range(1, partials + 1):
            sound += 0.1 / number * np.sin(2 * np.pi * number * a_hz * 2 ** ((pitch - 69) / 12) * at + pitch)
    return sound.astype(np.float32)


def heard(mono: Array) -> ChromaMeter:
    meter = ChromaMeter()
    meter.add(mono)
    return meter


@pytest.mark.parametrize("pitch", range(36, 84, 5))
def test_a_tone_is_its_pitch_class(pitch: int) -> None:
    _, everything = pitch_classes(heard(chord([pitch])).fine)
    assert everything.argmax() == pitch % 12
    assert everything.max() > 0.99 * everything.sum()


def test_the_bass_is_told_apart() -> None:
    bass, everything = pitch_classes(heard(chord([36, 64, 67])).fine)
    assert np.flatnonzero(bass > 0.01 * bass.sum()).tolist() == [0]
    assert np.flatnonzero(everything > 0.1 * everything.sum()).tolist() == [0, 4, 7]


@pytest.mark.parametrize("cents", [-40, -32, -10, 0, 8, 31, 40])
def test_the_tuning_is_heard_and_taken_out(cents: float) -> None:
    fine = heard(chord([57, 60, 64], a_hz=440 * 2 ** (cents / 1200))).fine
    assert tuning_cents(fine) == pytest.approx(cents, abs=5)
    _, everything = pitch_classes(fine)
    assert np.flatnonzero(everything > 0.1 * everything.sum()).tolist() == [0, 4, 9]


def test_silence_and_hiss_below_hearing_have_no_pitch() -> None:
    assert not heard(np.zeros(60_000, np.float32)).fine.any()
    hiss = 1e-5 * np.random.default_rng(1).standard_normal(60_000)
    assert not heard(hiss.astype(np.float32)).fine.any()
