"""Large document states in pieces, so that clock probes are answered between them.

The answer to an `Open` may be megabytes long. Sent as one frame it would hold up everything behind it for as long as the
network takes, and clock probes that waited say nothing about clocks. So the update of a large `Opened` is cut into byte
ranges: `Portion` frames, and an `Opened` with the last range. The sender puts other frames between them; the receiver's
`Assembly` turns them back into the one `Opened` before anything else sees them. A long `Changed`, which is what a reader gets
who was behind, goes the same way; no other `Changed` of its document comes between its portions and its end.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from sync.refusal import MalformedFrame
from sync.wire.frames import MAX_OUTBOUND_BYTES, Changed, FromServer, Opened, Portion

# Shorter updates go in one frame: at 10 Mbit/s they take a fifth of a second, less than a probe's patience.
CUT_BEYOND_BYTES: Final = 256 * 1024
# A probe waits behind at most one of these: 26 ms at 10 Mbit/s. The header of a portion is a thousandth of it.
PORTION_BYTES: Final = 32 * 1024

MOST_UNFINISHED: Final = 8
"""Documents of which a client holds a beginning; a server finishes one after the other."""

# An update has at least two bytes, so the last range must have.
_SHORTEST_END: Final = 2


def portions(long: Opened | Changed) -> Iterator[Portion | Opened | Changed]:
    """`long` as its portions and its end; as itself if it is short. Ranges are cut as they are asked for."""
    update, total = long.update, len(long.update)
    if total <= CUT_BEYOND_BYTES:
        yield long
        return
    start = 0
    while total - start > PORTION_BYTES + _SHORTEST_END:
        yield Portion(long.document, start, total, update[start : start + PORTION_BYTES])
        start += PORTION_BYTES
    if isinstance(long, Changed):
        yield Changed(long.document, update[start:])
    else:
        yield msgspec.structs.replace(long, update=update[start:], start=start)


class Assembly:
    """What one connection holds of documents whose `Opened` or `Changed` has not come yet.

    A new connection begins with a new one.
    """

    def __init__(self) -> None:
        self._unfinished: dict[str, bytearray] = {}

    def take(self, frame: FromServer) -> FromServer | None:
        """The frame to handle: `frame` itself or a whole `Opened` or `Changed`; None while one is incomplete.

        Raises:
            MalformedFrame: The server keeps to no limit, or leaves bytes out.
        """
        match frame:
            case Portion():
                self._keep(frame)
                return None
            case Opened(document=document, start=start):
                held = self._unfinished.pop(document, bytearray())
                if start == 0:
                    return frame
                if start != len(held):
                    return None  # the end of an answer whose beginning was given up for a later one
                held += frame.update
                return msgspec.structs.replace(frame, update=bytes(held), start=0)
            case Changed(document=document) if document in self._unfinished:
                held = self._unfinished.pop(document)
                held += frame.update
                return Changed(document, bytes(held))
            case _:
                return frame

    def _keep(self, portion: Portion) -> None:
        document, start = portion.document, portion.start
        if portion.total > MAX_OUTBOUND_BYTES or start + len(portion.content) > portion.total:
            raise MalformedFrame(
                f"a document comes in at most {MAX_OUTBOUND_BYTES} bytes, and in no more than announced"
            )
        if start == 0:
            self._unfinished.pop(document, None)
            if len(self._unfinished) >= MOST_UNFINISHED:
                raise MalformedFrame(f"at most {MOST_UNFINISHED} documents come in portions at a time")
            self._unfinished[document] = bytearray(portion.content)
            return
        held = self._unfinished.get(document)
        if held is None or start != len(held):
            raise MalformedFrame(f"bytes of {document} are missing before {start}")
        held += portion.content
