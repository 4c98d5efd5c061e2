"""Reverb: convolution with the response of a space, beside the sound itself.

Both are mixed by cosine and sine of a quarter turn times `mix`: they have little in common, so their powers add.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, rfft

from media.compiled import compiled
from media.effects.impulse_response import impulse_response
from media.effects.settings import ReverbSettings
from media.pcm import Samples

# Fixed, because transforms of other lengths would round otherwise: the chain cuts sound into blocks of it.
BLOCK_FRAMES: Final = 4096


class Reverb:
    """Takes blocks of exactly `BLOCK_FRAMES`; the response is cut into pieces of that length (overlap-save)."""

    latency_frames = 0

    def __init__(self, settings: ReverbSettings, rate_hz: int) -> None:
        response = impulse_response(settings.space, rate_hz)
        self.tail_frames = response.shape[1] if settings.mix > 0 else 0
        turn = settings.mix * math.pi / 2
        self._dry, self._wet = (0.0 if settings.mix == 1 else math.cos(turn)), math.sin(turn)
        count = -(-response.shape[1] // BLOCK_FRAMES)
        pieces = np.zeros((2, count, BLOCK_FRAMES))
        pieces.reshape(2, -1)[:, : response.shape[1]] = response
        self._pieces = np.ascontiguousarray(rfft(pieces, 2 * BLOCK_FRAMES, axis=2))
        self._spectra = np.zeros_like(self._pieces)
        self._before = np.zeros((2, BLOCK_FRAMES))
        self._newest = 0

    def process(self, samples: Samples) -> Samples:
        """The next block (float32, shape (2, BLOCK_FRAMES)), as it comes out."""
        if not self._wet:
            return samples
        assert samples.shape[1] == BLOCK_FRAMES
        block = samples.astype(np.float64)
        self._newest = (self._newest - 1) % self._spectra.shape[1]
        self._spectra[:, self._newest] = rfft(np.concatenate([self._before, block], axis=1), axis=1)
        self._before = block
        total = np.zeros((2, BLOCK_FRAMES + 1), np.complex128)
        add_products(self._spectra, self._pieces, self._newest, total)
        answer = irfft(total, 2 * BLOCK_FRAMES, axis=1)[:, BLOCK_FRAMES:]
        return np.asarray(self._dry * block + self._wet * answer, np.float32)


@compiled
def add_products(
    spectra: NDArray[np.complex128], pieces: NDArray[np.complex128], newest: int, total: NDArray[np.complex128]
) -> None:
    """Add up what each piece of the response makes of the block that is as old as the piece is late.

    Args:
        spectra: complex128, shape (2, pieces, bins): of the latest blocks, a ring in which older ones come later.
        pieces: complex128, same shape: of the response.
        newest: Where the ring begins.
        total: complex128, shape (2, bins): added to.
    """
    count = pieces.shape[1]
    for channel in range(2):
        for piece in range(count):
            block = newest + piece
            if block >= count:
                block -= count
            for index in range(total.shape[1]):
                total[channel, index] += spectra[channel, block, index] * pieces[channel, piece, index]
