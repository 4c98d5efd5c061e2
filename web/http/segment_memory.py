"""Segments that were fetched lately, in memory: those who listen together fetch the same ones within seconds."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

# After this the file is asked for again, which counts as its use: a segment that is fetched time and again from here would
# seem unused to the cache on disk, and be the first to be evicted.
_KEPT_SECONDS: Final = 600


@dataclass(frozen=True, slots=True)
class KeptSegment:
    """A whole segment.

    Attributes:
        content: Its bytes.
        content_type: Its media type.
        etag: Its tag, without quotes.
        quality: Of the sound, as it is counted.
    """

    content: bytes
    content_type: str
    etag: str
    quality: str


class SegmentMemory:
    """Segments by their path, those fetched last up to a limit. Who names a path has proven the right to what is under it.

    Args:
        limit_bytes: Of contents. 0: nothing is kept.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        # Longest unused first; with when they are to be read again. Invariant: the contents sum up to _kept_bytes <= limit.
        self._kept: OrderedDict[str, tuple[KeptSegment, float]] = OrderedDict()
        self._kept_bytes = 0

    @property
    def kept_bytes(self) -> int:
        """Of all contents."""
        return self._kept_bytes

    def get(self, path: str, now_seconds: float) -> KeptSegment | None:
        """What is kept under `path`; None: nothing, or it was read from disk too long ago."""
        kept = self._kept.get(path)
        if kept is None:
            return None
        segment, until = kept
        if now_seconds >= until:
            self._drop(path)
            return None
        self._kept.move_to_end(path)
        return segment

    def put(self, path: str, segment: KeptSegment, now_seconds: float) -> None:
        """Keep it, and forget what was not fetched for longest beyond the limit."""
        if path in self._kept:
            self._drop(path)
        if len(segment.content) > self._limit_bytes:
            return
        self._kept[path] = segment, now_seconds + _KEPT_SECONDS
        self._kept_bytes += len(segment.content)
        while self._kept_bytes > self._limit_bytes:
            self._drop(next(iter(self._kept)))

    def _drop(self, path: str) -> None:
        segment, _ = self._kept.pop(path)
        self._kept_bytes -= len(segment.content)
