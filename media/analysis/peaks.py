"""The waveform as people see it, at several zooms: 2, 20 and 200 bytes a second.

A file is nothing but these bytes: byte i is ``min(255, round(255 * peak))``, where peak is the largest absolute sample of
either channel in frames ``i * n`` up to ``(i + 1) * n``, n = 24000, 2400 or 240. Full scale is 255, silence 0; the last byte
may stand for fewer frames. Example, at 20 bytes a second: 0.1 s at half of full scale is ``80 80``.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from media.compiled import compiled
from media.pcm import RATE, Pcm, Samples

ZOOMS_PER_SECOND: Final = (2, 20, 200)
"""Bytes a second of every zoom, coarsest first; each is a multiple of the one before."""
_FINEST: Final = ZOOMS_PER_SECOND[-1]
_PEAK_FRAMES: Final = RATE // _FINEST


class PeakMeter:
    """Gathers peaks block by block; how the sound is cut into blocks changes nothing."""

    def __init__(self) -> None:
        self._done: list[NDArray[np.float32]] = []
        self._open = np.float32(0)
        self._filled = 0

    def add(self, pcm: Pcm) -> None:
        """The next frames of the recording."""
        peaks = np.empty(pcm.frames // _PEAK_FRAMES + 1, np.float32)
        count, self._filled, self._open = gather_peaks(pcm.samples, self._filled, self._open, peaks)
        self._done.append(peaks[:count].copy())

    def to_bytes(self, per_second: int = 20) -> bytes:
        """The file of one of the zooms for everything added so far."""
        tail = [np.array([self._open], np.float32)] if self._filled else []
        peaks = np.concatenate([*self._done, *tail, np.zeros(0, np.float32)])
        count = _FINEST // per_second
        # Rounding keeps the order of peaks, so the largest of the finest zoom is that of the coarser one.
        coarse = np.pad(peaks, (0, -peaks.size % count)).reshape(-1, count).max(axis=1, initial=0)
        levels = np.minimum(255, np.rint(coarse * np.float32(255)))
        return bytes(levels.astype(np.uint8))


@compiled
def gather_peaks(
    samples: Samples, filled: int, open_peak: np.float32, peaks: NDArray[np.float32]
) -> tuple[int, int, np.float32]:
    """Largest absolute sample per 240 frames.

    Args:
        samples: float32, shape (2, frames).
        filled: Frames already in the open interval.
        open_peak: Their peak.
        peaks: Where finished intervals go; room for frames // 240 + 1.

    Returns:
        Number of intervals finished, and `filled` and `open_peak` for the next call.
    """
    count = 0
    for index in range(samples.shape[1]):
        open_peak = max(open_peak, abs(samples[0, index]), abs(samples[1, index]))
        filled += 1
        if filled == _PEAK_FRAMES:
            peaks[count] = open_peak
            count += 1
            filled = 0
            open_peak = np.float32(0)
    return count, filled, open_peak
