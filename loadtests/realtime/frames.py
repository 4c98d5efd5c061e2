"""WebSocket frames of a client that does not look: masked with zeros, read only as far as needed."""

import struct
from collections.abc import Iterator
from typing import Final

_FINAL: Final = 0x80
_BINARY: Final = 0x02
_CONTINUATION: Final = 0x00
_CONTROL: Final = 0x08
_MASKED: Final = 0x80
# A mask of zeros is a mask like any other for the server, which applies it all the same; here it costs nothing.
_NO_MASK: Final = bytes(4)

PONG: Final = bytes((_FINAL | 0x0A, _MASKED)) + _NO_MASK
"""Says unasked that this client lives (RFC 6455, 5.5.3): servers ping, and nobody here reads closely enough to answer."""

CLOSE: Final = _FINAL | 0x08
"""First byte of the frame that ends a connection; length, two bytes of code and a reason follow."""


def client_frame(message: bytes) -> bytes:
    """One binary message as a client sends it."""
    size = len(message)
    if size < 126:
        head = bytes((_FINAL | _BINARY, _MASKED | size))
    elif size < 65536:
        head = struct.pack(">BBH", _FINAL | _BINARY, _MASKED | 126, size)
    else:
        head = struct.pack(">BBQ", _FINAL | _BINARY, _MASKED | 127, size)
    return head + _NO_MASK + message


def server_messages(stream: bytes) -> Iterator[bytes]:
    """The whole data messages at the beginning of `stream`; control frames are passed over, an unfinished rest too."""
    at, parts = 0, b""
    while (header := _header(stream, at)) is not None:
        first, start, end = header
        if end > len(stream):
            return
        at = end
        opcode = first & 0x0F
        if opcode >= _CONTROL:
            continue
        parts = stream[start:end] if opcode != _CONTINUATION else parts + stream[start:end]
        if first & _FINAL:
            yield parts
            parts = b""


def _header(stream: bytes, at: int) -> tuple[int, int, int] | None:
    """First byte, begin and end of the payload of the frame at `at`; None: not even its head is there."""
    if len(stream) < at + 2:
        return None
    first, size = stream[at], stream[at + 1]
    start = at + 2
    if size == 126:
        start += 2
    elif size == 127:
        start += 8
    if len(stream) < start:
        return None
    if size >= 126:
        size = int.from_bytes(stream[at + 2 : start], "big")
    return first, start, start + size
