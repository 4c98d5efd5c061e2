"""A recording bent by a change of tempo and pitch, any piece of it at any time, put together from spans."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

import numpy as np

from media.bend import Bend
from media.pcm import CHANNELS, Pcm, Samples
from media.spans.grid import JOIN_FROM, SETTLED, SPAN_FRAMES, span_at
from media.spans.join import NEW_FRAMES, OLD_FRAMES, joined
from media.spans.span import Read, Span

# A listener needs two spans and a join of 1.4 MB between them at a time. A span is 3.5 to 5 MB.
DEFAULT_SPANS: Final = 8

_Kept = TypeVar("_Kept", Span, Samples)
_Key = tuple[str, Bend, int]


@dataclass(slots=True)
class SpanStore:
    """The spans and joins used last, of all renditions; 60 MB at most as it is.

    Attributes:
        limit: How many spans are kept, and how many joins.
    """

    limit: int = DEFAULT_SPANS
    _spans: OrderedDict[_Key, Span] = field(default_factory=OrderedDict)
    _joins: OrderedDict[_Key, Samples] = field(default_factory=OrderedDict)

    def span(self, key: _Key, make: Callable[[], Span]) -> Span:
        """The span `key` (source, bend, number), made if it is not kept."""
        return self._kept(self._spans, key, make)

    def join(self, key: _Key, make: Callable[[], Samples]) -> Samples:
        """The join at the beginning of span `key`, made if it is not kept."""
        return self._kept(self._joins, key, make)

    def _kept(self, kept: OrderedDict[_Key, _Kept], key: _Key, make: Callable[[], _Kept]) -> _Kept:
        found = kept.get(key)
        if found is None:
            found = kept[key] = make()
            while len(kept) > self.limit:
                kept.popitem(last=False)
        kept.move_to_end(key)
        return found


class BentSound:
    """One bent rendition of a recording.

    Every frame is defined by the grid (`media/spans/grid.py`): it does not depend on which pieces were cut before, nor on what
    the store still has.

    Attributes:
        frames: Its length.

    Args:
        source: Name of the recording, under which the store keeps spans.
        bend: What is done to it.
        recording_frames: Length of the recording.
        read: The recording's sound.
        store: Shared by all renditions of a process.
    """

    def __init__(self, source: str, bend: Bend, recording_frames: int, read: Read, store: SpanStore) -> None:
        self.frames = bend.frames_of(recording_frames)
        self._source = source
        self._bend = bend
        self._recording_frames = recording_frames
        self._read = read
        self._store = store

    def cut(self, first: int, count: int) -> Pcm:
        """`count` frames from frame `first` on, with silence before the rendition's first frame and after its last."""
        sound = np.zeros((CHANNELS, count), np.float32)
        at, end = max(0, first), min(self.frames, first + count)
        while at < end:
            piece = self._from(at, end)
            sound[:, at - first : at - first + piece.shape[1]] = piece
            at += piece.shape[1]
        return Pcm(sound)

    def segment_cut(self, first: int, count: int) -> Pcm:
        """The same at the level at which segments hold it (`HEADROOM_DB` of `media/bend.py`)."""
        return Pcm(self.cut(first, count).samples * np.float32(0.5))

    def _from(self, at: int, end: int) -> Samples:
        """What is defined in one way from frame `at` on, at most up to `end`."""
        number = span_at(self.frames, at)
        border = number * SPAN_FRAMES
        settled = border + SETTLED
        if number and at < settled:
            join = self._store.join((self._source, self._bend, number), lambda: self._join(number))
            begin = border + JOIN_FROM
            return join[:, at - begin : min(end, settled) - begin]
        if span_at(self.frames, end - 1) != number:
            end = (number + 1) * SPAN_FRAMES + JOIN_FROM
        return self._of_span(number, at, end)

    def _join(self, number: int) -> Samples:
        border = number * SPAN_FRAMES
        return joined(
            self._of_span(number - 1, border, border + OLD_FRAMES), self._of_span(number, border, border + NEW_FRAMES)
        )

    def _of_span(self, number: int, first: int, end: int) -> Samples:
        key = (self._source, self._bend, number)
        span = self._store.span(key, lambda: Span(self._bend, self._recording_frames, number))
        return span.sound(self._read, end)[:, first - span.begin : end - span.begin]
