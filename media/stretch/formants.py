"""Formants: the envelope that throat and mouth, or the body of an instrument, lay over the partials.

Source: A. Röbel, X. Rodet, "Efficient spectral envelope estimation and its application to pitch shifting and envelope
preservation", DAFx 2005 (the true envelope: smooth the log spectrum in the cepstrum, raise what lies below, repeat).
"""

from typing import Final

import numpy as np

from media.compiled import compiled
from media.pcm import Samples
from media.stretch.fourier import roots_of_unity, transform

# The envelope needs no finer grid: half as many bins still tell the partials of a voice of 45 Hz apart.
_POOL: Final = 2
# Where no pitch is found, ripples of the log spectrum finer than this count as partials.
_FINEST_SECONDS: Final = 0.0020
# Otherwise what is finer than this share of a period (measured on vowels: 0.6 to 1.1 differ by 0.4 dB).
_SHARE_OF_PERIOD: Final = 1.0
# The highest voice that is looked for, and by how much (in log amplitude) its partials have to stand out.
_HIGHEST_HZ: Final = 600.0
_LEAST_RIPPLE: Final = 0.08
_ROUNDS: Final = 3
# +-26 dB; beyond that only noise would be lifted.
_MOST_LOG_GAIN: Final = 3.0
# -100 dB below the loudest bin counts as nothing.
_FLOOR: Final = 1e-10


class Envelope:
    """Gains that move the formants of a frame while its partials stay."""

    def __init__(self, rate_hz: int, size: int) -> None:
        self._rate_hz = rate_hz
        self._size = max(16, size // _POOL)
        self._roots = roots_of_unity(self._size)
        self._rows = np.zeros((5, self._size), np.float32)
        self._gain = np.ones(size // 2 + 1, np.float32)

    def gain(self, energy: Samples, ratio: float) -> Samples:
        """Gains for bins 0 … size / 2 of a frame whose pitch was raised by `ratio`, formants and all.

        Args:
            energy: float32, shape (size / 2 + 1,): energy of each bin.
            ratio: 0.5 … 2.

        Returns:
            float32, the same shape; valid until the next call.
        """
        last = self._size // 2 - 1
        # Raised partials lie further apart, and formants with them: ripples are finer by the same factor.
        cut = max(2, min(last, round(_FINEST_SECONDS / max(1.0, ratio) * self._rate_hz)))
        shortest = max(2, min(last, round(self._rate_hz / (_HIGHEST_HZ * max(1.0, ratio)))))
        envelope_gain(energy, ratio, (cut, shortest), self._rows, self._roots, self._gain)
        return self._gain


@compiled
def envelope_gain(
    energy: Samples, ratio: float, quefrencies: tuple[int, int], rows: Samples, roots: Samples, gain: Samples
) -> None:
    """Find the true envelope and what has to be multiplied to move it by 1 / `ratio`.

    Args:
        energy: float32, shape (bins,).
        ratio: As in `Envelope.gain`.
        quefrencies: In samples: beyond which nothing belongs to the envelope of a sound without a pitch; the shortest period
            that is looked for.
        rows: Room, float32, shape (5, pooled size); changed.
        roots: `roots_of_unity(pooled size)`.
        gain: float32, shape (bins,): the result.
    """
    size = rows.shape[1]
    half = size // 2
    bins = energy.size
    pool = (bins - 1) // half
    cut, shortest = quefrencies
    re, im, target = rows[0], rows[1], rows[4]
    loudest = np.float32(1e-30)
    for k in range(bins):
        loudest = max(loudest, energy[k])
    for j in range(half + 1):
        # The loudest of the neighbourhood: the envelope goes over the peaks.
        most = np.float32(0)
        for k in range(max(0, j * pool - pool // 2), min(bins, j * pool + pool // 2 + 1)):
            most = max(most, energy[k])
        target[j] = np.float32(0.5) * np.log(max(most, np.float32(_FLOOR) * loudest))
    for round_number in range(_ROUNDS):
        for j in range(half + 1):
            if round_number > 0:
                target[j] = max(target[j], re[j])
        for j in range(half + 1):
            re[j] = target[j]
        for j in range(1, half):
            re[size - j] = target[j]
        im[:] = 0
        transform(re, im, rows[2], rows[3], roots)
        if round_number == 0:
            period = shortest
            for q in range(shortest, half):
                if re[q] > re[period]:
                    period = q
            if re[period] > np.float32(_LEAST_RIPPLE * size):
                cut = max(2, min(half - 1, int(_SHARE_OF_PERIOD * period)))
        for q in range(half + 1):
            # A raised cosine rather than a wall, which would ring.
            weight = np.float32(0.54 + 0.46 * np.cos(np.pi * q / cut)) / np.float32(size) if q < cut else np.float32(0)
            re[q] *= weight
            if 0 < q < half:
                re[size - q] = re[q]
        im[:] = 0
        transform(re, im, rows[2], rows[3], roots)
    for k in range(bins):
        wanted = _between(re, k * ratio / pool, half)
        there = _between(re, k / pool, half)
        gain[k] = np.exp(min(_MOST_LOG_GAIN, max(-_MOST_LOG_GAIN, wanted - there)))


@compiled
def _between(values: Samples, position: float, last: int) -> float:
    index = int(position)
    if index >= last:
        return float(values[last])
    share = position - index
    return float(values[index]) * (1 - share) + float(values[index + 1]) * share
