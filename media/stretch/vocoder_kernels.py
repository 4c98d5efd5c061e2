"""The loops of the phase vocoder (`media/stretch/vocoder.py`): one frame in, one frame added to the output.

A stereo frame is one complex signal z = left + j right. For its transform Z, turning bin k of both channels by r is
multiplying Z[k] by r and Z[size - k] by the conjugate of r, so both channels turn alike and their image is exact.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from media.compiled import compiled
from media.pcm import Samples
from media.stretch.fourier import transform
from media.stretch.regions import find_regions, spread

FIRST: Final = 0
"""Nothing came before: phases as they are."""
CONTINUE: Final = 1
"""Every peak goes on from the frame before."""
STRIKE: Final = 2
"""An onset: what rose begins anew, what went on goes on."""

# Samples over which a window that begins behind an attack rises.
FADE: Final = 24
LEAST_WEIGHT: Final = 1e-4
# Four times the energy within no time is a new sound.
_RISEN: Final = 4.0


@compiled
def cut_out(samples: Samples, start: int, window: Samples, edges: tuple[int, int, int], frame: Samples) -> None:
    """Window one frame, and leave out what its edges exclude.

    Args:
        samples: float32, shape (2, frames).
        start: Index of the frame's first sample.
        window: float32, shape (size,).
        edges: First offset in the frame that counts, first that counts no more, and over how many offsets from the
            first one on it rises when it is laid down. Nothing fades at the end: sound lasts until the hit that follows.
        frame: Where left and right go, shape (2, size).
    """
    size = window.size
    low, high, _ = edges
    re, im = frame[0, :size], frame[1, :size]
    re[:low] = 0
    im[:low] = 0
    if high < size:
        re[max(low, high) :] = 0
        im[max(low, high) :] = 0
    if high <= low:
        return
    # Slices counted from zero: only then does the compiler know that no index is negative, and use vector instructions.
    count = high - low
    weight = window[low:high]
    for channel in range(2):
        source = samples[channel, start + low : start + high]
        part = frame[channel, low:high]
        for index in range(count):
            part[index] = source[index] * weight[index]


@compiled
def energies(re: Samples, im: Samples, energy: Samples) -> None:
    """Energy of both channels in bins 0 … size / 2 of a stereo frame's transform."""
    size = re.size
    half = size // 2
    energy[0] = np.float32(2) * (re[0] * re[0] + im[0] * im[0])
    for k in range(1, half + 1):
        energy[k] = re[k] * re[k] + im[k] * im[k] + re[size - k] * re[size - k] + im[size - k] * im[size - k]


@compiled
def turns(
    mode: int, now: Samples, before: Samples, last: Samples, energy: Samples, energy_before: Samples, turn: Samples
) -> None:
    """By what every bin has to turn: one turn for each peak and the region that belongs to it.

    The frame `before` was cut out one output hop before `now`, so a peak's turn is that from `before` to the `last`
    output: no angle is ever computed.

    Args:
        mode: `FIRST`, `CONTINUE` or `STRIKE`.
        now: Transform of this frame, float32, shape (2, size).
        before: Transform of the frame one hop earlier.
        last: Transform that was put out last.
        energy: `energies` of `now`.
        energy_before: `energies` of the frame just before the onset (for `STRIKE`).
        turn: float32, shape (2, size / 2 + 1): cosines and sines; in `STRIKE` those of the frame before the onset come in.
    """
    if mode == FIRST:
        turn[0, :] = 1
        turn[1, :] = 0
        return
    bins = turn.shape[1]
    peaks, ends = np.empty(bins + 1, np.int32), np.empty(bins + 1, np.int32)
    count = find_regions(energy, peaks, ends)
    own = np.empty((2, count), np.float32)
    if mode == STRIKE:
        _strike(energy, energy_before, peaks[:count], turn, own)
    else:
        _go_on(2 * (bins - 1), before, last, peaks[:count], own)
    spread(own, ends, count, turn)
    # The bins that both signs of frequency share stay real.
    for k in (0, bins - 1):
        turn[0, k] = 1 if turn[0, k] >= 0 else -1
        turn[1, k] = 0


