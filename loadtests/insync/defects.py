"""What a listener would call a fault, found in the samples: gaps, clicks, and music that jumps where it should flow.

Clicks are looked for above 20.8 kHz: Opus keeps nothing there, and resampling next to nothing (-160 dBFS in what the page
plays), while every hard edge, missing or repeated sample reaches it, far above that floor. Faded jumps leave no click; they
are found by following the recording through the track it plays.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av
import numpy as np
from scipy.signal import butter, resample_poly, sosfiltfilt

from loadtests.insync.offsets import emphasised, level, locate
from loadtests.insync.pulse import RATE
from loadtests.insync.recording import Signal

# -80 dBFS: music fades through it within milliseconds, dither and silence stay below.
_SILENT: Final = 1e-4
_BLOCK: Final = RATE // 1_000
_CLICK_BAND: Final = (20_800, 23_500)
# -80 dBFS in that band, and 40 dB above what the music itself leaves there. Missing samples leave -74 … -52 dBFS; where two
# Opus segments meet, each encoded by itself, there are up to -84 dBFS, 55 dB below the music and above what anyone hears.
_LEAST_CLICK: Final = 1e-4
_CLICK_LEAD: Final = 100.0
# Both edges of a gap, and the ringing of the filter, are one click.
_ONE_CLICK_SECONDS: Final = 0.03
_FIND_SECONDS: Final = 2.0
# A whole track is searched at 6 kHz.
_THINNING: Final = 8
_SEARCH_STEP_SECONDS: Final = 0.5
_FOLLOW_SECONDS: Final = 0.25
_FOLLOW_STEP_SECONDS: Final = 0.1
_FOLLOW_REACH_SECONDS: Final = 0.15
# Corrections are at most 0.5 % of the time that passed; the rest is what following can err by while one is under way.
_SLOPE: Final = 0.01
_SLACK_SECONDS: Final = 0.000_3


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing sounds from `at` on for `seconds`, both in seconds of the recording."""

    at: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Place:
    """At `at` seconds of the recording, `track` was at `position` seconds."""

    at: float
    track: str
    position: float


@dataclass(frozen=True, slots=True)
class Jump:
    """At about `at`, `milliseconds` of the track were left out (negative: repeated, or filled with silence)."""

    at: float
    milliseconds: float


def silences(signal: Signal, least_seconds: float = 0.01) -> list[Silence]:
    """Every stretch of at least `least_seconds` in which nothing sounds, to the millisecond."""
    blocks = len(signal) // _BLOCK
    peaks = np.abs(signal[: blocks * _BLOCK]).reshape(blocks, _BLOCK).max(axis=1)
    edges = np.diff(np.concatenate([[0], (peaks < _SILENT).astype(np.int8), [0]]))
    starts, ends = np.nonzero(edges == 1)[0], np.nonzero(edges == -1)[0]
    return [
        Silence(start / 1e3, (end - start) / 1e3)
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
        if end - start >= least_seconds * 1e3
    ]


def clicks(signal: Signal) -> list[float]:
    """Instants of clicks, in seconds; both edges of a gap count once."""
    if len(signal) < RATE // 10:
        return []
    band = np.abs(sosfiltfilt(butter(10, _CLICK_BAND, "bandpass", fs=RATE, output="sos"), signal))
    blocks = len(band) // _BLOCK
    peaks = band[: blocks * _BLOCK].reshape(blocks, _BLOCK).max(axis=1)
    loud = np.nonzero(peaks > max(_LEAST_CLICK, _CLICK_LEAD * float(np.median(peaks))))[0] / 1e3
    found: list[float] = []
    last = -1.0
    for at in loud.tolist():
        if at - last > _ONE_CLICK_SECONDS:
            found.append(at)
        last = at
    return found


def read_track(path: Path) -> Signal:
    """A FLAC file of 48 kHz as one channel."""
    with av.open(path) as container:
        stream = container.streams.audio[0]
        assert stream.rate == RATE, f"{path.name} has {stream.rate} Hz"
        resampler = av.AudioResampler(format="fltp", layout="mono", rate=RATE)
        parts = [
            piece.to_ndarray()[0] for frame in [*container.decode(stream), None] for piece in resampler.resample(frame)
        ]
    return np.concatenate(parts).astype(np.float32)


class Tracks:
    """The music that may be heard in a recording, prepared for looking it up.

    Args:
        files: FLAC files; a track's name is its file's, without the ending.
    """

    def __init__(self, files: Iterable[Path]) -> None:
        self._sounds = {path.stem: emphasised(read_track(path)) for path in files}
        self._coarse = {track: _coarse(sound) for track, sound in self._sounds.items()}

    def places(self, signal: Signal) -> list[Place]:
        """Follow a recording through what it plays, ten times a second, wherever that can be told."""
        sound = emphasised(signal)
        width = round(_FOLLOW_SECONDS * RATE)
        found: list[Place] = []
        next_search = 0.0
        for start in range(0, len(signal) - width + 1, round(_FOLLOW_STEP_SECONDS * RATE)):
            if level(signal[start : start + width]) < 10 * _SILENT:
                continue
            at = (start + width / 2) / RATE
            place = self._follow(sound[start : start + width], at, found[-1]) if found else None
            # Looking through all tracks is a hundred times dearer than following one.
            if place is None and at >= next_search:
                next_search = at + _SEARCH_STEP_SECONDS
                place = self._find(sound, start, at)
            if place is not None:
                found.append(place)
        return found

    def _follow(self, piece: Signal, at: float, last: Place) -> Place | None:
        sound = self._sounds[last.track]
        reach = round(_FOLLOW_REACH_SECONDS * RATE)
        expected = round((last.position + at - last.at - _FOLLOW_SECONDS / 2) * RATE)
        begin = max(0, expected - reach)
        within = sound[begin : expected + len(piece) + reach]
        if len(within) < len(piece):
            return None
        hit = locate(piece, within)
        return None if hit is None else Place(at, last.track, (begin + hit[0]) / RATE + _FOLLOW_SECONDS / 2)

    def _find(self, sound: Signal, start: int, at: float) -> Place | None:
        piece = sound[start : start + round(_FIND_SECONDS * RATE)]
        if len(piece) < _FIND_SECONDS * RATE:
            return None
        coarse = _coarse(piece)
        for track, whole in self._coarse.items():
            hit = locate(coarse, whole) if len(whole) > len(coarse) else None
            if hit is not None:
                begin = hit[0] * _THINNING / RATE
                # To the sample only when it is followed: where the coarse search says, or not at all.
                return self._follow(
                    piece[: round(_FOLLOW_SECONDS * RATE)], at, Place(at, track, begin + _FOLLOW_SECONDS / 2)
                )
        return None


def _coarse(sound: Signal) -> Signal:
    thinned: Signal = resample_poly(sound, 1, _THINNING).astype(np.float32)
    return thinned


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
