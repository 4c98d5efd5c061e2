"""When a listener's sound stops being the recording it followed: the moment at which another tempo or pitch is first heard."""

from typing import Final

import numpy as np

from loadtests.insync.offsets import alikeness, emphasised, level
from loadtests.insync.pulse import RATE
from loadtests.insync.recording import Signal
from loadtests.insync.tracks import Tracks

# Short enough for a moment, long enough for a few periods of the bass; fades take 8 ms.
_WINDOW: Final = RATE // 50
_STEP: Final = RATE // 500
# A player that keeps in step is off its line by less than this.
_REACH: Final = 48
_BEFORE: Final = RATE // 2
# Steady players are above 0.9 in such a window; whatever differs is below within two.
_ALIKE: Final = 0.75
_LASTING: Final = 15
# -60 dBFS.
_LEAST_LEVEL: Final = 1e-3


def departure(signal: Signal, truth: Signal) -> int | None:
    """First frame from which on `signal` is not `truth` (of the same length) any more, for 30 ms and more; None if it stays.

    Right to about 20 ms: a change of tempo alone parts from the recording by and by. Silent windows say nothing.
    """
    sound, expected = emphasised(signal), emphasised(truth)
    unlike = 0
    for start in range(_REACH, len(sound) - _WINDOW - _REACH, _STEP):
        if level(signal[start : start + _WINDOW]) < _LEAST_LEVEL:
            continue
        within = expected[start - _REACH : start + _WINDOW + _REACH]
        unlike = 0 if float(np.max(alikeness(sound[start : start + _WINDOW], within))) > _ALIKE else unlike + 1
        if unlike == _LASTING:
            return start - (_LASTING - 1) * _STEP + _WINDOW // 2
    return None


def departure_from(tracks: Tracks, signal: Signal, known: int) -> int | None:
    """The same for a recording whose first `known` frames surely are a track's, counted from its beginning.

    None also where that cannot be told: they are found in no track, or are no steady part of one.
    """
    places = tracks.places(signal[:known])
    if not places:
        return None
    last = places[-1]
    # What a player corrected earlier is over by then.
    start = max(0, known - _BEFORE)
    begin = round((last.position - last.at) * RATE) + start
    found = departure(signal[start:], tracks.sound(last.track, begin, len(signal) - start))
    return None if found is None or start + found < known else start + found
