"""How much begins at every hundredth of a second: the curve from which tempo and beats are read.

Spectra of 43 ms of 12 kHz mono, every 10 ms, are summed into 24 bands that are equally wide to the ear; what each band's
level (compressed logarithmically) rises within 20 ms is added up. Source: S. Dixon, "Onset detection revisited", DAFx 2006
(spectral flux); the compression follows P. Grosche and M. Müller, "Extracting predominant local pulse information", 2011.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from media.analysis.decimation import MONO_RATE
from media.compiled import compiled
from media.pcm import RATE, Samples
from media.stretch.fourier import roots_of_unity, transform

STRENGTHS_PER_SECOND: Final = 100
STRENGTH_FRAMES: Final = RATE // STRENGTHS_PER_SECOND
"""Frames at 48 kHz for each value of the curve."""

_SIZE: Final = 512
_HOP: Final = MONO_RATE // STRENGTHS_PER_SECOND
_BANDS: Final = 24
_LOWEST_HZ: Final = 40.0
_HIGHEST_HZ: Final = 5_500.0
# Full scale is compressed to log(1 + this): noise at -80 dB hardly counts, what is audible does.
_COMPRESSION: Final = 1_000.0
# A rise is judged against the spectrum two steps before: a stroke takes about so long to fill the window.
_BACK: Final = 2


def _edges() -> NDArray[np.int64]:
    """First bin of every band and the end of the last: equal steps of mel."""
    mel = np.linspace(_mel(_LOWEST_HZ), _mel(_HIGHEST_HZ), _BANDS + 1)
    bins = np.rint(700 * (10 ** (mel / 2595) - 1) * _SIZE / MONO_RATE).astype(np.int64)
    # Narrow bands at the bottom get one bin each.
    for index in range(1, bins.size):
        bins[index] = max(bins[index], bins[index - 1] + 1)
    return bins


def _mel(hz: float) -> float:
    return float(2595 * np.log10(1 + hz / 700))


_EDGES: Final = _edges()
_WINDOW: Final = (np.hanning(_SIZE + 1)[:-1] / (_SIZE / 4)).astype(np.float32)


class OnsetStrength:
    """Builds the curve block by block; how the sound is cut into blocks changes nothing."""

    def __init__(self) -> None:
        # The first spectrum is centred on frame 0.
        self._pending = np.zeros(_SIZE // 2, np.float32)
        self._levels = np.zeros((_BACK, _BANDS), np.float32)
        self._done: list[Samples] = []
        self._brightness = np.zeros(2)

    def add(self, mono: Samples) -> None:
        """The next block of 12 kHz mono."""
        joined = np.concatenate([self._pending, mono])
        # Two spectra at a time share one transform; which two is decided by their place in the recording.
        pairs = max(0, (joined.size - _SIZE - _HOP) // (2 * _HOP) + 1)
        if pairs == 0:
            self._pending = joined
            return
        levels = np.empty((2 * pairs + _BACK, _BANDS), np.float32)
        levels[:_BACK] = self._levels
        band_levels(joined, _WINDOW, roots_of_unity(_SIZE), _EDGES, levels[_BACK:], self._brightness)
        self._done.append(np.maximum(levels[_BACK:] - levels[:-_BACK], 0).sum(axis=1))
        self._levels = levels[-_BACK:].copy()
        self._pending = joined[2 * pairs * _HOP :].copy()

    @property
    def strengths(self) -> Samples:
        """The curve so far: float32, one value per 480 frames at 48 kHz, 0 or more; value i tells of frame 480 i."""
        return np.concatenate([*self._done, np.zeros(0, np.float32)])

    @property
    def brightness_hz(self) -> float | None:
        """Mean frequency of the spectrum (up to 5.5 kHz), loud moments counting more; None for silence."""
        weighted, total = self._brightness
        return float(weighted / total) if total > 0 else None


@compiled
def band_levels(
    samples: Samples,
    window: Samples,
    roots: Samples,
    edges: NDArray[np.int64],
    levels: Samples,
    brightness: NDArray[np.float64],
) -> None:
    """Compressed levels of all bands, two spectra at a time.

    Args:
        samples: float32, 12 kHz mono, at least 512 + 120 * (rows - 1).
        window: float32, shape (512,).
        roots: `roots_of_unity(512)`.
        edges: int64, shape (25,): first bins of the bands.
        levels: Where they go: float32, shape (rows, 24), rows even.
        brightness: float64, shape (2,): sum of frequency times amplitude in Hz, and sum of amplitudes; changed.
    """
    size = window.size
    re, im = np.empty(size, np.float32), np.empty(size, np.float32)
    spare_re, spare_im = np.empty(size, np.float32), np.empty(size, np.float32)
    bin_hz = 12_000.0 / size
    for pair in range(levels.shape[0] // 2):
        first = 2 * pair * 120
        for index in range(size):
            re[index] = samples[first + index] * window[index]
            im[index] = samples[first + 120 + index] * window[index]
        transform(re, im, spare_re, spare_im, roots)
        for band in range(levels.shape[1]):
            one = np.float32(0)
            two = np.float32(0)
            for number in range(edges[band], edges[band + 1]):
                # Two real signals in one complex transform: even and odd halves of the spectrum tell them apart.
                ar, ai = re[number], im[number]
                br, bi = re[size - number], im[size - number]
                fr, fi, gr, gi = ar + br, ai - bi, ai + bi, br - ar
                one += np.float32(0.25) * (fr * fr + fi * fi)
                two += np.float32(0.25) * (gr * gr + gi * gi)
            one, two = np.sqrt(one), np.sqrt(two)
            centre_hz = 0.5 * bin_hz * (edges[band] + edges[band + 1] - 1)
            brightness[0] += centre_hz * (float(one) + float(two))
            brightness[1] += float(one) + float(two)
            levels[2 * pair, band] = np.log(np.float32(1) + np.float32(1_000) * one)
            levels[2 * pair + 1, band] = np.log(np.float32(1) + np.float32(1_000) * two)
