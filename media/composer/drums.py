"""Drums: every hit synthesised, a few variants of each so that no two in a row are the same."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, Literal

import numpy as np

from media.composer.envelopes import fading
from media.composer.filters import bandpass, highpass, lowpass
from media.composer.oscillators import hertz, noise, pulse, sine, steps
from media.composer.resonators import struck
from media.composer.rhythm import Event
from media.composer.samples import Audio, decibels, ease_ends, frames_of, lay, pan_gains, silence

Kit = Literal["soft", "dusty", "club", "retro", "brushes", "break"]

_VARIANTS: Final = 4
# Metal of hats and cymbals: square waves whose ratios share no common tone.
_METAL_HZ: Final = (205.3, 304.4, 369.6, 522.7, 540.0, 800.0)


@dataclass(frozen=True, slots=True)
class _Taste:
    """What makes a kit: tuning and lengths of its drums. Hz and seconds."""

    kick_hz: float
    kick_drop_hz: float
    kick_seconds: float
    snare_hz: float
    snare_seconds: float
    snare_noise: float
    hat_seconds: float
    top_hz: float


_TASTES: Final[Mapping[Kit, _Taste]] = {
    "soft": _Taste(46, 70, 0.42, 170, 0.22, 0.6, 0.05, 9_000),
    "dusty": _Taste(52, 110, 0.28, 185, 0.20, 0.9, 0.06, 6_500),
    "club": _Taste(48, 210, 0.34, 190, 0.20, 1.1, 0.05, 12_000),
    "retro": _Taste(50, 160, 0.32, 175, 0.34, 1.2, 0.06, 11_000),
    "brushes": _Taste(55, 60, 0.26, 200, 0.24, 1.2, 0.08, 8_000),
    "break": _Taste(54, 180, 0.24, 215, 0.18, 1.0, 0.045, 11_500),
}


def _kick(taste: _Taste, random: np.random.Generator) -> Audio:
    frames = frames_of(taste.kick_seconds)
    fall = taste.kick_hz + taste.kick_drop_hz * fading(frames, 0.16) + 2.5 * taste.kick_drop_hz * fading(frames, 0.02)
    body = sine(steps(fall.astype(np.float64), frames)) * fading(frames, taste.kick_seconds * 1.15)
    click = lowpass(noise(frames_of(0.012), random), 3_500, 1) * fading(frames_of(0.012), 0.01)
    body[: click.size] += click * np.float32(0.3)
    driven: Audio = np.tanh(body * np.float32(1.4)).astype(np.float32)
    return driven


def _snare(taste: _Taste, random: np.random.Generator) -> Audio:
    frames = frames_of(taste.snare_seconds + 0.1)
    tune = taste.snare_hz * (1 + 0.01 * float(random.standard_normal()))
    skin = struck([tune, tune * 1.62, tune * 2.3], [0.8, 0.4, 0.15], [0.14, 0.10, 0.07], frames)
    rattle = bandpass(noise(frames, random), 1_300, min(taste.top_hz, 9_500)) * fading(frames, taste.snare_seconds)
    return skin + rattle * np.float32(2.0 * taste.snare_noise)


def _rim(taste: _Taste, random: np.random.Generator) -> Audio:
    frames = frames_of(0.08)
    tune = 1 + 0.01 * float(random.standard_normal())
    knock = struck([480 * tune, 1_180 * tune, 1_720 * tune], [0.6, 0.7, 0.5], [0.05, 0.04, 0.03], frames)
    return knock + highpass(noise(frames, random), 2_500, 1) * fading(frames, 0.012) * np.float32(0.5)


def _clap(taste: _Taste, random: np.random.Generator) -> Audio:
    frames = frames_of(0.26)
    level = np.zeros(frames, np.float32)
    for late, gain in ((0.0, 0.7), (0.011, 0.8), (0.022, 1.0)):
        start = frames_of(late + 0.001 * float(random.random()))
        tail = 0.03 if gain < 1 else 0.22
        level[start:] = np.maximum(level[start:], np.float32(gain) * fading(frames - start, tail))
    return bandpass(noise(frames, random), 850, min(taste.top_hz, 5_500)) * level * np.float32(2.5)


def _metal(taste: _Taste, seconds: float, low_hz: float, random: np.random.Generator) -> Audio:
    frames = frames_of(seconds * 1.6 + 0.03)
    detune = 1 + 0.004 * float(random.standard_normal())
    ring = np.zeros(frames, np.float32)
    for hz in _METAL_HZ:
        ring += pulse(steps(hz * 3.1 * detune, frames), float(random.random()), 0.5)
    hiss = ring * np.float32(0.09) + noise(frames, random)
    return lowpass(highpass(hiss, low_hz, 3), taste.top_hz, 1) * fading(frames, seconds * 1.6)


def _hat(taste: _Taste, random: np.random.Generator) -> Audio:
    return _metal(taste, taste.hat_seconds, 6_000, random)


def _open_hat(taste: _Taste, random: np.random.Generator) -> Audio:
    return _metal(taste, 0.24, 5_500, random)


def _ride(taste: _Taste, random: np.random.Generator) -> Audio:
    frames = frames_of(1.0)
    bell = struck([3_150, 4_420, 5_870, 7_230], [0.3, 0.2, 0.15, 0.1], [0.9, 0.7, 0.6, 0.4], frames)
    wash = _metal(taste, 0.6, 4_500, random)[:frames]
    bell[: wash.size] += wash * np.float32(0.45)
    return bell


def _crash(taste: _Taste, random: np.random.Generator) -> Audio:
    frames = frames_of(2.4)
    wash = lowpass(highpass(noise(frames, random), 2_800, 2), min(9_000, taste.top_hz), 1) * fading(frames, 2.2)
    metal = _metal(taste, 1.2, 4_000, random)[:frames]
    wash[: metal.size] += metal * np.float32(0.5)
    return ease_ends(wash, 96, 4_800)


def _shaker(taste: _Taste, random: np.random.Generator) -> Audio:
    frames = frames_of(0.11)
    grains = bandpass(noise(frames, random), 3_800, 8_500)
    place = np.arange(frames, dtype=np.float32) / frames
    return grains * (np.sin(np.pi * place**0.6) ** 2).astype(np.float32)


def _tom(taste: _Taste, random: np.random.Generator) -> Audio:
    frames = frames_of(0.5)
    fall = 95 + 60 * fading(frames, 0.2)
    body = sine(steps(fall.astype(np.float64), frames)) * fading(frames, 0.55)
    return body + lowpass(noise(frames, random), 1_200, 1) * fading(frames, 0.05) * np.float32(0.4)


def _brush(taste: _Taste, random: np.random.Generator) -> Audio:
    """A sweep across the skin: slow in, slow out."""
    frames = frames_of(0.34)
    place = np.arange(frames, dtype=np.float32) / frames
    return bandpass(noise(frames, random), 1_800, 6_000) * (np.sin(np.pi * place) ** 2).astype(np.float32)


_HITS: Final[Mapping[str, tuple[Callable[[_Taste, np.random.Generator], Audio], float, float]]] = {
    # drum: how it is made, its level in dB (peak), its place from left to right
    "kick": (_kick, 0.0, 0.0),
    "snare": (_snare, -3.5, 0.0),
    "rim": (_rim, -8.0, 0.15),
    "clap": (_clap, -6.0, 0.0),
    "hat": (_hat, -15.0, 0.25),
    "open": (_open_hat, -16.0, 0.25),
    "ride": (_ride, -15.0, -0.3),
    "crash": (_crash, -13.0, -0.15),
    "shaker": (_shaker, -17.0, -0.35),
    "tom": (_tom, -5.0, -0.2),
    "brush": (_brush, -13.0, 0.1),
}


def _tuned(frequency_hz: float, tonic: int) -> float:
    """The nearest tonic or fifth: a drum that is out of the key is heard as a wrong note."""
    pitch = 69 + 12 * math.log2(frequency_hz / 440)
    nearest = min(
        (number for number in range(12, 108) if (number - tonic) % 12 in (0, 7)), key=lambda number: abs(number - pitch)
    )
    return hertz(nearest)


@lru_cache(maxsize=128)
def _hit(kit: Kit, drum: str, variant: int, tonic: int) -> Audio:
    make, level_db, _ = _HITS[drum]
    random = np.random.default_rng([17, variant, *drum.encode()])
    taste = _TASTES[kit]
    tuned = replace(taste, kick_hz=_tuned(taste.kick_hz, tonic), snare_hz=_tuned(taste.snare_hz, tonic))
    sound = make(tuned, random)
    return ease_ends(sound * np.float32(decibels(level_db) / np.max(np.abs(sound))), in_frames=12, out_frames=480)


@dataclass(frozen=True, slots=True)
class Drums:
    """A kit; notes name their drum in `syllable`: kick, snare, rim, clap, hat, open, ride, crash, shaker, tom, brush.

    Attributes:
        kit: Its taste.
        width: 0 mono … 1 as far apart as from the stool. Kick and snare stay in the middle.
        tonic: Pitch class that kick and snare are tuned to, or to its fifth.
    """

    kit: Kit = "soft"
    width: float = 1.0
    tonic: int = 0

    def play(self, events: Sequence[Event], frames: int, random: np.random.Generator) -> Audio:
        """See `Instrument.play`."""
        buffer = silence(frames)
        variants: dict[str, int] = {}
        for event in events:
            drum = event.syllable
            variants[drum] = (variants.get(drum, 0) + int(random.integers(1, _VARIANTS))) % _VARIANTS
            left, right = pan_gains(_HITS[drum][2] * self.width)
            gain = event.velocity**1.3
            lay(
                _hit(self.kit, drum, variants[drum], self.tonic),
                buffer,
                frames_of(event.at_second),
                gain * left,
                gain * right,
            )
        return buffer
