"""Effects in a row: sound in, sound out, of exactly the length of the sound and its tail.

In real time the sound comes out `latency_frames` later; that is taken away here. The client's chain
(`web/client/src/effects/chain.ts`) has the same order and the same latency.
"""

from typing import Final, Protocol

import numpy as np

from media.effects.compressor import Compressor
from media.effects.drive import Drive
from media.effects.echo import Echo
from media.effects.equalizer import Equalizer
from media.effects.limiter import Limiter
from media.effects.reverb import BLOCK_FRAMES, Reverb
from media.effects.settings import ChainSettings, LimiterSettings
from media.pcm import Samples

_CHANNELS: Final = 2


class Effect(Protocol):
    """One step.

    Attributes:
        latency_frames: How much later sound comes out than it went in.
        tail_frames: How long something may be heard after the sound is over.
    """

    @property
    def latency_frames(self) -> int: ...
    @property
    def tail_frames(self) -> int: ...

    def process(self, samples: Samples) -> Samples:
        """The next block (float32, shape (2, `BLOCK_FRAMES`)), as it comes out."""


class Gain:
    """A constant factor."""

    latency_frames = 0
    tail_frames = 0

    def __init__(self, gain_db: float) -> None:
        self._factor = np.float32(10 ** (gain_db / 20))

    def process(self, samples: Samples) -> Samples:
        """Times the factor."""
        return samples * self._factor


def effects_of(settings: ChainSettings, rate_hz: int, gain_db: float = 0.0) -> list[Effect]:
    """New effects in their order; none if the settings ask for nothing."""
    if settings.is_off:
        return []
    row: list[Effect] = []
    if settings.equalizer is not None:
        row.append(Equalizer(settings.equalizer, rate_hz))
    if settings.drive is not None:
        row.append(Drive(settings.drive, rate_hz))
    if settings.compressor is not None:
        row.append(Compressor(settings.compressor, rate_hz))
    if settings.echo is not None:
        row.append(Echo(settings.echo, rate_hz))
    if settings.reverb is not None:
        row.append(Reverb(settings.reverb, rate_hz))
    if gain_db:
        row.append(Gain(gain_db))
    row.append(Limiter(settings.limiter or LimiterSettings(), rate_hz))
    return row


class Chain:
    """A stream through effects; any cutting into pieces gives the same bits, because blocks are cut again inside.

    Args:
        effects: From `effects_of`, not used before.
    """

    def __init__(self, effects: list[Effect]) -> None:
        self._effects = effects
        self.latency_frames = sum(each.latency_frames for each in effects)
        self.tail_frames = sum(each.tail_frames for each in effects)
        self._open = np.zeros((_CHANNELS, 0), np.float32)
        self._to_drop = self.latency_frames
        self._due = self.tail_frames

    def process(self, samples: Samples) -> Samples:
        """Take the next frames (float32, shape (2, frames)); return what is finished."""
        self._due += samples.shape[1]
        return self._through(samples)

    def flush(self) -> Samples:
        """The rest, up to the length of all that was taken and `tail_frames`. Nothing may follow."""
        missing = self._to_drop + self._due + BLOCK_FRAMES
        return self._through(np.zeros((_CHANNELS, missing), np.float32))

    def _through(self, samples: Samples) -> Samples:
        if not self._effects:
            done, self._due = samples[:, : self._due], self._due - min(self._due, samples.shape[1])
            return done
        waiting = np.concatenate([self._open, samples], axis=1)
        blocks = waiting.shape[1] // BLOCK_FRAMES
        self._open = waiting[:, blocks * BLOCK_FRAMES :]
        finished = [self._open[:, :0]]
        for number in range(blocks):
            block = np.ascontiguousarray(waiting[:, number * BLOCK_FRAMES : (number + 1) * BLOCK_FRAMES])
            for effect in self._effects:
                block = effect.process(block)
            finished.append(block)
        return self._of_their_time(np.concatenate(finished, axis=1))

    def _of_their_time(self, late: Samples) -> Samples:
        dropped = min(self._to_drop, late.shape[1])
        self._to_drop -= dropped
        done = late[:, dropped : dropped + self._due]
        self._due -= done.shape[1]
        return done
