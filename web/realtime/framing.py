"""Server-side WebSocket frames (RFC 6455 section 5.2): whole, unmasked, uncompressed.

Encoding them here lets one frame be built once and sent to any number of sockets. Example: the payload ``01 02`` is
``82 02 01 02`` (0x80 final frame, 0x02 binary; length 2).
"""

import struct
from typing import Final

_FINAL: Final = 0x80
_BINARY: Final = 0x2
_PING: Final = 0x9

PING_FRAME: Final = bytes((_FINAL | _PING, 0))


def binary_frame(payload: bytes) -> bytes:
    """`payload` as one binary message."""
    length = len(payload)
    if length < 126:
        header = struct.pack("!BB", _FINAL | _BINARY, length)
    elif length < 1 << 16:
        header = struct.pack("!BBH", _FINAL | _BINARY, 126, length)
    else:
        header = struct.pack("!BBQ", _FINAL | _BINARY, 127, length)
    return header + payload
