"""Which frame of a recording sounds at an instant of this machine's clock.

A null sink computes a block of sound when its time begins, and the recorder passes it on at once; so just before the next
block comes, the last frame that was written is the one that sounds. That is when the recording is least far ahead of time.
Checked against Chromium's own output timestamps with impulses: 2 to 3.5 ms later than those (2026-11-20, blocks of 21 ms).
"""

import time
from dataclasses import dataclass
from typing import Final

import numpy as np

from loadtests.insync.pulse import RATE
from loadtests.insync.recording import Recorder

_LOOK_SECONDS: Final = 0.3
_PAUSE_SECONDS: Final = 0.002
# Not the very least: once in a while the recorder itself is held up.
_SHARE: Final = 0.1


@dataclass(frozen=True, slots=True)
class FrameClock:
    """Good for a minute: the sound card's clock is off by up to 200 ppm.

    Attributes:
        at: Seconds of Unix time.
        frame: What sounded then.
    """

    at: float
    frame: float

    def frame_at(self, instant: float) -> int:
        """What sounds at an instant of Unix time, in seconds. To some 4 ms."""
        return round(self.frame + (instant - self.at) * RATE)


def look(recorder: Recorder) -> FrameClock:
    """Compare the recording with the clock for 0.3 s, blocking."""
    origin = time.time()
    instants, frames = [], []
    while (at := time.time()) - origin < _LOOK_SECONDS:
        instants.append(at)
        frames.append(recorder.now)
        time.sleep(_PAUSE_SECONDS)  # noqa: TID251 (a measuring process without a loop)
    return fitted(instants, frames)


def fitted(instants: list[float], frames: list[int]) -> FrameClock:
    """From instants and the number of frames that were written by then."""
    ahead = np.array(frames) - (np.array(instants) - instants[0]) * RATE
    return FrameClock(instants[0], float(np.quantile(ahead, _SHARE)))
