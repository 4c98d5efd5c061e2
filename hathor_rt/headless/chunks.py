"""Decoded sound that is held for playing: whole segments, in bounded memory."""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np

from media.pcm import CHANNELS, Samples
from media.segment_format import SEGMENT_FRAMES

ChunkName = tuple[str, int]
"""Track and number of the segment."""

# 96 s of sound, 37 MB. Wants stay well below (`errands.MOST_WANTED`), so what is evicted is what nobody wants.
MOST_CHUNKS: Final = 24


class ChunkStore:
    """Segments by name.

    Invariant: the mapping inside is replaced, never changed, so that another thread (a sound card's callback) may read
    while segments come and go.
    """

    def __init__(self) -> None:
        self._held: Mapping[ChunkName, Samples] = MappingProxyType({})

    def holds(self, name: ChunkName) -> bool:
        """Whether this segment is here."""
        return name in self._held

    def add(self, name: ChunkName, samples: Samples, wanted: Collection[ChunkName]) -> None:
        """Keep a segment (float32, shape (2, frames), at its final loudness); lets the oldest unwanted ones go."""
        held = {**self._held, name: samples}
        for candidate in list(held):
            if len(held) <= MOST_CHUNKS:
                break
            if candidate not in wanted and candidate != name:
                del held[candidate]
        self._held = MappingProxyType(held)

    def extent(self, track: str, frame: int) -> int:
        """Frames held from `frame` on without a gap."""
        held = self._held
        end = frame
        while (samples := held.get((track, end // SEGMENT_FRAMES))) is not None:
            here = end // SEGMENT_FRAMES * SEGMENT_FRAMES + samples.shape[1]
            if here <= end:
                break
            end = here
        return end - frame

    def read(self, track: str, first: int, count: int) -> Samples:
        """Frames `first` (0 or more) up to `first + count`; silence where nothing is held. Belongs to the caller."""
        held = self._held
        sound = np.zeros((CHANNELS, count), np.float32)
        done = 0
        while done < count:
            index, inside = divmod(first + done, SEGMENT_FRAMES)
            step = min(count - done, SEGMENT_FRAMES - inside)
            samples = held.get((track, index))
            if samples is not None:
                piece = samples[:, inside : inside + step]
                sound[:, done : done + piece.shape[1]] = piece
            done += step
        return sound
