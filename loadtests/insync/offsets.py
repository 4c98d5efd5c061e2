"""How far apart two recordings of the same music are, over time.

Normalised cross-correlation in short windows finds the offset to the sample; maximising the correlation between samples,
from the cross spectrum, to some hundredths of a microsecond. Music repeats itself, so a window only counts if its best
place is clearly better than every other one.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from loadtests.insync.pulse import RATE
from loadtests.insync.recording import Signal

# Long enough that a bar of music is unlike its neighbours, short enough to follow a correction of 0.3 %.
WINDOW_SECONDS: Final = 0.5
STEP_SECONDS: Final = 0.25
REACH_SECONDS: Final = 0.4

# The same music correlates above 0.95 between steady players; a correction of 0.3 % under way smears a window to half.
_LEAST_LIKENESS: Final = 0.5
# How much better the best place must be than any other at least `_APART` frames away.
_LEAST_LEAD: Final = 0.02
_APART: Final = RATE // 500
# -60 dBFS: quieter windows are silence or a fade's end.
_LEAST_LEVEL: Final = 1e-3
# Bass dominates music and has the broadest peaks; a first difference brings every octave to a like weight.
_EMPHASIS: Final = 0.95
_NEWTON_STEPS: Final = 4
# Frames on either side of the best whole sample among which the best fraction is looked for.
_AROUND: Final = 64
# Power of a stretch of silence, so that nothing is divided by zero: silence is like nothing.
_NOTHING: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Offset:
    """One window's finding.

    Attributes:
        at: Middle of the window, seconds from the beginning.
        milliseconds: By how much the second signal is later than the first (negative: earlier).
        likeness: Normalised correlation there, 0 … 1.
    """

    at: float
    milliseconds: float
    likeness: float


def offsets_between(
    first: Signal,
    second: Signal,
    *,
    window: float = WINDOW_SECONDS,
    step: float = STEP_SECONDS,
    reach: float = REACH_SECONDS,
) -> list[Offset]:
    """Offset of `second` against `first` in every window where it can be told.

    Windows in which either side is silent, the two do not play the same, or the music repeats itself too exactly are left
    out. `reach` (seconds) is the largest offset that is looked for; both signals have equal lengths.
    """
    width, radius = round(window * RATE), round(reach * RATE)
    left, right = emphasised(first), emphasised(np.pad(second, radius))
    found = []
    for start in range(0, min(len(first), len(second)) - width + 1, max(1, round(step * RATE))):
        piece = left[start : start + width]
        if level(first[start : start + width]) < _LEAST_LEVEL or level(second[start : start + width]) < _LEAST_LEVEL:
            continue
        place = locate(piece, right[start : start + width + 2 * radius])
        if place is not None:
            frames, likeness = place
            found.append(Offset((start + width / 2) / RATE, 1e3 * (frames - radius) / RATE, likeness))
    return found


def locate(piece: Signal, within: Signal) -> tuple[float, float] | None:
    """Where `piece` begins in `within` (frames, with fraction) and how alike they are, or None if that cannot be told."""
    likeness = alikeness(piece, within)
    best = int(np.argmax(likeness))
    others = np.concatenate([likeness[: max(0, best - _APART)], likeness[best + _APART + 1 :]])
    peak = float(likeness[best])
    if peak < _LEAST_LIKENESS or (others.size and peak - float(others.max()) < _LEAST_LEAD):
        return None
    return _refined(piece, within, best), peak


def alikeness(piece: Signal, within: Signal) -> NDArray[np.float64]:
    """Normalised correlation (-1 … 1) of `piece` with every stretch of `within` that is as long, by its first frame.

    The ends of `piece` weigh less than its middle. `within` is at least as long.
    """
    width = len(piece)
    taper = np.hanning(width)
    # The places asked for never reach around the end, so the circle need not be longer than `within`.
    size = fft.next_fast_len(len(within), real=True)
    places = len(within) - width + 1
    spectrum = np.conj(fft.rfft(taper * piece, size)) * fft.rfft(within.astype(np.float64), size)
    products = fft.irfft(spectrum, size)[:places]
    squares = fft.rfft(np.square(within, dtype=np.float64), size)
    powers = fft.irfft(np.conj(fft.rfft(taper, size)) * squares, size)[:places]
    own = max(float(np.sum(taper * np.square(piece, dtype=np.float64))), _NOTHING)
    alike: NDArray[np.float64] = products / np.sqrt(np.maximum(powers, own * 1e-6) * own)
    return alike


def level(signal: Signal) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(np.square(signal, dtype=np.float64)))) if signal.size else 0.0


def emphasised(signal: Signal) -> Signal:
    """The signal with the octaves below 6 kHz at like weights and the highest one damped, as the comparison wants it."""
    lifted = signal.copy()
    lifted[1:] -= np.float32(_EMPHASIS) * signal[:-1]
    # Near the highest frequency half a sample turns likeness into its opposite, and the search goes by whole samples.
    smooth = lifted.copy()
    smooth[1:-1] = 0.5 * lifted[1:-1] + 0.25 * (lifted[:-2] + lifted[2:])
    return smooth


def _refined(piece: Signal, within: Signal, start: int) -> float:
    """The maximum of the correlation near `start`, between samples: Newton's method on its derivative."""
    # What lies around the best place is enough, and a tenth of the work of the whole.
    begin = max(0, start - _AROUND)
    around = within[begin : start + len(piece) + _AROUND]
    size = fft.next_fast_len(len(around), real=True)
    spectrum = np.conj(fft.rfft(np.hanning(len(piece)) * piece, size)) * fft.rfft(around.astype(np.float64), size)
    omega = 2 * np.pi * np.arange(len(spectrum)) / size
    place = float(start - begin)
    for _ in range(_NEWTON_STEPS):
        turned = spectrum * np.exp(1j * omega * place)
        slope = float(np.sum((1j * omega * turned).real))
        bend = float(np.sum((-(omega**2) * turned).real))
        if bend >= 0:
            break
        place -= min(0.5, max(-0.5, slope / bend))
    return begin + place if abs(begin + place - start) <= 1 else float(start)
