"""Basses: mono, so that the bottom of every mix survives a single loudspeaker."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from media.composer.envelopes import fading, held_shape
from media.composer.filters import lowpass, swept_lowpass
from media.composer.oscillators import hertz, noise, pulse, saw, sine, steps
from media.composer.rhythm import Event
from media.composer.samples import Audio, frames_of, lay, silence

Style = Literal["sub", "upright", "saw", "reese", "round"]


def _sub(ground: float, frames: int, velocity: float) -> Audio:
    """A sine with a little second and third partial, so that small loudspeakers tell its pitch."""
    tone = sine(steps(ground, frames))
    tone += np.float32(0.18 * velocity) * sine(steps(2 * ground, frames))
    tone += np.float32(0.06) * sine(steps(3 * ground, frames))
    return tone


def _upright(ground: float, frames: int, velocity: float, random: np.random.Generator) -> Audio:
    """A plucked double bass: dull saw that darkens, sine for weight, the finger's thump."""
    corner = np.float32(ground * 1.6) + np.float32(500 + 900 * velocity) * fading(frames, 0.5)
    wood = swept_lowpass(saw(steps(ground, frames), 0.3), corner.astype(np.float32), 0.1) * fading(frames, 1.6)
    tone = np.float32(0.55) * wood + np.float32(0.7) * sine(steps(ground, frames)) * fading(frames, 3.0)
    thump = lowpass(noise(min(frames, frames_of(0.05)), random), 700, 2)
    tone[: thump.size] += thump * fading(thump.size, 0.05) * np.float32(0.5 * velocity)
    return tone


def _saw(ground: float, frames: int, velocity: float) -> Audio:
    """The bass of a synthesiser: two saws and a pulse an octave below through a closing filter."""
    wave = saw(steps(ground, frames), 0.0) + saw(steps(ground * 1.003, frames), 0.4)
    wave += np.float32(0.8) * pulse(steps(ground / 2 if ground > 82 else ground, frames), 0.1, 0.5)
    corner = np.float32(ground * 1.5) + np.float32(300 + 1500 * velocity) * fading(frames, 0.4)
    return np.float32(0.4) * swept_lowpass(wave, corner.astype(np.float32), 0.3) + np.float32(0.35) * sine(
        steps(ground, frames)
    )


def _reese(ground: float, frames: int) -> Audio:
    """Saws that beat against each other slowly, dark, over a clean sine."""
    wave = saw(steps(ground * 0.996, frames), 0.1) + saw(steps(ground * 1.004, frames), 0.6)
    return np.float32(0.45) * lowpass(wave, 420, 2) + np.float32(0.75) * sine(steps(ground, frames))


def _round(ground: float, frames: int, velocity: float) -> Audio:
    """A soft electric bass: a sine bent by its own octave at the attack."""
    bend = np.float32(0.5 + 0.8 * velocity) * fading(frames, 0.7) * sine(steps(ground, frames))
    turns = np.cumsum(steps(ground, frames), dtype=np.float64)
    body: Audio = np.sin(np.float32(2 * np.pi) * (turns - np.floor(turns)).astype(np.float32) + bend)
    body *= np.float32(0.5) + np.float32(0.5) * fading(frames, 1.6)
    return body


@dataclass(frozen=True, slots=True)
class Bass:
    """A bass.

    Attributes:
        style: Its colour.
        release: Seconds to silence after a note ends.
        attack: Seconds to full level.
    """

    style: Style = "sub"
    release: float = 0.09
    attack: float = 0.006

    def play(self, events: Sequence[Event], frames: int, random: np.random.Generator) -> Audio:
        """See `Instrument.play`."""
        buffer = silence(frames)
        for event in events:
            shape = held_shape(event.seconds, self.attack, 3.0, 0.7, self.release) * np.float32(event.velocity)
            lay(
                self._tone(hertz(event.pitch), shape.size, event.velocity, random) * shape,
                buffer,
                frames_of(event.at_second),
            )
        return buffer

    def _tone(self, ground: float, frames: int, velocity: float, random: np.random.Generator) -> Audio:
        match self.style:
            case "sub":
                return _sub(ground, frames, velocity)
            case "upright":
                return _upright(ground, frames, velocity, random)
            case "saw":
                return _saw(ground, frames, velocity)
            case "reese":
                return _reese(ground, frames)
            case "round":
                return _round(ground, frames, velocity)
