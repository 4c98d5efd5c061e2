"""What waits for one peer to read: the rest of a frame, answers behind it, and document states that all else may overtake.

Pure, and there only while something waits: an idle connection holds none. Whoever owns the socket sends what `rest` holds,
says with `took` how much of it went, and with `advance` asks for more.
"""

from collections import deque
from collections.abc import Iterator
from typing import Final

from sync.wire.frames import MAX_OUTBOUND_BYTES

# Answers waiting behind a slow read: about a thousand of them.
_ANSWER_BYTES: Final = 256 * 1024
# Longer frames are document states, asked for one by one; they have a budget of their own: one of any size.
_LARGE_BYTES: Final = 64 * 1024
_STATE_BYTES: Final = MAX_OUTBOUND_BYTES + _LARGE_BYTES
_NOTHING: Final = memoryview(b"")
# A client follows a handful of documents. Fed bytes are shared with the document, not copies.
_MOST_FEEDS: Final = 16


class Unsent:
    """Bytes for one peer, in the order in which they are to go.

    Args:
        wire: What of a frame under way is still to be sent; must not be overtaken.
    """

    __slots__ = ("_answer_bytes", "_feeds", "_large_bytes", "_queue", "_rest")

    def __init__(self, wire: memoryview = _NOTHING) -> None:
        self._rest = wire
        self._queue: deque[bytes] = deque()
        # By topic, in the order they came; the first is taken to its end before the next.
        self._feeds: dict[str, Iterator[bytes]] = {}
        self._answer_bytes = 0
        self._large_bytes = 0

    def __bool__(self) -> bool:
        """Whether anything waits."""
        return bool(self._rest or self._queue or self._feeds)

    @property
    def rest(self) -> memoryview:
        """To be sent next; empty: ask `advance` for more."""
        return self._rest

    def put(self, wire: bytes) -> None:
        """Wait behind all but what is fed."""
        self._queue.append(wire)
        self._count(wire, 1)

    def has_room_for(self, byte_count: int) -> bool:
        """Whether another frame of this length may wait; frames of any length are `put` all the same."""
        if byte_count > _LARGE_BYTES:
            return self._large_bytes + byte_count <= _STATE_BYTES
        return self._answer_bytes + byte_count <= _ANSWER_BYTES

    def feed(self, topic: str, frames: Iterator[bytes]) -> bool:
        """Take frames in that all else may overtake, instead of what is fed under `topic`. False: too much is fed already."""
        self._feeds.pop(topic, None)
        if len(self._feeds) >= _MOST_FEEDS:
            return False
        self._feeds[topic] = frames
        return True

    def starve(self, *topics: str) -> None:
        """Drop what is fed under `topics`; none: everything."""
        for topic in topics or tuple(self._feeds):
            self._feeds.pop(topic, None)

    def clear(self) -> None:
        """Drop everything."""
        self._rest = _NOTHING
        self._queue.clear()
        self._feeds.clear()
        self._answer_bytes = self._large_bytes = 0

    def took(self, byte_count: int) -> None:
        """So much of the rest has gone."""
        # An empty slice would keep the whole frame alive.
        self._rest = self._rest[byte_count:] if byte_count < len(self._rest) else _NOTHING

    def advance(self) -> bool:
        """Make the next frame that must not wait the rest. False: there is none."""
        assert not self._rest, "nothing goes before the rest of a frame"
        if not self._queue:
            return False
        wire = self._queue.popleft()
        self._count(wire, -1)
        self._rest = memoryview(wire)
        return True

    def fed(self) -> bytes | None:
        """The next fed frame, to be given back by `begin` as it goes on the wire; None: nothing is fed any more."""
        while self._feeds:
            topic, frames = next(iter(self._feeds.items()))
            frame = next(frames, None)
            if frame is not None:
                return frame
            self._feeds.pop(topic, None)
        return None

    def begin(self, wire: bytes) -> None:
        """Make `wire` the rest."""
        assert not self._rest, "nothing goes before the rest of a frame"
        self._rest = memoryview(wire)

    def _count(self, wire: bytes, sign: int) -> None:
        if len(wire) > _LARGE_BYTES:
            self._large_bytes += sign * len(wire)
        else:
            self._answer_bytes += sign * len(wire)
