"""Takes the music away for a while, and brings it back, without a click; underneath it goes on in its place."""

from typing import Final

import numpy as np

from media.pcm import Samples
from sync.units import SAMPLE_RATE

HUSH_FRAMES: Final = SAMPLE_RATE // 10
"""From full sound to silence: 0.1 s, over well before the first mark of a check, which lies at least a lead ahead."""

_RAMP: Final = (0.5 + 0.5 * np.cos(np.pi * np.arange(HUSH_FRAMES + 1) / HUSH_FRAMES)).astype(np.float32)


class Hush:
    """The last stage of the music before the output."""

    def __init__(self) -> None:
        # Frames of the ramp gone down: 0 is full sound, HUSH_FRAMES silence.
        self._depth = 0

    def settle(self, *, is_wanted: bool) -> None:
        """Be there at once: nothing sounds that could be cut."""
        self._depth = HUSH_FRAMES if is_wanted else 0

    def apply(self, sound: Samples, *, is_wanted: bool) -> None:
        """Fade the next frames in place: down while it is wanted, up otherwise.

        Args:
            sound: float32, shape (2, frames).
            is_wanted: Whether the music is to be silent.
        """
        if not is_wanted and self._depth == 0:
            return
        direction = 1 if is_wanted else -1
        depths = np.clip(self._depth + direction * np.arange(sound.shape[1] + 1), 0, HUSH_FRAMES)
        self._depth = int(depths[-1])
        # Silence is exact: the last value of the ramp is not.
        sound *= np.where(depths[:-1] == HUSH_FRAMES, np.float32(0), _RAMP[depths[:-1]])
