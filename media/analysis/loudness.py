"""Integrated loudness of a recording in LUFS.

Source: ITU-R BS.1770-4 annex 1 (K weighting by two biquads, 400 ms blocks that overlap by three quarters, absolute gate at
-70 LUFS, relative gate 10 LU below what the first leaves). EBU R 128 s1 test signals agree within 0.1 LU.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from media.compiled import compiled
from media.pcm import CHANNELS, RATE, Pcm, Samples
from media.recording_facts import Findings

# Quarter of a 400 ms block.
HOP_FRAMES: Final = RATE // 10
_HOPS_PER_BLOCK: Final = 4
_ABSOLUTE_GATE_LUFS: Final = -70.0
_RELATIVE_GATE_LU: Final = -10.0
_OFFSET: Final = -0.691

# b0 b1 b2 a1 a2 of the head's high shelf and the RLB high pass at 48 kHz, tables 1 and 2 of the recommendation.
K_WEIGHTING: Final = np.array(
    [
        [1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585],
        [1.0, -2.0, 1.0, -1.99004745483398, 0.99007225036621],
    ]
)


class LoudnessMeter:
    """Measures block by block; how the sound is cut into blocks changes not one bit of the result."""

    def __init__(self) -> None:
        self._state = np.zeros((CHANNELS, 4))
        self._done: list[NDArray[np.float64]] = []
        self._open = 0.0
        self._filled = 0

    def add(self, pcm: Pcm) -> None:
        """The next frames of the recording."""
        energies = np.empty(pcm.frames // HOP_FRAMES + 1)
        count, self._filled, self._open = weigh(
            pcm.samples, K_WEIGHTING, self._state, self._filled, self._open, energies
        )
        self._done.append(energies[:count].copy())

    @property
    def loudness_lufs(self) -> float | None:
        """Loudness of everything added so far; None if it is shorter than 400 ms or nothing passes the gates."""
        hops = np.concatenate([*self._done, np.zeros(0)])
        if hops.size < _HOPS_PER_BLOCK:
            return None
        blocks = np.convolve(hops, np.ones(_HOPS_PER_BLOCK), "valid") / (_HOPS_PER_BLOCK * HOP_FRAMES)
        blocks = blocks[blocks > _power(_ABSOLUTE_GATE_LUFS)]
        if blocks.size == 0:
            return None
        loud = blocks[blocks > _power(_loudness(float(blocks.mean())) + _RELATIVE_GATE_LU)]
        return _loudness(float(loud.mean()))

    def findings(self) -> Findings:
        """``loudness_lufs``."""
        return {"loudness_lufs": self.loudness_lufs}


def _loudness(power: float) -> float:
    return _OFFSET + 10 * float(np.log10(power))


def _power(loudness_lufs: float) -> float:
    return float(10 ** ((loudness_lufs - _OFFSET) / 10))


@compiled
def weigh(
    samples: Samples,
    filters: NDArray[np.float64],
    state: NDArray[np.float64],
    filled: int,
    open_energy: float,
    energies: NDArray[np.float64],
) -> tuple[int, int, float]:
    """Energy of the K-weighted sound per 100 ms, both channels summed.

    Args:
        samples: float32, shape (2, frames).
        filters: float64, shape (2, 5): `K_WEIGHTING`.
        state: float64, shape (2, 4): memory of the two filters per channel (transposed direct form II); changed.
        filled: Frames already in the open interval.
        open_energy: Their energy.
        energies: Where finished intervals go; room for frames // 4800 + 1.

    Returns:
        Number of intervals finished, and `filled` and `open_energy` for the next call.
    """
    b0, b1, b2, a1, a2 = filters[0]
    c0, c1, c2, d1, d2 = filters[1]
    count = 0
    for index in range(samples.shape[1]):
        for channel in range(2):
            x = float(samples[channel, index])
            y = b0 * x + state[channel, 0]
            state[channel, 0] = b1 * x - a1 * y + state[channel, 1]
            state[channel, 1] = b2 * x - a2 * y
            z = c0 * y + state[channel, 2]
            state[channel, 2] = c1 * y - d1 * z + state[channel, 3]
            state[channel, 3] = c2 * y - d2 * z
            open_energy += z * z
        filled += 1
        if filled == HOP_FRAMES:
            energies[count] = open_energy
            count += 1
            filled = 0
            open_energy = 0.0
            # In digital silence the filters fade into denormal numbers, which are a hundred times slower.
            for channel in range(2):
                for tap in range(4):
                    if abs(state[channel, tap]) < 1e-30:
                        state[channel, tap] = 0.0
    return count, filled, open_energy
