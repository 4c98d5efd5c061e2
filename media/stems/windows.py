"""Cutting sound of unknown length into overlapping windows, and fading their results into each other again."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from media.pcm import Samples


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """A piece of the sound.

    Attributes:
        start: Its first frame in the whole.
        samples: float32, shape (channels, frames); as long as every other unless the whole sound is shorter.
    """

    start: int
    samples: Samples

    @property
    def stop(self) -> int:
        """The frame after its last."""
        return self.start + int(self.samples.shape[1])


def windows(blocks: Iterable[Samples], size: int, stride: int) -> Iterator[Window]:
    """Windows of `size` frames every `stride` frames; the last one ends with the sound, so that it sees whole surroundings.

    How the sound is cut into `blocks` makes no difference. A sound shorter than `size` gives one window with all of it, none
    gives none.
    """
    if not 0 < size // 2 <= stride <= size:
        raise ValueError(f"a stride of {stride} frames does not suit windows of {size}")
    held: Samples | None = None
    held_at, next_start, stop = 0, 0, 0
    for block in blocks:
        held = block if held is None else np.concatenate([held, block], axis=1)
        while held_at + held.shape[1] >= next_start + size:
            stop = next_start + size
            yield Window(next_start, held[:, next_start - held_at : stop - held_at].copy())
            # What the last window needs when the sound ends right behind this one.
            held, held_at = held[:, next_start - held_at :], next_start
            next_start += stride
    if held is not None and held_at + held.shape[1] > stop:
        total = held_at + held.shape[1]
        start = max(0, total - size)
        yield Window(start, held[:, start - held_at :].copy())


class Crossfade:
    """Joins results for windows as `windows` gives them: where two overlap, one fades into the other along a straight line.

    Each call gives the frames that no later window will change, so the first are there after the first window.
    """

    def __init__(self, stride: int) -> None:
        self._stride = stride
        self._given = 0
        self._rest: Samples | None = None

    def add(self, start: int, result: Samples) -> Samples:
        """Take the result for the window at `start` (shape (…, frames)); the frames that are finished now."""
        fresh = result[..., self._given - start :].astype(np.float32)
        if self._rest is not None:
            shared = self._rest.shape[-1]
            # Halves of frames off both ends: neither window is used alone within the overlap.
            share = ((np.arange(shared) + 0.5) / shared).astype(np.float32) if shared else np.zeros(0, np.float32)
            fresh[..., :shared] = self._rest * (1 - share) + fresh[..., :shared] * share
        ready = max(0, start + self._stride - self._given)
        self._rest = fresh[..., ready:]
        finished = fresh[..., :ready]
        self._given += finished.shape[-1]
        return finished

    def flush(self) -> Samples | None:
        """The frames that are left after the last window; None if there was none."""
        rest, self._rest = self._rest, None
        return rest
