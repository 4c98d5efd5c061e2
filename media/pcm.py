"""Checked sample buffers: the one shape in which sound travels between the steps of a job."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

# What browsers, Opus and sound cards use natively; every recording is converted to it once, while decoding.
RATE: Final = 48_000
CHANNELS: Final = 2

Samples = NDArray[np.float32]
"""float32 samples; the shape is told where the name is used."""


@dataclass(frozen=True, slots=True, eq=False)
class Pcm:
    """Sound at 48 kHz in stereo.

    Attributes:
        samples: float32, C-contiguous, shape (2, frames), nominal range -1 … 1 (decoded lossy files pass it slightly).
            Owned by this record: nobody writes to it after construction.

    Raises:
        ValueError: The array is anything else; said here, once, so that no kernel has to look.
    """

    samples: Samples

    def __post_init__(self) -> None:
        array = self.samples
        if array.dtype != np.float32 or array.ndim != 2 or array.shape[0] != CHANNELS or not array.flags.c_contiguous:
            raise ValueError(f"expected C-contiguous float32 of shape (2, frames), got {array.dtype} {array.shape}")

    @property
    def frames(self) -> int:
        """Length in sample frames."""
        return int(self.samples.shape[1])


def silence(frames: int) -> Pcm:
    """`frames` frames of nothing."""
    return Pcm(np.zeros((CHANNELS, frames), np.float32))


def from_interleaved(interleaved: Samples) -> Pcm:
    """A copy of `interleaved` (float32, shape (frames, 2)) in the order `Pcm` has."""
    return Pcm(np.ascontiguousarray(interleaved.T, dtype=np.float32))
