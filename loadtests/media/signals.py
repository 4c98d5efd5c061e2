"""Signals from seeds, each with a formula for what it is at any tempo and pitch.

A `Score` is written once and rendered twice: as it is, and as an ideal engine would change it. Held sound is stretched with its
envelopes, hits are moved and stay as short as they are, pitch moves partials under resonances that stay.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from media.pcm import Samples

RATE_HZ: Final = 44_100
SECONDS: Final = 5.0
Wave = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rendering:
    """A score at one tempo and pitch.

    Attributes:
        samples: float32, shape (2, frames).
        hits: Frames where hits begin.
        hertz: The frequency of the single tone, 0 if there is none.
    """

    samples: Samples
    hits: NDArray[np.int64]
    hertz: float = 0.0


Score = Callable[[int, float, float], Rendering]
"""Seed, tempo (above 1: faster) and frequency ratio to a rendering."""


def sine(seed: int, tempo: float, ratio: float) -> Rendering:
    """One sine between 80 Hz and 5 kHz, at another phase and level on each side."""
    random = np.random.default_rng([seed, 1])
    hertz = float(80 * 60 ** random.uniform()) * ratio
    phases, levels = random.uniform(0, 2 * np.pi, 2), random.uniform(0.1, 0.4, 2)
    angle = 2 * np.pi * hertz * _clock(tempo)
    return Rendering(_pair(levels[:, None] * np.sin(angle + phases[:, None])), _none(), hertz)


def hits(seed: int, tempo: float, ratio: float) -> Rendering:
    """Decaying bursts of noise every 80 to 350 ms; `ratio` is not for them."""
    random = np.random.default_rng([seed, 2])
    sound = np.zeros((2, round(SECONDS * RATE_HZ / tempo)))
    at = 0.25 + np.cumsum(random.uniform(0.08, 0.35, 40))
    starts = []
    for begin in at[at < SECONDS - 0.4]:
        burst = random.choice([-1.0, 1.0], (2, 2400)) * random.uniform(0.5, 1, (2, 2400))
        burst *= np.exp(-np.arange(2400) / 350) * random.uniform(0.2, 0.5)
        starts.append(_put(sound, burst, begin / tempo))
    return Rendering(_pair(sound), np.array(starts, np.int64))


def chords(seed: int, tempo: float, ratio: float) -> Rendering:
    """Four voices of decaying partials that change every 0.4 to 1.2 s, panned apart, over soft hits."""
    return _chords(seed, tempo, ratio, None)


def chords_of_other_phases(seed: int, tempo: float, ratio: float) -> Rendering:
    """The same notes and hits to the sample, but each partial begins with another phase."""
    return _chords(seed, tempo, ratio, np.random.default_rng([seed, 3, 1]))


def _chords(seed: int, tempo: float, ratio: float, others: np.random.Generator | None) -> Rendering:
    random = np.random.default_rng([seed, 3])
    clock = _clock(tempo) * tempo
    sound = np.zeros((2, clock.size))
    for _ in range(4):
        begin = 0.0
        pan = random.uniform(0.2, 0.8)
        while begin < SECONDS:
            length = random.uniform(0.4, 1.2)
            hertz = 110 * 2 ** (random.integers(0, 30) / 12)
            first, last = np.searchsorted(clock, [begin, begin + length + 0.3])
            local = clock[first:last] - begin
            envelope = np.minimum(local / 0.02, 1) * np.exp(-local * 1.5) * np.clip((length + 0.2 - local) / 0.2, 0, 1)
            voice = np.zeros(local.size)
            for partial in range(1, 9):
                phase = random.uniform(0, 2 * np.pi)
                if others is not None:
                    phase = others.uniform(0, 2 * np.pi)
                voice += np.sin(2 * np.pi * hertz * ratio * partial * local / tempo + phase) / partial**1.3
            sound[:, first:last] += 0.08 * envelope * voice * np.array([[np.sqrt(1 - pan)], [np.sqrt(pan)]])
            begin += length
    starts = []
    for begin in np.arange(0.3, SECONDS - 0.2, 0.5):
        burst = random.standard_normal((2, 2400)) * np.exp(-np.arange(2400) / 400) * 0.06
        starts.append(_put(sound, burst, begin / tempo))
    return Rendering(_pair(sound), np.array(starts, np.int64))


def vowels(seed: int, tempo: float, ratio: float) -> Rendering:
    """A voice whose vowels follow each other: partials of a gliding pitch under four resonances that stay."""
    random = np.random.default_rng([seed, 4])
    clock = _clock(tempo) * tempo
    count = 8
    centres = np.array(
        [[700, 1200, 2600, 3500], [300, 2200, 3000, 3700], [350, 800, 2500, 3400], [500, 1700, 2500, 3500]]
    )
    order = random.integers(0, 4, count)
    knots = np.linspace(0, SECONDS, count)
    formants = np.stack([np.interp(clock, knots, centres[order, each]) for each in range(4)])
    pitch = np.interp(clock, knots, random.uniform(110, 220, count)) * ratio
    angle = 2 * np.pi * np.cumsum(pitch) / RATE_HZ
    voice = np.zeros(clock.size)
    for partial in range(1, 100):
        hertz = pitch * partial
        level = sum(
            weight / (1 + ((hertz - formants[each]) / width) ** 2)
            for each, (weight, width) in enumerate(((1.0, 90), (0.5, 110), (0.25, 160), (0.15, 200)))
        )
        level = (level + 0.003) / (1 + (hertz / 5000) ** 4) * np.clip((20_000 - hertz) / 1000, 0, 1)
        voice += level * np.sin(partial * angle)
    swell = np.minimum(1, np.minimum(clock, SECONDS - clock) / 0.1)
    return Rendering(_pair(0.25 * voice * swell * np.array([[1.0], [0.8]])), _none())


# Every engine gets the same ones, and rendering takes longer than stretching.
_kept = lru_cache(maxsize=512)
SCORES: Final[Mapping[str, Score]] = {
    "sine": _kept(sine),
    "hits": _kept(hits),
    "chords": _kept(chords),
    "vowels": _kept(vowels),
}


def _clock(tempo: float) -> Wave:
    """Seconds since the beginning, for each frame of a rendering."""
    return np.arange(round(SECONDS * RATE_HZ / tempo)) / RATE_HZ


def _put(sound: Wave, burst: Wave, seconds: float) -> int:
    begin = round(seconds * RATE_HZ)
    part = sound[:, begin : begin + burst.shape[1]]
    part += burst[:, : part.shape[1]]
    return begin


def _pair(sound: Wave) -> Samples:
    return np.ascontiguousarray(sound, dtype=np.float32)


def _none() -> NDArray[np.int64]:
    return np.zeros(0, np.int64)
