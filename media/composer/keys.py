"""Keyboards: an electric piano by frequency modulation, and a felt piano by partials."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from media.composer.envelopes import fading, held_shape
from media.composer.filters import lowpass
from media.composer.oscillators import hertz, noise, sine, steps
from media.composer.resonators import struck
from media.composer.rhythm import Event
from media.composer.samples import SAMPLE_RATE, Audio, ease_ends, frames_of, lay, pan_gains, silence

# Velocities are rendered in this many layers; within a layer only the level differs, so a note is computed once per
# layer.
_LAYERS: Final = 5
_RING_SECONDS: Final = 4.0


def _layer(velocity: float) -> int:
    return max(1, round(velocity * _LAYERS))


@lru_cache(maxsize=256)
def _tine(pitch: float, layer: int) -> Audio:
    """One undamped note: a tone modulated at its own frequency, and a quiet bright tine that is gone after the attack.

    Source: J. Chowning, "The synthesis of complex audio spectra by means of frequency modulation", JAES 21(7) 1973.
    """
    ground = hertz(pitch)
    frames = frames_of(_RING_SECONDS)
    force = layer / _LAYERS
    # High notes get a lower index: the sidebands would otherwise be harsh, as they are not on the real instrument.
    keyed = min(1.0, (261.6 / ground) ** 0.5)
    body_index = (0.25 + 1.5 * force**1.5) * keyed
    modulator = sine(steps(ground * 1.0007, frames)) * fading(frames, 2.2) * np.float32(body_index)
    turns = np.arange(frames) * (ground / SAMPLE_RATE)
    carrier = np.sin(np.float32(2 * np.pi) * (turns - np.floor(turns)).astype(np.float32) + modulator)
    body = carrier * fading(frames, 4.5 * min(1.6, (220 / ground) ** 0.35))
    ring = frames_of(0.5)
    if ground * 14 < 14_000:
        tine = sine(steps(ground * 14.02, ring)) * fading(ring, 0.22) * np.float32(0.10 * force**1.5 * keyed)
        body[:ring] += tine
    return ease_ends(body * np.float32(0.3), in_frames=72, out_frames=4800)


@lru_cache(maxsize=256)
def _hammered(pitch: float, layer: int) -> Audio:
    """One undamped felt-piano note: stretched partials of two strings a little apart, a soft thud of the hammer."""
    ground = hertz(pitch)
    frames = frames_of(_RING_SECONDS)
    force = layer / _LAYERS
    count = min(14, int(7_000 / ground) + 1)
    numbers = np.arange(1, count + 1)
    stiff = numbers * ground * np.sqrt(1 + 0.00035 * numbers**2)
    gains = (
        numbers**-1.15 * np.exp(-numbers * ground / (700 + 1900 * force)) * np.abs(np.sin(np.pi * numbers * 0.13) / 0.4)
    )
    decays = 7.0 * (130 / ground) ** 0.45 / (1 + 0.22 * (numbers - 1))
    strings = [struck(list(stiff * detune), list(gains), list(decays), frames) for detune in (0.9996, 1.0004)]
    thud = lowpass(noise(frames_of(0.09), np.random.default_rng([11, round(pitch)])), 500, 2)
    body = strings[0] + strings[1]
    body /= np.float32(np.max(np.abs(body)) + 1e-9)
    body[: thud.size] += thud * fading(thud.size, 0.06) * np.float32(0.25 + 0.2 * force)
    return ease_ends(body * np.float32(0.4), in_frames=96, out_frames=9600)


def _damped(ringing: Audio, event: Event, damper: float) -> Audio:
    shape = held_shape(min(event.seconds, _RING_SECONDS - damper), 0.0005, 1.0, 1.0, damper)[: ringing.size]
    return ringing[: shape.size] * shape * np.float32(event.velocity**0.8)


@dataclass(frozen=True, slots=True)
class ElectricPiano:
    """Warm electric piano with a slow stereo tremolo.

    Attributes:
        tremolo_hz: Rate of the sway between left and right.
        depth: 0 none … 1 fully left to fully right.
    """

    tremolo_hz: float = 3.2
    depth: float = 0.35

    def play(self, events: Sequence[Event], frames: int, random: np.random.Generator) -> Audio:
        """See `Instrument.play`."""
        buffer = silence(frames)
        for event in events:
            lay(_damped(_tine(event.pitch, _layer(event.velocity)), event, 0.18), buffer, frames_of(event.at_second))
        sway = sine(steps(self.tremolo_hz, frames), float(random.random())) * np.float32(self.depth * 0.5)
        buffer[0] *= 1 + sway
        buffer[1] *= 1 - sway
        return buffer


@dataclass(frozen=True, slots=True)
class FeltPiano:
    """Soft upright piano, low notes left and high ones right.

    Attributes:
        width: 0 mono … 1 wide.
        damper: Seconds until a released note is silent.
    """

    width: float = 0.5
    damper: float = 0.35

    def play(self, events: Sequence[Event], frames: int, random: np.random.Generator) -> Audio:
        """See `Instrument.play`."""
        buffer = silence(frames)
        for event in events:
            left, right = pan_gains(float(np.clip((event.pitch - 62) / 28, -1, 1)) * self.width)
            lay(
                _damped(_hammered(event.pitch, _layer(event.velocity)), event, self.damper),
                buffer,
                frames_of(event.at_second),
                left,
                right,
            )
        return buffer
