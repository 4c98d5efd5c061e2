"""Textures: what lies behind the music (vinyl, rain, air) and what leads from section to section (risers, swells)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from media.composer.envelopes import curve, fading
from media.composer.filters import bandpass, highpass, lowpass, swept_lowpass
from media.composer.oscillators import noise
from media.composer.rhythm import Event
from media.composer.samples import SAMPLE_RATE, Audio, ease_ends, frames_of, lay, silence


def _vinyl(frames: int, random: np.random.Generator) -> Audio:
    """Soft hiss and sparse dull ticks."""
    hiss = lowpass(noise(frames * 2, random).reshape(2, frames), 3_500, 1) * np.float32(0.05)
    ticks = np.zeros(frames, np.float32)
    places = random.integers(0, frames, max(1, frames * 7 // SAMPLE_RATE))
    ticks[places] = random.standard_normal(places.size, dtype=np.float32) ** 3
    return hiss + bandpass(ticks, 700, 3_800) * np.float32(0.9)


def _rain(frames: int, random: np.random.Generator) -> Audio:
    """Wide hiss that comes and goes, with drops near by."""
    bed = bandpass(noise(frames * 2, random).reshape(2, frames), 900, 5_500) * np.float32(0.25)
    seconds = np.arange(frames, dtype=np.float32) / SAMPLE_RATE
    bed *= np.float32(0.8) + np.float32(0.2) * np.sin(np.float32(2 * np.pi * 0.11) * seconds)
    drops = np.zeros(frames, np.float32)
    places = random.integers(0, frames, max(1, frames * 18 // SAMPLE_RATE))
    drops[places] = np.abs(random.standard_normal(places.size, dtype=np.float32))
    bed[int(random.integers(2))] += bandpass(drops, 1_800, 4_500) * np.float32(1.2)
    return bed


def _air(frames: int, random: np.random.Generator) -> Audio:
    """Wind that breathes once in nine seconds."""
    wind = noise(frames * 2, random).reshape(2, frames)
    seconds = np.arange(frames, dtype=np.float32) / SAMPLE_RATE
    breath = np.float32(0.5) + np.float32(0.5) * np.sin(np.float32(2 * np.pi / 9) * seconds - np.float32(1.2))
    return highpass(swept_lowpass(wind, (350 + 900 * breath).astype(np.float32), 0.3), 180) * (
        np.float32(0.3) + np.float32(0.7) * breath
    )


def _riser(frames: int, random: np.random.Generator) -> Audio:
    """Noise that opens towards its end and stops there."""
    place = np.arange(frames, dtype=np.float32) / np.float32(frames)
    wind = highpass(noise(frames * 2, random).reshape(2, frames), 250)
    swell: Audio = swept_lowpass(wind, (300 * 22**place**1.3).astype(np.float32), 0.35) * place**2
    return swell


def _splash(frames: int, random: np.random.Generator) -> Audio:
    """The other way round: a wide, dark wave that runs out."""
    wind = noise(frames * 2, random).reshape(2, frames)
    fall = fading(frames, frames / SAMPLE_RATE)
    return highpass(swept_lowpass(wind, (200 + 5_000 * fall).astype(np.float32), 0.1), 200) * fall


_MAKERS = {"vinyl": _vinyl, "rain": _rain, "air": _air, "riser": _riser, "splash": _splash}


@dataclass(frozen=True, slots=True)
class Texture:
    """Noises; notes name theirs in `syllable` (vinyl, rain, air, riser, splash) and say for how long.

    Attributes:
        fade: Seconds of fade at both ends of beds (vinyl, rain, air).
    """

    fade: float = 2.0

    def play(self, events: Sequence[Event], frames: int, random: np.random.Generator) -> Audio:
        """See `Instrument.play`."""
        buffer = silence(frames)
        for event in events:
            count = min(frames_of(event.seconds), max(1, frames - frames_of(event.at_second)))
            sound = _MAKERS[event.syllable](count, random)
            if event.syllable in ("vinyl", "rain", "air"):
                long = count / SAMPLE_RATE
                fade = min(self.fade, long / 3)
                sound = sound * curve(((0.0, 0.0), (fade, 1.0), (long - fade, 1.0), (long, 0.0)), count)
            lay(
                ease_ends(np.asarray(sound, np.float32)) * np.float32(event.velocity),
                buffer,
                frames_of(event.at_second),
            )
        return buffer
