"""Plucked and struck small instruments: nylon string, kalimba, music box, marimba, and a synthesiser pluck."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import numpy as np

from media.composer.envelopes import fading, held_shape
from media.composer.filters import highpass, lowpass, swept_lowpass
from media.composer.oscillators import hertz, noise, saw, steps
from media.composer.resonators import string, struck
from media.composer.rhythm import Event
from media.composer.samples import Audio, ease_ends, frames_of, lay, pan_gains, silence

Body = Literal["nylon", "kalimba", "music box", "marimba", "synth"]

_LAYERS: Final = 4


@dataclass(frozen=True, slots=True)
class _Modes:
    """Ratios, gains and decays of a struck body; `fall` shortens higher notes."""

    ratios: tuple[float, ...]
    gains: tuple[float, ...]
    decays: tuple[float, ...]
    fall: float


# Ratios of a clamped bar (kalimba, music box) and of a tuned marimba bar; gains and decays set by taste.
_MODES: Final[Mapping[str, _Modes]] = {
    "kalimba": _Modes((1.0, 2.0, 5.4, 8.9), (1.0, 0.10, 0.16, 0.05), (1.9, 1.0, 0.16, 0.07), 0.4),
    "music box": _Modes((1.0, 2.003, 3.01, 6.27, 9.5), (1.0, 0.22, 0.08, 0.14, 0.03), (2.4, 1.5, 0.9, 0.5, 0.2), 0.3),
    "marimba": _Modes((1.0, 3.93, 9.6), (1.0, 0.20, 0.05), (1.1, 0.22, 0.07), 0.6),
}


@lru_cache(maxsize=320)
def _sound(body: Body, pitch: float, layer: int) -> Audio:
    ground = hertz(pitch)
    force = layer / _LAYERS
    if body == "nylon":
        random = np.random.default_rng([13, round(pitch), layer])
        frames = frames_of(3.0)
        burst = lowpass(noise(frames_of(1 / ground) + 24, random), 1400 + 3800 * force, 2)
        ringing = string(ease_ends(burst, 12, 24), ground, 0.62, 2.6 * (196 / ground) ** 0.4, frames)
        tone = highpass(ringing, max(60.0, ground * 0.7))
    elif body == "synth":
        frames = frames_of(1.4)
        wave = saw(steps(ground, frames), 0.2) + saw(steps(ground * 1.004, frames), 0.7)
        corner = ground + (1200 + 4200 * force) * fading(frames, 0.55)
        tone = swept_lowpass(wave, corner.astype(np.float32), 0.25) * fading(frames, 1.1)
    else:
        modes = _MODES[body]
        frames = frames_of(2.6)
        gains = [gain if number == 0 else gain * (0.35 + 0.65 * force) for number, gain in enumerate(modes.gains)]
        decays = [decay * (523 / ground) ** modes.fall for decay in modes.decays]
        tone = struck([ground * ratio for ratio in modes.ratios], gains, decays, frames)
    return ease_ends(tone * np.float32(0.5 / (np.max(np.abs(tone)) + 1e-9)), in_frames=24, out_frames=4800)


@dataclass(frozen=True, slots=True)
class Pluck:
    """A plucked instrument.

    Attributes:
        body: What is plucked.
        width: 0 mono … 1: notes alternate between the sides.
        damper: Seconds to silence once a note is let go; a kalimba rings on, so give it more.
    """

    body: Body = "nylon"
    width: float = 0.4
    damper: float = 0.6

    def play(self, events: Sequence[Event], frames: int, random: np.random.Generator) -> Audio:
        """See `Instrument.play`."""
        buffer = silence(frames)
        for number, event in enumerate(events):
            ringing = _sound(self.body, event.pitch, max(1, round(event.velocity * _LAYERS)))
            shape = held_shape(event.seconds, 0.0005, 1.0, 1.0, self.damper)[: ringing.size]
            side = (0.6 if number % 2 else -0.6) + 0.3 * float(random.standard_normal())
            left, right = pan_gains(float(np.clip(side, -1, 1)) * self.width)
            lay(
                ringing[: shape.size] * shape * np.float32(event.velocity),
                buffer,
                frames_of(event.at_second),
                left,
                right,
            )
        return buffer
