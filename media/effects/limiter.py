"""A limiter that looks ahead: no true peak passes its ceiling, and what stays below passes unchanged.

For every frame the gain is found that its true peak needs (the largest value of and between the samples, as
`media/analysis/true_peak.py` measures it). The smallest gain needed within a window is held, recovers exponentially, and is
averaged over 5 ms: a ramp that is down before the peak comes. An average of gains that all suffice suffices too.

Interpolating between samples with different gains may pass the ceiling c a little. Between the place in question and a
sample x at tap k, every gain is an average over the lookahead of gains that suffice for x, so none exceeds c / |x|, and from
one frame to the next they change by at most that over the lookahead. The two places' gains differ by |k| times as much,
which moves x by at most c |k| / lookahead, and the sum by c Σ|h(k)| |k| / lookahead: 0.17 dB. That is kept below the ceiling
(`MARGIN_DB`), so that it is never passed.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from media.analysis.true_peak import PHASES
from media.compiled import compiled
from media.effects.settings import LimiterSettings
from media.pcm import Samples

_LOOKAHEAD_SECONDS: Final = 0.005
# Of 48 kHz; at lower rates the same time would be fewer frames, and the gain steeper than `MARGIN_DB` allows.
_LEAST_LOOKAHEAD_FRAMES: Final = 240
MARGIN_DB: Final = 0.2
_TAPS: Final = int(PHASES.shape[1])
_FILTERS: Final = PHASES.astype(np.float64)
# No interpolated value exceeds the largest sample nearby times this.
_REACH: Final = float(np.abs(_FILTERS).sum(axis=1).max()) * 1.0001


def lookahead_frames(rate_hz: int) -> int:
    """Over which the gain comes down."""
    return max(_LEAST_LOOKAHEAD_FRAMES, math.floor(_LOOKAHEAD_SECONDS * rate_hz + 0.5))


def latency_frames(rate_hz: int) -> int:
    """Frames between what comes in and the same as it comes out."""
    return lookahead_frames(rate_hz) + _TAPS


class Limiter:
    """Works block by block; how sound is cut into blocks changes nothing."""

    tail_frames = 0

    def __init__(self, settings: LimiterSettings, rate_hz: int) -> None:
        lookahead = lookahead_frames(rate_hz)
        self.latency_frames = latency_frames(rate_hz)
        self._ceiling = 10 ** ((settings.ceiling_db - MARGIN_DB) / 20)
        self._keep = math.exp(-1 / (settings.release_seconds * rate_hz))
        self._late = np.zeros((2, self.latency_frames), np.float32)
        window = lookahead + _TAPS + 1
        # Rings: candidates for the smallest gain with their frames, and the gains that are averaged.
        self._held = np.ones(window + 1)
        self._held_at = np.zeros(window + 1, np.int64)
        self._averaged = np.ones(lookahead)
        # First candidate, candidates, frame, place in `averaged`, gains in it below 1, frames left in which peaks may hide.
        self._places = np.zeros(6, np.int64)
        # Recovering gain, sum of `averaged`.
        self._levels = np.array([1.0, float(lookahead)])

    def process(self, samples: Samples) -> Samples:
        """The next frames (float32, shape (2, frames)), as they come out `latency_frames` later."""
        frames = samples.shape[1]
        sound = np.concatenate([self._late, samples], axis=1)
        self._late = sound[:, frames:].copy()
        limited = np.empty_like(samples)
        limit(
            sound,
            limited,
            _FILTERS,
            (self._ceiling, self._keep, _REACH),
            (self._held, self._held_at, self._averaged),
            self._places,
            self._levels,
        )
        return limited


@compiled
def limit(
    sound: Samples,
    limited: Samples,
    filters: NDArray[np.float64],
    bounds: tuple[float, float, float],
    rings: tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]],
    places: NDArray[np.int64],
    levels: NDArray[np.float64],
) -> None:
    """Write the sound with its gain to `limited`.

    Args:
        sound: float32, shape (2, latency + frames).
        limited: float32, shape (2, frames).
        filters: float64, shape (3, 32): interpolation after tap 15.
        bounds: Ceiling (linear), share of a reduction that is kept per frame, bound of interpolation over samples.
        rings: Smallest gains held with their frames, and gains that are averaged; changed.
        places: As `Limiter` keeps them; changed.
        levels: Recovering gain, sum of the ring that is averaged; changed.
    """
    ceiling, keep, reach = bounds
    held, held_at, averaged = rings
    taps = filters.shape[1]
    latency = sound.shape[1] - limited.shape[1]
    lookahead = averaged.size
    window = held.size - 1
    first, count, now, place, below, loud = places
    recovering, total = levels
    for frame in range(limited.shape[1]):
        newest = latency + frame
        if max(abs(sound[0, newest]), abs(sound[1, newest])) * reach > ceiling:
            loud = taps
        needed = 1.0
        if loud > 0:
            loud -= 1
            peak = 0.0
            begin = newest - taps + 1
            for channel in range(2):
                peak = max(peak, abs(float(sound[channel, begin + taps // 2 - 1])))
                for phase in range(filters.shape[0]):
                    value = 0.0
                    for tap in range(taps):
                        value += filters[phase, tap] * sound[channel, begin + tap]
                    peak = max(peak, abs(value))
            if peak > ceiling:
                needed = ceiling / peak
        # The smallest of the window: candidates rise from the first on, and none that is older and larger is kept.
        while count > 0 and held[(first + count - 1) % held.size] >= needed:
            count -= 1
        held[(first + count) % held.size] = needed
        held_at[(first + count) % held.size] = now
        count += 1
        if held_at[first] <= now - window:
            first = (first + 1) % held.size
            count -= 1
        recovering = min(1.0 - keep * (1.0 - recovering), held[first])
        if recovering > 1.0 - 1e-9:
            recovering = 1.0
        old = averaged[place]
        averaged[place] = recovering
        place = (place + 1) % lookahead
        below += (1 if recovering < 1.0 else 0) - (1 if old < 1.0 else 0)
        # Rounding must not be left behind in a sum that lasts for hours.
        total = float(lookahead) if below == 0 else total + recovering - old
        gain = total / lookahead
        limited[0, frame] = sound[0, frame] * gain
        limited[1, frame] = sound[1, frame] * gain
        now += 1
    places[0] = first
    places[1] = count
    places[2] = now
    places[3] = place
    places[4] = below
    places[5] = loud
    levels[0] = recovering
    levels[1] = total
