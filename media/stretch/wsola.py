"""Time-stretching in the time domain, for speech: waveform pieces are laid over each other where they fit best.

Pieces of 23 ms lie half over each other. Each is taken within 12 ms of where the time map asks for it, at the place that
goes on most like the piece before: one place for both channels, so the stereo image stays. Consonants stay sharp, voices keep
their formants; chords suffer, because no place fits all their tones.

Source: W. Verhelst, M. Roelands, "An overlap-add technique based on waveform similarity (WSOLA)", ICASSP 1993.
"""

from typing import Final

import numpy as np

from media.compiled import compiled
from media.pcm import Samples
from media.stretch.time_map import TimeMap

_PIECE_SECONDS: Final = 0.023
_SEARCH_SECONDS: Final = 0.012
# The first look is at every eighth place, on every eighth sample.
_COARSE: Final = 8
_TAKE: Final = 16_384
_DONE_FRAMES: Final = 2048


class Wsola:
    """Takes input in blocks of any size; what comes out does not depend on how it was cut."""

    def __init__(self, rate_hz: int) -> None:
        self._hop = max(8, round(_PIECE_SECONDS * rate_hz / 2))
        self._reach = max(8, round(_SEARCH_SECONDS * rate_hz))
        # Rises over a hop, falls over a hop; both together are one.
        self._rise = (0.5 - 0.5 * np.cos(np.pi * (np.arange(self._hop) + 0.5) / self._hop)).astype(np.float32)
        self._map = TimeMap()
        margin = 2 * self._reach + 4 * self._hop
        self._input = np.zeros((2, margin), np.float32)
        self._base = -margin
        # Where the sound would go on by itself after what was laid down last.
        self._natural = 0
        self._laid = 0

    def process(self, samples: Samples, rate: float) -> Samples:
        """The next input at `rate` input samples per output sample; returns what is finished.

        Args:
            samples: float32, shape (2, frames).
            rate: 0.25 … 4.
        """
        done = [np.zeros((2, 0), np.float32)]
        for begin in range(0, samples.shape[1], _TAKE):
            piece = samples[:, begin : begin + _TAKE]
            self._map.extend(piece.shape[1], rate)
            self._input = np.concatenate([self._input, piece], axis=1)
            # At high rates a piece lasts longer in the input than it reaches: it may be more than there is to be.
            done.append(self._run(self._map.output_at(self._map.end)))
        return np.concatenate(done, axis=1)

    def flush(self) -> Samples:
        """The rest, so that all output together is the exact length. Nothing may follow."""
        due = round(self._map.output_at(self._map.end)) if self._map.end else 0
        rest = due - self._laid
        done = [np.zeros((2, 0), np.float32)]
        while self._laid < due:
            self._input = np.concatenate([self._input, np.zeros((2, self._reach + self._hop), np.float32)], axis=1)
            done.append(self._run(due + self._hop))
        return np.concatenate(done, axis=1)[:, :rest]

    def _run(self, until: float) -> Samples:
        """Lay down what the input is there for, and nothing beyond output sample `until`."""
        done = [np.zeros((2, 0), np.float32)]
        hop = self._hop
        while self._map.end and self._laid + hop <= until:
            wanted = round(self._map.input_at(self._laid))
            end = self._base + self._input.shape[1]
            if max(wanted + self._reach, self._natural) + 2 * hop > end:
                break
            at = self._natural
            if wanted != self._natural:
                nearest = max(wanted, -self._reach)
                at = (
                    nearest
                    - self._reach
                    + best_place(
                        self._input, self._natural - self._base, nearest - self._reach - self._base, hop, self._reach
                    )
                )
            sound = np.empty((2, hop), np.float32)
            cross(self._input, self._natural - self._base, at - self._base, self._rise, sound)
            done.append(sound)
            self._natural = at + hop
            self._laid += hop
        self._forget()
        return np.concatenate(done, axis=1)

    def _forget(self) -> None:
        if not self._map.end:
            return
        wanted = round(self._map.input_at(self._laid))
        keep_from = min(wanted - self._reach, self._natural) - _COARSE
        if keep_from - self._base > _DONE_FRAMES:
            self._input = self._input[:, keep_from - self._base :].copy()
            self._base = keep_from
            self._map.forget_before(self._laid - 1)


@compiled
def best_place(samples: Samples, natural: int, first: int, count: int, reach: int) -> int:
    """Which of 2 * `reach` + 1 places from index `first` on goes on most like index `natural`, over `count` samples.

    First every eighth place is compared on every eighth sample, then the places around the best on every second.

    Returns:
        Offset of the best place from `first`.
    """
    best = _look(samples, natural, first, 0, 2 * reach, _COARSE, count, _COARSE)
    return _look(samples, natural, first, max(0, best - _COARSE + 1), min(2 * reach, best + _COARSE - 1), 1, count, 2)


@compiled
def _look(samples: Samples, natural: int, first: int, begin: int, last: int, step: int, count: int, stride: int) -> int:
    best, best_likeness = begin, -1e30
    for offset in range(begin, last + 1, step):
        product, energy = 0.0, 1e-12
        for index in range(0, count, stride):
            # Both channels by themselves: their sum may be next to nothing.
            left, right = samples[0, first + offset + index], samples[1, first + offset + index]
            product += samples[0, natural + index] * left + samples[1, natural + index] * right
            energy += left * left + right * right
        likeness = product / np.sqrt(energy)
        if likeness > best_likeness:
            best, best_likeness = offset, likeness
    return best


@compiled
def cross(samples: Samples, old: int, new: int, rise: Samples, sound: Samples) -> None:
    """From the sound at index `old` over to that at index `new`, into `sound` (float32, shape (2, hop))."""
    for channel in range(2):
        for index in range(rise.size):
            before = samples[channel, old + index]
            sound[channel, index] = before + rise[index] * (samples[channel, new + index] - before)
