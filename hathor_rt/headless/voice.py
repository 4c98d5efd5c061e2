"""One read head in the sound, with its own fade.

Fades of several voices overlap, so nothing ever starts or ends hard.
"""

import math
from typing import Final

import numpy as np

from hathor_rt.headless.chunks import ChunkStore
from hathor_rt.headless.interpolation import SincTable
from hathor_rt.headless.lines import Line, Piece
from media.pcm import CHANNELS, Samples

# 8 ms at 48 kHz: short enough to sound immediate and long enough not to click.
FADE_FRAMES: Final = 384

_RAMP: Final = (0.5 - 0.5 * np.cos(np.pi * np.arange(FADE_FRAMES + 1) / FADE_FRAMES)).astype(np.float32)

# Sums of steps miss a whole number by rounding only; 1e-6 frames are 20 ps.
_ROUNDING: Final = 1e-6


class Voice:
    """Reads `piece` from `position` on and goes over into `following` without a gap.

    Args:
        piece: What to read.
        position: Track frames, 0 or more.
        following: What comes behind the end of `piece`.
    """

    def __init__(self, piece: Piece, position: float, following: Piece | None) -> None:
        self.piece = piece
        self.position = position
        self._before: Piece | None = None
        self._following = following
        self._level = 0
        self._direction = 1
        # A released voice keeps the pace it had: what replaces it may run at another.
        self._step = 1.0
        self._table: SincTable | None = None

    @property
    def is_over(self) -> bool:
        """A released voice that has faded away and can be forgotten."""
        return self._direction == -1 and self._level == 0

    def release(self) -> None:
        """Fade out from here on."""
        self._direction = -1

    def pace(self, step: float, table: SincTable) -> None:
        """Speed from now on, in frames of its sound per output frame (0.25 … 4.04), and the kernel that suits it."""
        self._step = step
        self._table = table

    def position_on(self, line: Line) -> float | None:
        """Position in terms of `line.piece`, or None.

        Also across its end, before this voice or the line has crossed, and while the voice reads another sound of it.
        """
        scale = self.piece.tempo / line.piece.tempo
        if self.piece.entry == line.piece.entry:
            return self.position * scale
        if line.following is not None and line.following.entry == self.piece.entry:
            return self.position * scale + line.piece.frames
        if self._following is not None and self._following.entry == line.piece.entry:
            return (self.position - self.piece.frames) * scale
        return None

    def learn(self, line: Line) -> None:
        """Take over what `line` says about the end of the piece and what follows it. The sound stays what it is."""
        if line.piece.entry == self.piece.entry:
            if line.piece.track == self.piece.track:
                self.piece = line.piece
            self._following = line.following
        elif line.following is not None and line.following.entry == self.piece.entry:
            if line.following.track == self.piece.track:
                self.piece = line.following
            self._following = None

    def extent(self, store: ChunkStore) -> float:
        """Frames from here to the first one that is not held, across the end of the piece."""
        begin = max(0, math.floor(self.position))
        here, frames = store.extent(self.piece.track, begin), self.piece.frames
        if frames == 0 or begin + here < frames:
            return begin + here - self.position
        beyond = 0 if self._following is None else store.extent(self._following.track, 0)
        return frames - self.position + beyond

    def render(self, store: ChunkStore, count: int) -> Samples:
        """The next `count` output frames, faded; float32, shape (2, count). The voice moves on."""
        whole = math.floor(self.position)
        fraction = self.position - whole
        if self._step == 1.0 and fraction == 0.0:
            sound = self._gather(store, whole, count)
        else:
            assert self._table is not None, "pace was never set"
            needed = math.floor(fraction + self._step * (count - 1)) + self._table.taps + 1
            signal = self._gather(store, whole - self._table.reach, needed)
            sound = self._table.read(signal, fraction, self._step, count)
        self._advance(self._step * count)
        return self._faded(sound)

    def _faded(self, sound: Samples) -> Samples:
        if self._direction == 1 and self._level == FADE_FRAMES:
            return sound
        count = sound.shape[1]
        levels = np.clip(self._level + self._direction * np.arange(count + 1), 0, FADE_FRAMES)
        self._level = int(levels[-1])
        faded: Samples = sound * _RAMP[levels[:-1]]
        return faded

    def _advance(self, frames: float) -> None:
        position = self.position + frames
        if abs(position - round(position)) < _ROUNDING:
            position = float(round(position))
        self.position = position
        if 0 < self.piece.frames <= position and self._following is not None:
            self.position = (position - self.piece.frames) * self.piece.tempo / self._following.tempo
            self._before, self.piece, self._following = self.piece, self._following, None

    def _gather(self, store: ChunkStore, first: int, count: int) -> Samples:
        """Frames `first` … of this piece, reaching into its neighbours at both ends."""
        end = self.piece.frames if self.piece.frames > 0 else first + count
        leading = min(count, max(0, -first))
        inside = max(0, min(first + count, end) - max(0, first))
        trailing = count - leading - inside
        if inside == count:
            return store.read(self.piece.track, first, count)
        parts = [
            _edge(store, self._before, (self._before.frames if self._before else 0) + first, leading),
            store.read(self.piece.track, max(0, first), inside),
            _edge(store, self._following, max(0, first - end), trailing),
        ]
        return np.concatenate(parts, axis=1)


def _edge(store: ChunkStore, piece: Piece | None, first: int, count: int) -> Samples:
    if piece is None or first < 0:
        return np.zeros((CHANNELS, count), np.float32)
    return store.read(piece.track, first, count)
