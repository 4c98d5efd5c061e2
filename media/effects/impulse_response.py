"""What a clap in a room, a hall and a cathedral leaves behind: made from integers and a few filters, the same everywhere.

Noise in three bands with decays of their own (air and curtains swallow highs, stone keeps lows), swelling after a delay,
under some early reflections. The client makes the same samples (`web/client/src/effects/impulseResponse.ts`): noise comes
from 32-bit integers, everything else from additions and multiplications in double precision.

Source: J. A. Moorer, "About this reverberation business", CMJ 3(2), 1979: exponentially decaying noise is a convincing
hall. G. Marsaglia, "Xorshift RNGs", JSS 8(14), 2003, shifts 13, 17, 5.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from media.compiled import compiled
from media.effects.settings import Space
from media.pcm import Samples

_SEEDS: Final = (0x1D872B41, 0x6C078965)
_LOW_HZ: Final = 250.0
_HIGH_HZ: Final = 4000.0
# Lows below do not blur: a space that rumbles sounds like a fault.
_RUMBLE_HZ: Final = 60.0
# Of its end that is faded, so that it does not break off.
_FADE: Final = 0.1


@dataclass(frozen=True, slots=True)
class Acoustics:
    """A space.

    Attributes:
        seconds: For the middle of the spectrum to fall by 60 dB; the length of the response behind its delay.
        low, high: Decay below 250 Hz and above 4 kHz, relative to the middle.
        delay_seconds: Before the first reflection.
        swell_seconds: Until the noise is at its loudest.
        reflections: Early ones, on each side.
        spread_seconds: Time they are spread over.
        early: Their loudness over that of the noise.
    """

    seconds: float
    low: float
    high: float
    delay_seconds: float
    swell_seconds: float
    reflections: int
    spread_seconds: float
    early: float


ACOUSTICS: Final[Mapping[Space, Acoustics]] = {
    "room": Acoustics(0.5, 1.0, 0.55, 0.004, 0.006, 10, 0.03, 4.0),
    "hall": Acoustics(1.9, 1.1, 0.45, 0.018, 0.03, 12, 0.07, 5.0),
    "cathedral": Acoustics(4.5, 1.25, 0.3, 0.035, 0.09, 10, 0.12, 4.0),
}


@lru_cache(maxsize=8)
def impulse_response(space: Space, rate_hz: int) -> Samples:
    """Float32, shape (2, frames); unit energy in each channel, so that noise keeps its level; not to be written to."""
    acoustics = ACOUSTICS[space]
    delay = math.floor(acoustics.delay_seconds * rate_hz + 0.5)
    frames = delay + math.floor(acoustics.seconds * rate_hz + 0.5)
    response = np.zeros((2, frames), np.float32)
    for channel, seed in enumerate(_SEEDS):
        row = np.zeros(frames)
        decays = (acoustics.seconds * acoustics.low, acoustics.seconds, acoustics.seconds * acoustics.high)
        keeps = tuple(math.exp(-math.log(1000) / (seconds * rate_hz)) for seconds in decays)
        openings = tuple(1 - math.exp(-2 * math.pi * hertz / rate_hz) for hertz in (_LOW_HZ, _HIGH_HZ, _RUMBLE_HZ))
        swell = max(1, math.floor(acoustics.swell_seconds * rate_hz + 0.5))
        spread = acoustics.spread_seconds * rate_hz
        early = (acoustics.reflections, spread, acoustics.early)
        sound(
            row,
            np.uint32(seed),
            delay,
            (keeps[0], keeps[1], keeps[2]),
            (openings[0], openings[1], openings[2]),
            swell,
            early,
        )
        fade = math.floor(_FADE * frames)
        row[frames - fade :] *= np.arange(fade, 0, -1) / (fade + 1)
        response[channel] = row / math.sqrt(_energy(row))
    response.flags.writeable = False
    return response


def _energy(row: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    return math.fsum(row * row)


@compiled
def sound(
    row: np.ndarray[tuple[int], np.dtype[np.float64]],
    seed: np.uint32,
    delay: int,
    keeps: tuple[float, float, float],
    openings: tuple[float, float, float],
    swell: int,
    early: tuple[int, float, float],
) -> None:
    """Write one side of a space to `row` (float64).

    Args:
        row: Zeros, the whole response.
        seed: Of the noise, not 0.
        delay: Frames before the first sound.
        keeps: Share of each band's level that is left after a frame: lows, middle, highs.
        openings: Steps of the low-passes between the bands, and of the one whose output is taken away.
        swell: Frames until the noise is loudest.
        early: How many reflections, over how many frames, how loud.
    """
    state = np.uint32(seed)
    reflections, spread, loudness = early
    # Reflections first: their places must not depend on how long the noise is.
    level = loudness
    for number in range(reflections):
        state ^= np.uint32(state << np.uint32(13))
        state ^= np.uint32(state >> np.uint32(17))
        state ^= np.uint32(state << np.uint32(5))
        place = delay + math.floor(spread * (number + float(state) / 4294967296.0) / reflections)
        if place < row.size:
            row[place] += level if state & np.uint32(1) else -level
        level *= 0.84
    low_level = middle_level = high_level = 1.0
    low = middle = 0.0
    for frame in range(delay, row.size):
        state ^= np.uint32(state << np.uint32(13))
        state ^= np.uint32(state >> np.uint32(17))
        state ^= np.uint32(state << np.uint32(5))
        noise = float(state) / 2147483648.0 - 1.0
        low += openings[0] * (noise - low)
        middle += openings[1] * (noise - middle)
        tail = low_level * low + middle_level * (middle - low) + high_level * (noise - middle)
        since = frame - delay
        row[frame] += tail * (since / swell) if since < swell else tail
        low_level *= keeps[0]
        middle_level *= keeps[1]
        high_level *= keeps[2]
    rumble = 0.0
    for frame in range(row.size):
        rumble += openings[2] * (row[frame] - rumble)
        row[frame] -= rumble
