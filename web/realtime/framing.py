"""Server-side WebSocket frames (RFC 6455 section 5.2): whole, unmasked, uncompressed.

Encoding them here lets one frame be built once and sent to any number of sockets. Example: the payload ``01 02`` is
``82 02 01 02`` (0x80 final frame, 0x02 binary; length 2).
"""

import struct
from typing import Final

_FINAL: Final = 0x80
_BINARY: Final = 0x2
_CLOSE: Final = 0x8
_PING: Final = 0x9
_PONG: Final = 0xA
# Stands for a close frame without a code (RFC 6455 section 7.4.1).
_NO_CODE: Final = 1005
# A control frame has at most 125 bytes of payload, the code takes two.
_LONGEST_REASON: Final = 123

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


def pong_frame(payload: bytes) -> bytes:
    """The answer to a ping; `payload` is the ping's, at most 125 bytes."""
    return bytes((_FINAL | _PONG, len(payload))) + payload


def close_frame(code: int, reason: str = "") -> bytes:
    """The last frame. Code 1005 gives one without a code; a reason beyond 123 bytes of UTF-8 is cut at a character."""
    if code == _NO_CODE:
        return bytes((_FINAL | _CLOSE, 0))
    told = reason.encode()[:_LONGEST_REASON].decode(errors="ignore").encode()
    return bytes((_FINAL | _CLOSE, 2 + len(told))) + code.to_bytes(2, "big") + told