@compiled
def _strike(energy: Samples, energy_before: Samples, peaks: NDArray[np.int32], turn: Samples, own: Samples) -> None:
    """What rose is not turned, what went on keeps its turn."""
    for number in range(peaks.size):
        peak = peaks[number]
        if energy[peak] > np.float32(_RISEN) * energy_before[peak]:
            own[0, number], own[1, number] = np.float32(1), np.float32(0)
        else:
            own[0, number], own[1, number] = turn[0, peak], turn[1, peak]


@compiled
def _go_on(size: int, before: Samples, last: Samples, peaks: NDArray[np.int32], own: Samples) -> None:
    """Each peak's turn from `before` to `last`."""
    cosines, sines = own[0], own[1]
    for number in range(peaks.size):
        peak = peaks[number]
        mirror = (size - peak) % size
        # last * conj(before), of both channels
        cosine = last[0, peak] * before[0, peak] + last[1, peak] * before[1, peak]
        sine = last[1, peak] * before[0, peak] - last[0, peak] * before[1, peak]
        cosine += last[0, mirror] * before[0, mirror] + last[1, mirror] * before[1, mirror]
        sine -= last[1, mirror] * before[0, mirror] - last[0, mirror] * before[1, mirror]
        cosines[number], sines[number] = cosine, sine
    for number in range(peaks.size):
        cosine, sine = cosines[number], sines[number]
        length = np.sqrt(float(cosine) * float(cosine) + float(sine) * float(sine))
        is_there = length > 1e-24
        cosines[number] = np.float32(cosine / length) if is_there else np.float32(1)
        sines[number] = np.float32(sine / length) if is_there else np.float32(0)


@compiled
def apply_turns(spectrum: Samples, turn: Samples, result: Samples) -> None:
    """`spectrum` with every bin of both channels turned, into `result` (both float32, shape (2, size))."""
    half = turn.shape[1] - 1
    size = 2 * half
    for k in range(half + 1):
        result[0, k] = spectrum[0, k] * turn[0, k] - spectrum[1, k] * turn[1, k]
        result[1, k] = spectrum[0, k] * turn[1, k] + spectrum[1, k] * turn[0, k]
    for k in range(1, half):
        result[0, size - k] = spectrum[0, size - k] * turn[0, k] + spectrum[1, size - k] * turn[1, k]
        result[1, size - k] = spectrum[1, size - k] * turn[0, k] - spectrum[0, size - k] * turn[1, k]


@compiled
def scale(spectrum: Samples, gain: Samples) -> None:
    """Multiply bins 0 … size / 2 and their mirrors by `gain` (float32, shape (size / 2 + 1,))."""
    half = gain.size - 1
    size = 2 * half
    for k in range(half + 1):
        spectrum[0, k] *= gain[k]
        spectrum[1, k] *= gain[k]
    for k in range(1, half):
        spectrum[0, size - k] *= gain[k]
        spectrum[1, size - k] *= gain[k]


@compiled
def lay_down(
    frame: Samples, window: Samples, edges: tuple[int, int, int], at: int, total: Samples, weights: Samples
) -> None:
    """Add a windowed frame to the output, within its edges, and its weight to the weights.

    Args:
        frame: float32, shape (2, size), unscaled result of the inverse transform.
        window: float32, shape (size,).
        edges: As of `cut_out`.
        at: Index in `total` of the frame's first sample.
        total: float32, shape (2, capacity): sums so far; changed.
        weights: float32, shape (capacity,): sum of the squared windows so far; changed.
    """
    size = window.size
    low, high, fade = edges
    inverse = np.float32(1.0 / size)
    faded = max(low, min(high, low + fade))
    for index in range(low, faded):
        weight = np.float32((index - low + 0.5) / fade)
        total[0, at + index] += frame[0, index] * window[index] * weight * inverse
        total[1, at + index] += frame[1, index] * window[index] * weight * inverse
        weights[at + index] += window[index] * window[index] * weight
    # One loop for each array, counted from zero, as in `cut_out`.
    count = high - faded
    gain = window[faded:high]
    for channel in range(2):
        sums = total[channel, at + faded : at + high]
        part = frame[channel, faded:high]
        for index in range(count):
            sums[index] += part[index] * gain[index] * inverse
    sums = weights[at + faded : at + high]
    for index in range(count):
        sums[index] += gain[index] * gain[index]


