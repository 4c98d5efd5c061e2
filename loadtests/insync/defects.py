"""What a listener would call a fault, found in the samples: gaps, clicks, and music that jumps where it should flow.

Clicks are looked for above 20.8 kHz: Opus keeps nothing there, and resampling next to nothing (-160 dBFS in what the page
plays), while every hard edge, missing or repeated sample reaches it, far above that floor. Faded jumps leave no click; they
are found by following the recording through the track it plays.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.signal import butter, sosfiltfilt

from loadtests.insync.pulse import RATE
from loadtests.insync.recording import SILENT, Signal
from loadtests.insync.tracks import Place

_BLOCK: Final = RATE // 1_000
_CLICK_BAND: Final = (20_800, 23_500)
# -80 dBFS in that band, and 40 dB above what the music itself leaves there. Missing samples leave -74 … -52 dBFS; where two
# Opus segments meet, each encoded by itself, there are up to -84 dBFS, 55 dB below the music and above what anyone hears.
_LEAST_CLICK: Final = 1e-4
_CLICK_LEAD: Final = 100.0
# Both edges of a gap, and the ringing of the filter, are one click.
_ONE_CLICK_SECONDS: Final = 0.03
# Corrections are at most 0.5 % of the time that passed; the rest is what following can err by while one is under way.
_SLOPE: Final = 0.01
_SLACK_SECONDS: Final = 0.000_3


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing sounds from `at` on for `seconds`, both in seconds of the recording."""

    at: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Jump:
    """At about `at`, `milliseconds` of the track were left out (negative: repeated, or filled with silence)."""

    at: float
    milliseconds: float


def silences(signal: Signal, least_seconds: float = 0.01) -> list[Silence]:
    """Every stretch of at least `least_seconds` in which nothing sounds, to the millisecond."""
    blocks = len(signal) // _BLOCK
    peaks = np.abs(signal[: blocks * _BLOCK]).reshape(blocks, _BLOCK).max(axis=1)
    edges = np.diff(np.concatenate([[0], (peaks < SILENT).astype(np.int8), [0]]))
    starts, ends = np.nonzero(edges == 1)[0], np.nonzero(edges == -1)[0]
    return [
        Silence(start / 1e3, (end - start) / 1e3)
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
        if end - start >= least_seconds * 1e3
    ]


def clicks(signal: Signal, least: float = _LEAST_CLICK) -> list[float]:
    """Instants of clicks, in seconds; both edges of a gap count once. `least`: above 20.8 kHz, full scale being 1."""
    if len(signal) < RATE // 10:
        return []
    band = np.abs(sosfiltfilt(butter(10, _CLICK_BAND, "bandpass", fs=RATE, output="sos"), signal))
    blocks = len(band) // _BLOCK
    peaks = band[: blocks * _BLOCK].reshape(blocks, _BLOCK).max(axis=1)
    loud = np.nonzero(peaks > max(least, _CLICK_LEAD * float(np.median(peaks))))[0] / 1e3
    found: list[float] = []
    last = -1.0
    for at in loud.tolist():
        if at - last > _ONE_CLICK_SECONDS:
            found.append(at)
        last = at
    return found


def jumps(places: list[Place]) -> list[Jump]:
    """Where the music did not flow: more or less of a track went by between two places than time did.

    A place counts only with both its neighbours (the middle one of three), so that one that was mistaken for a like bar
    nearby is no jump.
    """
    found = []
    for four in zip(places, places[1:], places[2:], places[3:], strict=False):
        if len({place.track for place in four}) > 1:
            continue
        ahead = [place.position - place.at for place in four]
        excess = sorted(ahead[1:])[1] - sorted(ahead[:3])[1]
        passed = four[2].at - four[1].at
        if abs(excess) > _SLACK_SECONDS + _SLOPE * passed:
            found.append(Jump((four[1].at + four[2].at) / 2, 1e3 * excess))
    return found
