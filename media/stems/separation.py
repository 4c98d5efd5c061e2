"""Separating sound of any length, a window at a time."""

from collections.abc import Iterable, Iterator
from typing import Final, Protocol

import numpy as np
import soxr

from media.pcm import Samples
from media.stems.consistency import consistent
from media.stems.windows import Crossfade, windows

OVERLAP: Final = 0.1
"""Share of a window that the next one covers again. Demucs takes a quarter, which costs a fifth more for less than 0.1 dB."""


class Separator(Protocol):
    """A model that is ready."""

    @property
    def stems(self) -> tuple[str, ...]:
        """Names, in the order of results."""
        ...

    @property
    def rate_hz(self) -> int:
        """Sample rate it works at."""
        ...

    @property
    def window_frames(self) -> int:
        """Frames that it takes at once."""
        ...

    def estimate(self, window: Samples) -> Samples:
        """Stems of `window` (float32, shape (2, `window_frames`)): shape (stems, 2, `window_frames`)."""
        ...


def grid_of(separator: Separator, rate_hz: int) -> tuple[int, int]:
    """Length of a window and distance from one to the next, in frames of a sound at `rate_hz`."""
    size = separator.window_frames * rate_hz // separator.rate_hz
    return size, size - round(size * OVERLAP)


def begin_for(frame: int, total: int, size: int, stride: int) -> int:
    """Where to begin for the same samples from frame `frame` on as from the beginning: at a window that no later one precedes.

    Args:
        frame: First one that is wanted.
        total: Length of the sound.
        size: Of a window.
        stride: From one window to the next.
    """
    last_whole = max(0, (total - size) // stride)
    return min(max(0, (frame - (size - stride)) // stride), last_whole) * stride


def separate(blocks: Iterable[Samples], rate_hz: int, separator: Separator) -> Iterator[Samples]:
    """Stems of a stereo sound: blocks of shape (stems, 2, frames) as long together as what came in, adding up to it.

    After each window a block is given, so progress can be told and the work given up between any two. The same sound gives the
    same samples however it is cut into `blocks`. Sound at another rate than the model's is converted for the model alone; the
    stems have the rate of the sound, and what the model could not hear is spread over all of them.
    """
    size, stride = grid_of(separator, rate_hz)
    crossfade = Crossfade(stride)
    mix = _Held()
    for window in windows(mix.passing(blocks), size, stride):
        finished = crossfade.add(window.start, _estimate(window.samples, rate_hz, separator))
        yield consistent(finished, mix.take(finished.shape[-1]))
    rest = crossfade.flush()
    if rest is not None:
        yield consistent(rest, mix.take(rest.shape[-1]))


class _Held:
    """The mix between its coming in and its stems going out."""

    def __init__(self) -> None:
        self._held = np.zeros((2, 0), np.float32)

    def passing(self, blocks: Iterable[Samples]) -> Iterator[Samples]:
        for block in blocks:
            self._held = np.concatenate([self._held, block], axis=1)
            yield block

    def take(self, frames: int) -> Samples:
        taken, self._held = self._held[:, :frames], self._held[:, frames:]
        return taken


def _estimate(samples: Samples, rate_hz: int, separator: Separator) -> Samples:
    """What the model says of a window at the rate of the sound: converted there and back, filled up with silence."""
    given = _converted(samples, rate_hz, separator.rate_hz)[:, : separator.window_frames]
    filled = np.pad(given, ((0, 0), (0, separator.window_frames - given.shape[1])))
    estimate = separator.estimate(np.ascontiguousarray(filled))[..., : given.shape[1]]
    stems, channels, _ = estimate.shape
    back = _converted(estimate.reshape(stems * channels, -1), separator.rate_hz, rate_hz)[:, : samples.shape[1]]
    back = np.pad(back, ((0, 0), (0, samples.shape[1] - back.shape[1])))
    return back.reshape(stems, channels, -1)


def _converted(samples: Samples, from_hz: int, to_hz: int) -> Samples:
    if from_hz == to_hz:
        return samples
    return np.ascontiguousarray(soxr.resample(samples.T, from_hz, to_hz, "HQ").T, np.float32)