@compiled
def vocode(
    mode: int,
    samples: Samples,
    starts: tuple[int, int],
    window: Samples,
    edges: tuple[int, int, int],
    edges_before: tuple[int, int, int],
    spectra: Samples,
    energy: Samples,
    turn: Samples,
    roots: Samples,
) -> None:
    """Analyse one frame and find its turns.

    Args:
        mode: `FIRST`, `CONTINUE` or `STRIKE`.
        samples: float32, shape (2, frames).
        starts: Index of the first sample of this frame, and of the frame one hop earlier.
        window: float32, shape (size,).
        edges: Of this frame, as of `cut_out`.
        edges_before: The same of the frame one hop earlier.
        spectra: float32, shape (8, size or more): this frame, the one before, the last output, room; changed.
        energy: float32, shape (2, size / 2 + 1): of this frame, and of the frame before the onset; changed.
        turn: float32, shape (2, size / 2 + 1); changed.
        roots: `roots_of_unity(size)`.
    """
    size = window.size
    now, before, last = spectra[0:2], spectra[2:4], spectra[4:6]
    cut_out(samples, starts[0], window, edges, now)
    transform(now[0, :size], now[1, :size], spectra[6, :size], spectra[7, :size], roots)
    if mode == STRIKE:
        energy[1, :] = energy[0]
    energies(now[0, :size], now[1, :size], energy[0])
    if mode == CONTINUE:
        cut_out(samples, starts[1], window, edges_before, before)
        transform(before[0, :size], before[1, :size], spectra[6, :size], spectra[7, :size], roots)
    turns(mode, now, before, last, energy[0], energy[1], turn)
    apply_turns(now, turn, last)


@compiled
def look_again(
    samples: Samples,
    start: int,
    window: Samples,
    edges: tuple[int, int, int],
    spectra: Samples,
    turn: Samples,
    roots: Samples,
) -> None:
    """Replace the last output spectrum by what it would have been within other edges.

    After an onset, frames leave the attack out; so must the one they go on from.
    """
    size = window.size
    now = spectra[0:2]
    cut_out(samples, start, window, edges, now)
    transform(now[0, :size], now[1, :size], spectra[6, :size], spectra[7, :size], roots)
    apply_turns(now, turn, spectra[4:6])


@compiled
def resound(
    spectra: Samples,
    gain: Samples,
    window: Samples,
    edges: tuple[int, int, int],
    at: int,
    total: Samples,
    weights: Samples,
    roots: Samples,
) -> None:
    """Turn the last output spectrum back into sound and add it to the output.

    Args:
        spectra: As of `vocode`; the last output stays as it is.
        gain: float32, shape (size / 2 + 1,) to multiply it by, or of no length.
        window: float32, shape (size,).
        edges: As of `cut_out`.
        at: Index in `total` of the frame's first sample.
        total: As of `lay_down`.
        weights: As of `lay_down`.
        roots: `roots_of_unity(size)`.
    """
    size = window.size
    frame = spectra[2:4]
    frame[:] = spectra[4:6]
    if gain.size:
        scale(frame, gain)
    transform(frame[1, :size], frame[0, :size], spectra[6, :size], spectra[7, :size], roots)
    lay_down(frame, window, edges, at, total, weights)


@compiled
def settle(total: Samples, weights: Samples, begin: int, end: int, sound: Samples) -> None:
    """Divide what is finished by its weights into `sound` (float32, shape (2, end - begin)), and clear its place."""
    left, right, sums = total[0, begin:end], total[1, begin:end], weights[begin:end]
    for index in range(end - begin):
        # Where next to nothing was laid down, next to nothing comes out.
        weight = np.float32(1) / max(sums[index], np.float32(LEAST_WEIGHT))
        sound[0, index] = left[index] * weight
        sound[1, index] = right[index] * weight
    left[:] = 0
    right[:] = 0
    sums[:] = 0
