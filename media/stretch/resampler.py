"""Plays faster or slower, pitch and all, by any ratio that may change on the way.

A windowed sinc of 48 taps (more when the pitch rises, so that nothing folds back), in 512 phases with straight lines
between them. Source: J. O. Smith, "Digital audio resampling home page", CCRMA.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from media.compiled import compiled
from media.pcm import Samples
from media.stretch.time_map import TimeMap

_PHASES: Final = 512
_HALF_TAPS: Final = 24
# The Kaiser window's: -90 dB beyond the edge.
_BETA: Final = 9.0
# Of half the sample rate. The slope is 0.12 of it wide.
_PASS: Final = 0.93
# Narrower filters come in steps of a quarter tone, so that a gliding pitch does not ask for a new one at every sample.
_STEPS_PER_OCTAVE: Final = 24
# Filters have a multiple of so many taps, which vector instructions like.
_LANES: Final = 16
# Input that is done with is let go in pieces of this size; keeping more would only be copied more often.
_DONE_FRAMES: Final = 2048


@dataclass(frozen=True, slots=True)
class _Piece:
    """From output sample `first` on, the input is read at `ratio`, and at `input` for output position `output`."""

    first: int
    ratio: float
    input: int
    output: float


@lru_cache(maxsize=64)
def sinc_taps(step: int) -> Samples:
    """Filter for ratios up to 2 ** (step / 24): float32, shape (phases + 1, taps), taps a multiple of 16; see `interpolate`."""
    narrowing = 2.0 ** (step / _STEPS_PER_OCTAVE)
    half = _LANES // 2 * int(np.ceil(2 * _HALF_TAPS * narrowing / _LANES))
    cutoff = _PASS / narrowing
    phase = np.arange(_PHASES + 1)[:, None] / _PHASES
    distance = np.arange(-half + 1, half + 1)[None, :] - phase
    window = np.i0(_BETA * np.sqrt(np.maximum(0.0, 1 - (distance / half) ** 2))) / np.i0(_BETA)
    taps = cutoff * np.sinc(cutoff * distance) * window
    return np.ascontiguousarray(taps / taps.sum(axis=1, keepdims=True), dtype=np.float32)


class Resampler:
    """Takes input in blocks of any size; what comes out does not depend on how it was cut."""

    def __init__(self) -> None:
        self._map = TimeMap()
        self._input = np.zeros((2, _HALF_TAPS * 8), np.float32)
        self._base = -_HALF_TAPS * 8
        self._given = 0
        self._pieces: list[_Piece] = []

    @property
    def due(self) -> int:
        """Output samples that the input so far amounts to."""
        return round(self._map.output_at(self._map.end)) if self._map.end else 0

    def process(self, samples: Samples, ratio: float) -> Samples:
        """The next input at `ratio` input samples per output sample; returns what is finished.

        Args:
            samples: float32, shape (2, frames).
            ratio: 0.5 … 2.
        """
        if samples.shape[1] == 0:
            return samples
        if not self._pieces or self._pieces[-1].ratio != ratio:
            origin = self._map.output_at(self._map.end) if self._map.end else 0.0
            self._pieces.append(_Piece(self.due, ratio, self._map.end, origin))
        self._map.extend(samples.shape[1], ratio)
        self._input = np.concatenate([self._input, samples], axis=1)
        return self._finished(None)

    def flush(self) -> Samples:
        """The rest, so that all output together is `due` samples. Nothing may follow."""
        self._input = np.concatenate([self._input, np.zeros((2, _HALF_TAPS * 8), np.float32)], axis=1)
        return self._finished(self.due)

    def _finished(self, until: int | None) -> Samples:
        done = [np.zeros((2, 0), np.float32)]
        while self._pieces:
            piece = self._pieces[0]
            end = self._pieces[1].first if len(self._pieces) > 1 else until
            taps = sinc_taps(max(0, int(np.ceil(np.log2(piece.ratio) * _STEPS_PER_OCTAVE - 1e-9))))
            reachable = self._base + self._input.shape[1] - taps.shape[1] // 2 - 1
            ready = int(np.floor(self._map.output_at(reachable))) if reachable >= 0 else -1
            stop = ready if end is None else min(ready, end)
            if stop > self._given:
                done.append(self._render(taps, piece, stop))
            if end is None or self._given < end or len(self._pieces) == 1:
                break
            self._pieces.pop(0)
        self._forget()
        return np.concatenate(done, axis=1)

    def _render(self, taps: Samples, piece: "_Piece", stop: int) -> Samples:
        result = np.empty((2, stop - self._given), np.float32)
        begins_at = piece.input + (self._given - piece.output) * piece.ratio
        if piece.ratio == 1 and begins_at == round(begins_at):
            at = round(begins_at) - self._base
            result[:] = self._input[:, at : at + result.shape[1]]
        else:
            line = (float(piece.input), float(piece.output), piece.ratio)
            interpolate(self._input, self._base, line, self._given, taps, result)
        self._given = stop
        return result

    def _forget(self) -> None:
        keep_from = int(self._map.input_at(self._given)) - _HALF_TAPS * 6 if self._map.end else self._base
        if keep_from - self._base > _DONE_FRAMES:
            self._input = self._input[:, keep_from - self._base :].copy()
            self._base = keep_from
            self._map.forget_before(self._given - 1)


@compiled
def interpolate(
    samples: Samples, base: int, line: tuple[float, float, float], given: int, taps: Samples, result: Samples
) -> None:
    """Read `samples` along a line.

    Args:
        samples: float32, shape (2, frames).
        base: Number of the first of them in the stream. Positions are computed in the stream, so that every cutting into
            blocks rounds alike.
        line: An input position, the output position it belongs to, and input samples per output sample.
        given: Number of the first output sample.
        taps: float32, shape (phases + 1, taps), of which the middle ones belong to the sample at or before a position.
        result: float32, shape (2, count): where the output goes.
    """
    count = taps.shape[1]
    filter_now, left, right = np.empty(count, np.float32), np.empty(count, np.float32), np.empty(count, np.float32)
    for n in range(result.shape[1]):
        at = line[0] + (given + n - line[1]) * line[2]
        whole = int(np.floor(at))
        phase = (at - whole) * _PHASES
        row = int(phase)
        share = np.float32(phase - row)
        low, high = taps[row], taps[min(row + 1, _PHASES)]
        for tap in range(count):
            filter_now[tap] = low[tap] + share * (high[tap] - low[tap])
        first = whole - count // 2 + 1 - base
        result[0, n] = _weighted(filter_now, samples[0, first : first + count], left)
        result[1, n] = _weighted(filter_now, samples[1, first : first + count], right)


@compiled
def _weighted(weights: Samples, values: Samples, room: Samples) -> np.float32:
    """Sum of products, in one fixed order that vector instructions can follow: halves are added to halves."""
    half = weights.size // 2
    weights_above, values_above = weights[half:], values[half:]
    for index in range(half):
        room[index] = weights[index] * values[index] + weights_above[index] * values_above[index]
    while half > 2 * _LANES:
        half //= 2
        above = room[half:]
        for index in range(half):
            room[index] += above[index]
    even = odd = next_even = next_odd = np.float32(0)
    for index in range(0, half, 4):
        even += room[index]
        odd += room[index + 1]
        next_even += room[index + 2]
        next_odd += room[index + 3]
    return np.float32((even + odd) + (next_even + next_odd))
