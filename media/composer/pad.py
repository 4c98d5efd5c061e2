"""Pads: broad, slowly moving ensembles made from one long spectrum per pitch."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from media.composer.envelopes import held_shape
from media.composer.oscillators import hertz
from media.composer.rhythm import Event
from media.composer.samples import SAMPLE_RATE, Audio, frames_of, lay, silence

Tone = Literal["warm", "strings", "glass", "organ", "choir"]
Doubles = npt.NDArray[np.float64]

# 2.7 s: long enough that the loop is not heard under a chord, short enough to be made in a few milliseconds.
_TABLE_FRAMES: Final = 1 << 17


def _choir(number: Doubles, hz: Doubles) -> Doubles:
    """A glottal slope through the formants of a closed "ah", averaged over several singers (so broad)."""
    formants = sum(
        g * np.exp(-0.5 * ((hz - f) / w) ** 2) for f, w, g in ((620, 170, 1.0), (1050, 200, 0.5), (2750, 350, 0.12))
    )
    return (0.04 + formants) / number**0.8


_TONES: Final[Mapping[Tone, Callable[[Doubles, Doubles], Doubles]]] = {
    "warm": lambda number, hz: number**-1.5 / (1 + (hz / 1400) ** 2),
    "strings": lambda number, hz: number**-1.0 / (1 + (hz / 2600) ** 2),
    "glass": lambda number, hz: np.where(np.isin(number, (1, 2, 3, 5, 8)), number**-1.1, 0.0) / (1 + (hz / 4000) ** 2),
    "organ": lambda number, hz: (
        np.where(np.isin(number, (1, 2, 3, 4, 6, 8)), number**-0.9, 0.0) / (1 + (hz / 1800) ** 2)
    ),
    "choir": _choir,
}


@lru_cache(maxsize=160)
def _table(tone: Tone, pitch: float, spread_cents: float) -> Audio:
    """A seamless stereo loop: every partial is a bell in the spectrum with random phases, other ones left and right.

    Source: P. O. Nasca, "PADsynth", ZynAddSubFX documentation (the algorithm is in the public domain).
    """
    ground = hertz(pitch)
    numbers = np.arange(1, max(2, min(48, int(11_000 / ground))), dtype=np.float64)
    spectrum = np.zeros(_TABLE_FRAMES // 2 + 1)
    bin_hz = SAMPLE_RATE / _TABLE_FRAMES
    for number, gain in zip(numbers, _TONES[tone](numbers, numbers * ground), strict=True):
        centre = number * ground / bin_hz
        width = max(0.6, (2 ** (spread_cents / 1200) - 1) * ground * number**0.85 / bin_hz)
        first = int(centre - 4 * width)
        bins = np.arange(max(1, first), int(centre + 4 * width) + 2)
        spectrum[bins] += gain * np.exp(-0.5 * ((bins - centre) / width) ** 2) / np.sqrt(width)
    # Tied to the pitch and not to the song, so that the cache may serve several songs.
    random = np.random.default_rng([7, round(pitch * 100)])
    turns = np.exp(2j * np.pi * random.random((2, spectrum.size)))
    loop = np.fft.irfft(spectrum * turns, axis=1)
    table: Audio = (loop / np.sqrt(np.mean(loop**2)) * 0.1).astype(np.float32)
    return table


@dataclass(frozen=True, slots=True)
class Pad:
    """An ensemble pad.

    Attributes:
        tone: Colour of its spectrum.
        attack: Seconds to full level.
        release: Seconds to silence after the note ends.
        spread_cents: Width of every partial; more is more singers, less is more organ.
    """

    tone: Tone = "warm"
    attack: float = 0.6
    release: float = 1.2
    spread_cents: float = 22.0

    def play(self, events: Sequence[Event], frames: int, random: np.random.Generator) -> Audio:
        """See `Instrument.play`."""
        buffer = silence(frames)
        for event in events:
            table = _table(self.tone, event.pitch, self.spread_cents)
            attack = min(self.attack, max(0.01, event.seconds * 0.8))
            shape = held_shape(event.seconds, attack, 8.0, 0.8, self.release) * np.float32(event.velocity)
            start = int(random.integers(_TABLE_FRAMES))
            repeats = (start + shape.size) // _TABLE_FRAMES + 1
            looped = np.tile(table, (1, repeats)) if repeats > 1 else table
            lay(looped[:, start : start + shape.size] * shape, buffer, frames_of(event.at_second))
        return buffer
