"""Leads: one voice at a time that glides from note to note and sings out long ones with vibrato."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from media.composer.envelopes import held_shape
from media.composer.filters import bandpass, swept_lowpass
from media.composer.oscillators import hertz, noise, pulse, saw, sine, steps
from media.composer.rhythm import Event
from media.composer.samples import SAMPLE_RATE, Audio, frames_of, lay, silence

Style = Literal["soft", "saw", "flute", "square"]


def gliding_pitch(
    before: float, pitch: float, frames: int, glide: float, vibrato_hz: float, vibrato_cents: float
) -> Audio:
    """MIDI pitch frame by frame: a glide of `glide` seconds from `before`, and vibrato that grows after a quarter of a second."""
    seconds = np.arange(frames, dtype=np.float32) / np.float32(SAMPLE_RATE)
    arrival = np.exp(-seconds / np.float32(max(glide, 1e-4) / 3))
    depth = np.clip((seconds - np.float32(0.25)) / np.float32(0.35), 0, 1) * np.float32(vibrato_cents / 100)
    sway = np.sin(np.float32(2 * np.pi * vibrato_hz) * seconds)
    curve: Audio = np.float32(pitch) + np.float32(before - pitch) * arrival + depth * sway
    return curve


@dataclass(frozen=True, slots=True)
class Lead:
    """A lead voice.

    Attributes:
        style: Its colour.
        glide: Seconds from one pitch to the next when notes touch.
        attack: Seconds to full level.
        release: Seconds to silence.
        vibrato_cents: Depth on long notes.
        brightness: Multiplies the filter's corner.
    """

    style: Style = "soft"
    glide: float = 0.05
    attack: float = 0.02
    release: float = 0.25
    vibrato_cents: float = 14.0
    brightness: float = 1.0

    def play(self, events: Sequence[Event], frames: int, random: np.random.Generator) -> Audio:
        """See `Instrument.play`."""
        buffer = silence(frames)
        ended_second, before = -1.0, 0.0
        for event in events:
            touches = event.at_second - ended_second < 0.06
            shape = held_shape(event.seconds, self.attack, 4.0, 0.75, self.release) * np.float32(event.velocity)
            start = before if touches else event.pitch
            pitch = gliding_pitch(start, event.pitch, shape.size, self.glide, 5.1, self.vibrato_cents)
            step = steps((440.0 * 2.0 ** ((pitch.astype(np.float64) - 69) / 12)), shape.size)
            sounds = self._colours(step, hertz(event.pitch), event.velocity, shape, random)
            for sound, (left, right) in zip(sounds, ((1.0, 0.8), (0.8, 1.0)), strict=False):
                lay(sound * shape, buffer, frames_of(event.at_second), left, right)
            ended_second, before = event.at_second + event.seconds, event.pitch
        return buffer

    def _colours(
        self, step: Audio, ground: float, velocity: float, shape: Audio, random: np.random.Generator
    ) -> tuple[Audio, Audio]:
        """Two slightly different sounds, for left and right."""
        apart = np.float32(1.0022)
        corner = (
            np.float32(ground * 1.2) + np.float32(2600 * self.brightness * (0.4 + velocity)) * np.sqrt(shape + 1e-9)
        ).astype(np.float32)
        match self.style:
            case "saw":
                one = swept_lowpass(saw(step, 0.1) + saw(step * apart, 0.55), corner, 0.15)
                two = swept_lowpass(saw(step / apart, 0.35) + saw(step, 0.8), corner, 0.15)
                return one, two
            case "square":
                one = swept_lowpass(pulse(step, 0.1, 0.42), corner, 0.1)
                return one, swept_lowpass(pulse(step * apart, 0.6, 0.46), corner, 0.1)
            case "flute":
                breath = bandpass(noise(step.size, random), 900, 4200) * np.float32(0.12)
                tone = sine(step) + np.float32(0.22) * sine(2 * step) + np.float32(0.07) * sine(3 * step)
                return tone + breath, tone + breath
            case "soft":
                wave = swept_lowpass(pulse(step, 0.2, 0.5), np.minimum(corner, np.float32(ground * 3)), 0.05)
                rounded = np.float32(0.6) * sine(step) + np.float32(0.5) * wave
                return rounded, np.float32(0.6) * sine(step * apart, 0.1) + np.float32(0.5) * wave
