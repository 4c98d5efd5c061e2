"""Sounds that mark an instant: what an output is calibrated by.

The page marks the same instants with the same sounds (`web/client/src/audio/marks.ts`); shared vectors hold both together.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from hathor_rt.headless.chirp import Chirp, chirp_samples
from media.pcm import Samples
from sync.units import SAMPLE_RATE, Micros

BEAT: Final = Micros(1_000_000)
"""From one click to the next: a wireless speaker, 0.7 s late at worst, is not taken for the click before."""

MarkSound = Literal["click", "rising", "falling"]


@dataclass(frozen=True, slots=True)
class Mark:
    """A sound and the room instant at which its beginning is heard."""

    at: Micros
    sound: MarkSound


MarksBetween = Callable[[Micros, Micros], Sequence[Mark]]
"""The marks from one room instant on and before another."""


def beats_between(begin: Micros, end: Micros) -> tuple[Micros, ...]:
    """The whole seconds of room time from `begin` on and before `end`."""
    return tuple(Micros(beat) for beat in range(-(-begin // BEAT) * BEAT, end, BEAT))


def clicks(starts_at: Micros, ends_at: Micros) -> MarksBetween:
    """Clicks at the room's whole seconds, from `starts_at` on and before `ends_at`."""

    def between(begin: Micros, end: Micros) -> tuple[Mark, ...]:
        return tuple(Mark(at, "click") for at in beats_between(max(begin, starts_at), min(end, ends_at)))

    return between


def chirp_marks(chirps: Sequence[Chirp]) -> MarksBetween:
    """These chirps; with none of them, silence."""
    marks = tuple(Mark(chirp.at, "rising" if chirp.is_rising else "falling") for chirp in chirps)
    return lambda begin, end: tuple(mark for mark in marks if begin <= mark.at < end)


_CLICK_SECONDS: Final = 0.03
_CLICK_HERTZ: Final = 1_800
_DECAY_SECONDS: Final = 0.004
_CLICK_LEVEL: Final = 0.5


def samples_of(sound: MarkSound) -> Samples:
    """The samples of a sound at 48 kHz; float32, shape (frames,)."""
    samples = _click_samples() if sound == "click" else chirp_samples(SAMPLE_RATE, is_rising=sound == "rising")
    return np.array(samples, np.float32)


def _click_samples() -> list[float]:
    """A short, dry click: full level within half a millisecond, gone after 20 ms, so that its instant is plain to the ear."""
    return [_click_at(index / SAMPLE_RATE) for index in range(round(_CLICK_SECONDS * SAMPLE_RATE))]


def _click_at(seconds: float) -> float:
    envelope = min(1.0, seconds / 0.0005) * math.exp(-seconds / _DECAY_SECONDS)
    return _CLICK_LEVEL * envelope * math.sin(2 * math.pi * _CLICK_HERTZ * seconds)
