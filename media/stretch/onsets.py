"""Where hits begin, to the sample, while the sound streams by.

The energy of the differentiated sound (which lifts clicks above held tones) is summed over 1.5 ms and compared with a
follower that falls by a tenth each time; a rise to eight times of it is an onset, and the first sample of the rise is where
it begins. An onset is known 3 ms after it happened, wherever the stream is cut.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from media.compiled import compiled
from media.pcm import Samples

# 64 samples at 44.1 and 48 kHz.
_BLOCK_SECONDS: Final = 0.00145
# Between 6 and 40 nothing changes on music with drums; below, vibrato begins to count as hits.
_RISE: Final = 8.0
_FALL: Final = 0.9
# Per sample and channel: -100 dB of full scale, so that dither in silence is no hit.
_SILENCE: Final = 1e-10


class OnsetDetector:
    """Finds onsets in blocks; how the sound is cut into blocks changes nothing.

    Attributes:
        known_until: All onsets before this sample have been told.
        look_ahead: So many samples after an onset it is known.
    """

    def __init__(self, rate_hz: int, least_distance: int) -> None:
        self._block = max(8, 1 << round(float(np.log2(_BLOCK_SECONDS * rate_hz))))
        self.look_ahead = 2 * self._block
        self._least_distance = least_distance
        self._pending = np.zeros((2, 1), np.float32)
        self._state = np.array([0.0, 0.0])
        # Where the first pending sample is; one sample of silence comes before the stream.
        self._at = -1
        self._last = -least_distance
        self.known_until = 0

    def add(self, samples: Samples) -> list[int]:
        """The next samples, float32, shape (2, frames).

        Returns:
            Positions of onsets, counted from the stream's beginning, at least `least_distance` apart.
        """
        joined = np.concatenate([self._pending, samples], axis=1)
        blocks = (joined.shape[1] - 1 - self._block) // self._block
        if blocks <= 0:
            self._pending = joined
            return []
        found = np.empty(blocks, np.int64)
        count = rises(joined, self._block, blocks, self._state, found)
        onsets = []
        for offset in found[:count]:
            position = max(0, self._at + int(offset))
            if position - self._last >= self._least_distance:
                onsets.append(position)
                self._last = position
        self._pending = joined[:, blocks * self._block :]
        self._at += blocks * self._block
        self.known_until = self._at
        return onsets


@compiled
def rises(samples: Samples, length: int, blocks: int, state: NDArray[np.float64], found: NDArray[np.int64]) -> int:
    """Look through `blocks` blocks of `length` differences.

    Args:
        samples: float32, shape (2, at least 1 + blocks * length): the sample before the first block comes first.
        length: Of a block.
        blocks: How many.
        state: float64, shape (2,): the follower, and the energy of the block before; changed.
        found: Where the offsets of onsets in `samples` go; room for `blocks`.

    Returns:
        How many were found.
    """
    count = 0
    follower = state[0]
    for block in range(blocks):
        begin = 1 + block * length
        energy = 0.0
        for index in range(begin, begin + length):
            left = float(samples[0, index]) - float(samples[0, index - 1])
            right = float(samples[1, index]) - float(samples[1, index - 1])
            energy += left * left + right * right
        if energy > _RISE * follower + _SILENCE * length:
            # The first sample that stands out from what was before, and is a part of this rise rather than its dust.
            least = max(4.0 * follower, 0.005 * energy) / length
            for index in range(begin, begin + length):
                left = float(samples[0, index]) - float(samples[0, index - 1])
                right = float(samples[1, index]) - float(samples[1, index - 1])
                if left * left + right * right > least:
                    found[count] = index
                    count += 1
                    break
        follower = max(energy, _FALL * follower)
    state[0] = follower
    return count
