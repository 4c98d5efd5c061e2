"""Echo: a delay line that is fed with what comes out of it, through a low-pass.

The client runs the same loop in an AudioWorklet, not as DelayNodes: a loop of those is one block of 128 frames late in
Chromium (156, every repeat) and not in Firefox.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from media.compiled import compiled
from media.effects.settings import EchoSettings
from media.pcm import Samples

# Softer repeats are the end of an echo.
_INAUDIBLE: Final = 1e-3
# However slowly it fades.
_LONGEST_TAIL_SECONDS: Final = 30


class Echo:
    """Works block by block; how sound is cut into blocks changes nothing."""

    latency_frames = 0

    def __init__(self, settings: EchoSettings, rate_hz: int) -> None:
        frames = max(1, math.floor(settings.delay_seconds * rate_hz + 0.5))
        self._line = np.zeros((2, frames))
        self._at = 0
        self._tone = np.zeros(2)
        self._feedback, self._mix = settings.feedback, settings.mix
        self._opening = 1 - math.exp(-2 * math.pi * settings.tone_hz / rate_hz)
        repeats = 1 + (math.ceil(math.log(_INAUDIBLE) / math.log(settings.feedback)) if settings.feedback > 0 else 0)
        self.tail_frames = min(repeats * frames, _LONGEST_TAIL_SECONDS * rate_hz) if settings.mix > 0 else 0

    def process(self, samples: Samples) -> Samples:
        """The next frames (float32, shape (2, frames)), as they come out."""
        echoed = np.empty_like(samples)
        self._at = repeat(samples, echoed, self._line, self._at, self._tone, (self._feedback, self._mix, self._opening))
        return echoed


@compiled
def repeat(
    samples: Samples,
    echoed: Samples,
    line: NDArray[np.float64],
    at: int,
    tone: NDArray[np.float64],
    amounts: tuple[float, float, float],
) -> int:
    """Write `samples` with their echoes to `echoed`, both float32 of shape (2, frames).

    Args:
        samples: What comes in.
        echoed: Where it goes.
        line: float64, shape (2, delay in frames): what will be heard again; changed.
        at: Where in `line` the oldest frame is.
        tone: float64, shape (2,): memory of the low-pass; changed.
        amounts: Feedback, mix, share of a step that the low-pass takes per frame.

    Returns:
        The next `at`.
    """
    feedback, mix, opening = amounts
    length = line.shape[1]
    for frame in range(samples.shape[1]):
        for channel in range(2):
            x = float(samples[channel, frame])
            t = tone[channel] + opening * (line[channel, at] - tone[channel])
            # Echoes of echoes fade into denormal numbers, which are a hundred times slower.
            if abs(t) < 1e-20:
                t = 0.0
            tone[channel] = t
            line[channel, at] = x + feedback * t
            echoed[channel, frame] = x + mix * t
        at += 1
        if at == length:
            at = 0
    return at
