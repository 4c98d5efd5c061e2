"""Where the sound of a recording begins and ends: its first and last frame above -60 dB of full scale.

A constant offset is no sound: each channel passes a high pass of 20 Hz first, which starts at the first sample, so that an
offset which is there from the beginning is never heard.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from media.compiled import compiled
from media.pcm import CHANNELS, RATE, Pcm, Samples
from media.recording_facts import Findings

AUDIBLE_DB: Final = -60.0
_THRESHOLD: Final = 10 ** (AUDIBLE_DB / 20)
_POLE: Final = float(np.exp(-2 * np.pi * 20 / RATE))


class AudibleMeter:
    """Looks for the ends block by block; how the sound is cut into blocks changes nothing."""

    def __init__(self) -> None:
        # Sample before and output before of each channel; not a number: there was none.
        self._state = np.full((CHANNELS, 2), np.nan)
        self._at = 0
        self._first = -1
        self._last = -1

    def add(self, pcm: Pcm) -> None:
        """The next frames of the recording."""
        first, last = audible_ends(pcm.samples, self._state, _POLE, _THRESHOLD)
        if first >= 0:
            self._first = self._first if self._first >= 0 else self._at + first
            self._last = self._at + last
        self._at += pcm.frames

    @property
    def ends(self) -> tuple[int, int] | None:
        """First audible frame, and the one after the last; None for silence."""
        return None if self._first < 0 else (self._first, self._last + 1)

    def findings(self) -> Findings:
        """``audible_from`` and ``audible_until``."""
        first, end = self.ends or (None, None)
        return {"audible_from": first, "audible_until": end}


@compiled
def audible_ends(samples: Samples, state: NDArray[np.float64], pole: float, threshold: float) -> tuple[int, int]:
    """First and last frame whose filtered sample is beyond `threshold` in either channel; -1 and -1 if none is.

    Args:
        samples: float32, shape (2, frames).
        state: float64, shape (2, 2): see `AudibleMeter`; changed.
        pole: Of the high pass.
        threshold: Linear.
    """
    first = -1
    last = -1
    for channel in range(2):
        before, level = state[channel, 0], state[channel, 1]
        for index in range(samples.shape[1]):
            sample = float(samples[channel, index])
            if np.isnan(before):
                before, level = sample, 0.0
            level = sample - before + pole * level
            before = sample
            if abs(level) > threshold:
                if first < 0 or index < first:
                    first = index
                if index > last:
                    last = index
            elif abs(level) < 1e-30:
                # In digital silence the filter fades into denormal numbers, which are a hundred times slower.
                level = 0.0
        state[channel, 0], state[channel, 1] = before, level
    return first, last
