"""Where in which track a recording is: followed from window to window, and looked for when it was lost.

Music repeats itself. A bar that comes back may fit a recording with a gap in it better than the place where the gap is, so
what is found elsewhere counts only if the seconds behind it fit better there than where the music should be by then.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av
import numpy as np
from scipy.signal import resample_poly

from loadtests.insync.offsets import alikeness, emphasised, level, locate
from loadtests.insync.pulse import RATE
from loadtests.insync.recording import Signal

DEMO: Final = Path(__file__).parent.parent.parent / "var" / "demo"
"""The composed library, made by `make run` or `make test`."""

# -60 dBFS: quieter windows are silence or a fade's end.
_LEAST_LEVEL: Final = 1e-3
_FIND_SECONDS: Final = 2.0
# A whole track is searched at 6 kHz.
_THINNING: Final = 8
_SEARCH_STEP_SECONDS: Final = 0.5
_FOLLOW_SECONDS: Final = 0.25
_FOLLOW_STEP_SECONDS: Final = 0.1
_FOLLOW_REACH_SECONDS: Final = 0.15
# What is left of a recording for the confirmation; less of it says nothing.
_LEAST_CONFIRMATION_SECONDS: Final = 0.5
# Steady players are above 0.95 here; a correction of 0.3 % smears two seconds to half.
_LEAST_LIKENESS: Final = 0.5
# Two places whose next seconds are that alike cannot be told apart.
_LEAST_LEAD: Final = 0.02


@dataclass(frozen=True, slots=True)
class Place:
    """At `at` seconds of the recording, `track` was at `position` seconds."""

    at: float
    track: str
    position: float


class Tracks:
    """The music that may be heard in a recording, prepared for looking it up.

    Args:
        sounds: Samples of each track by its name.
    """

    def __init__(self, sounds: Mapping[str, Signal]) -> None:
        self._recorded = dict(sounds)
        self._sounds = {track: emphasised(sound) for track, sound in sounds.items()}
        self._coarse = {track: _thinned(sound) for track, sound in self._sounds.items()}

    def sound(self, track: str, begin: int, count: int) -> Signal:
        """`count` frames of `track` from frame `begin` on, with silence before its first and after its last."""
        sound = self._recorded[track]
        inside = sound[max(0, begin) : max(0, begin + count)]
        before = min(count, max(0, -begin))
        return np.pad(inside, (before, count - before - len(inside)))

    def places(self, signal: Signal) -> list[Place]:
        """Follow a recording through what it plays, ten times a second, wherever that can be told."""
        sound = emphasised(signal)
        width = round(_FOLLOW_SECONDS * RATE)
        found: list[Place] = []
        next_search = 0.0
        for start in range(0, len(signal) - width + 1, round(_FOLLOW_STEP_SECONDS * RATE)):
            if level(signal[start : start + width]) < _LEAST_LEVEL:
                continue
            at = (start + width / 2) / RATE
            last = found[-1] if found else None
            place = None if last is None else self._follow(sound[start : start + width], at, last)
            # Looking through all tracks is a hundred times dearer than following one.
            if place is None and at >= next_search:
                next_search = at + _SEARCH_STEP_SECONDS
                place = self._find(sound, start, last)
            if place is not None:
                found.append(place)
        return found

    def _follow(self, piece: Signal, at: float, last: Place) -> Place | None:
        sound = self._sounds[last.track]
        reach = round(_FOLLOW_REACH_SECONDS * RATE)
        expected = round((last.position + at - last.at - _FOLLOW_SECONDS / 2) * RATE)
        begin = max(0, expected - reach)
        within = sound[begin : max(0, expected + len(piece) + reach)]
        if len(within) < len(piece):
            return None
        hit = locate(piece, within)
        return None if hit is None else Place(at, last.track, (begin + hit[0]) / RATE + _FOLLOW_SECONDS / 2)

    def _find(self, sound: Signal, start: int, last: Place | None) -> Place | None:
        """The place of the window at `start`, looked for everywhere; `last`: where the music was when it was lost."""
        piece = sound[start : start + round(_FIND_SECONDS * RATE)]
        if len(piece) < _FIND_SECONDS * RATE:
            return None
        candidate = self._most_alike(_thinned(piece), start / RATE)
        if candidate is None or not self._is_confirmed(candidate, sound, start + len(piece), last):
            return None
        # To the sample only when it is followed: where the coarse search says, or not at all.
        width = round(_FOLLOW_SECONDS * RATE)
        return self._follow(piece[:width], (start + width / 2) / RATE, candidate)

    def _most_alike(self, piece: Signal, at: float) -> Place | None:
        best, place = 0.0, None
        for track, whole in self._coarse.items():
            hit = locate(piece, whole) if len(whole) > len(piece) else None
            if hit is not None and hit[1] > best:
                best, place = hit[1], Place(at, track, hit[0] * _THINNING / RATE)
        return place

    def _is_confirmed(self, candidate: Place, sound: Signal, start: int, last: Place | None) -> bool:
        """Whether what is heard from `start` on goes on as after `candidate`, and not as it should after `last`."""
        piece = sound[start : start + round(_FIND_SECONDS * RATE)]
        if len(piece) < _LEAST_CONFIRMATION_SECONDS * RATE or level(piece) < _LEAST_LEVEL / 10:
            # Nothing tells: the end of the recording. Where the music should be then needs no proof, another place does.
            return last is None or abs(_ahead(candidate) - _ahead(last)) < _FOLLOW_REACH_SECONDS
        there = self._likeness(piece, start / RATE, candidate)
        here = 0.0 if last is None else self._likeness(piece, start / RATE, last)
        is_here = last is not None and abs(_ahead(candidate) - _ahead(last)) < _FOLLOW_REACH_SECONDS
        return is_here or there > max(_LEAST_LIKENESS, here + _LEAST_LEAD) or self._ends(candidate, start)

    def _likeness(self, piece: Signal, at: float, place: Place) -> float:
        """How alike `piece` (heard at `at`) and what follows `place` are, best within reach; 0 behind the track's end."""
        sound = self._coarse[place.track]
        thin = _thinned(piece)
        reach = round(_FOLLOW_REACH_SECONDS * RATE / _THINNING)
        expected = round((place.position + at - place.at) * RATE / _THINNING)
        within = sound[max(0, expected - reach) : max(0, expected + len(thin) + reach)]
        return float(alikeness(thin, within).max()) if len(within) >= len(thin) else 0.0

    def _ends(self, place: Place, start: int) -> bool:
        """Whether its track is over at frame `start` of the recording, or before what confirms would be."""
        length = len(self._sounds[place.track]) / RATE
        return place.position + start / RATE - place.at + _FIND_SECONDS > length


def demo_tracks() -> Tracks:
    """All that may be heard in a measurement."""
    return Tracks({path.stem: read_track(path) for path in sorted(DEMO.glob("*.flac"))})


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


def rate_ppm(places: list[Place]) -> float | None:
    """By how much a player's tracks went by faster than the recording's clock, in millionths, as one straight line.

    None where less than two seconds of one track were followed.
    """
    by_track: dict[str, list[Place]] = {}
    for place in places:
        by_track.setdefault(place.track, []).append(place)
    longest = max(by_track.values(), key=len, default=[])
    if not longest or longest[-1].at - longest[0].at < _FIND_SECONDS:
        return None
    at = np.array([place.at for place in longest])
    ahead = np.array([_ahead(place) for place in longest])
    return float(1e6 * np.polyfit(at - at.mean(), ahead, 1)[0])


def _ahead(place: Place) -> float:
    return place.position - place.at


def _thinned(sound: Signal) -> Signal:
    thinned: Signal = resample_poly(sound, 1, _THINNING).astype(np.float32)
    return thinned
