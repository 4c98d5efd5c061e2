"""WebSocket frames of a client taken apart (RFC 6455 sections 5 and 7.4). Pure: bytes go in, what they say comes out.

However a byte stream is cut, `FrameParser.feed` tells the same in the same order. A frame is judged by its header before a
byte of its payload is kept, so a connection never holds more than one message of the longest length and its header.

Example: ``82 82 01 02 03 04 10 20`` is a final binary frame (0x82) of two bytes, masked (0x80 | 2) with the key
``01 02 03 04``; its payload is ``11 22``.
"""

from dataclasses import dataclass
from typing import Final

NORMAL: Final = 1000
PROTOCOL_ERROR: Final = 1002
NO_CODE: Final = 1005
NOT_UTF8: Final = 1007
TOO_LONG: Final = 1009

_FINAL: Final = 0x80
_RESERVED: Final = 0x70
_CONTROL: Final = 0x08
_CONTINUATION, _TEXT, _BINARY = 0x0, 0x1, 0x2
_CLOSE, _PING, _PONG = 0x8, 0x9, 0xA
_MASKED: Final = 0x80
_KEY_BYTES: Final = 4
_LONGEST_CONTROL: Final = 125

# Measured on CPython 3.11: XOR of two long integers takes 0.4 us for 30 bytes and 5 us for 1 kB, translating every fourth byte
# 2.8 and 5.5 us; from here on the integers fall out of the processor's cache and translating is up to three times as fast.
_LONG_PAYLOAD: Final = 8192
_XOR: Final = tuple(bytes(value ^ key for value in range(256)) for key in range(256))


@dataclass(frozen=True, slots=True)
class PeerPing:
    """To be answered by a pong with the same payload."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class PeerClose:
    """The peer ends the connection. `code`: 1005 if it gave none. Nothing comes after it."""

    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class Violation:
    """The peer broke the rules; `code` is the close code to tell it. Nothing comes after it."""

    code: int
    reason: str


Message = bytes | str
"""A whole binary or text message."""

Happening = bytes | str | PeerPing | PeerClose | Violation


class FrameParser:
    """Takes one client's byte stream apart.

    Args:
        max_message_bytes: Longest payload of one message, all its fragments together.
    """

    __slots__ = ("_is_over", "_is_text", "_kept", "_limit", "_message", "_wanted")

    def __init__(self, max_message_bytes: int) -> None:
        self._limit = max_message_bytes
        # The beginning of a frame, and how long it must become before it is worth another look.
        self._kept: bytearray | None = None
        self._wanted = 2
        # The fragments of a message so far.
        self._message: bytearray | None = None
        self._is_text = False
        self._is_over = False

    def feed(self, data: bytes) -> list[Happening]:
        """What `data` completes, in order; pongs are not told. After a close or a violation nothing is told any more."""
        if self._is_over:
            return []
        if self._kept is not None:
            self._kept += data
            if len(self._kept) < self._wanted:
                return []
            data, self._kept = bytes(self._kept), None
        happenings: list[Happening] = []
        at, end = 0, len(data)
        while at < end:
            length = self._frame(data, at, end, happenings)
            if length == 0:
                break
            if length > end - at:
                self._wanted = length
                self._kept = bytearray(data[at:] if at else data)
                break
            at += length
        return happenings

    def _frame(self, data: bytes, at: int, end: int, happenings: list[Happening]) -> int:
        """Judge the frame at `at`, tell what it completes. Returns its length: beyond `end` it is not whole, 0 it is the last."""
        if end - at < 2:
            return 2
        first, second = data[at], data[at + 1]
        size, start = second & 0x7F, at + 2 + _KEY_BYTES
        problem = self._problem(first, second)
        if not problem and size > _LONGEST_CONTROL:
            width = 2 if size == 126 else 8
            if end - at < 2 + width:
                return 2 + width
            start += width
            size = int.from_bytes(data[at + 2 : at + 2 + width], "big")
            if size <= (_LONGEST_CONTROL if width == 2 else 0xFFFF) or size >> 63:
                problem = "a length must be written in the shortest way there is"
        if problem:
            return self._break(PROTOCOL_ERROR, problem, happenings)
        if not first & _CONTROL and size + (0 if self._message is None else len(self._message)) > self._limit:
            return self._break(TOO_LONG, f"a message has at most {self._limit} bytes", happenings)
        stop = start + size
        if stop <= end:
            payload = unmasked(data[start:stop], data[start - _KEY_BYTES : start])
            if first & _CONTROL:
                self._control(first & 0x0F, payload, happenings)
            else:
                self._data(first, payload, happenings)
        return 0 if self._is_over else stop - at

    def _problem(self, first: int, second: int) -> str:
        """What is wrong with the first two bytes of a frame; empty: nothing."""
        opcode = first & 0x0F
        if not second & _MASKED:
            return "a client masks its frames"
        if first & _RESERVED:
            return "no extension was agreed on, so the reserved bits are 0"
        if opcode > _PONG or _BINARY < opcode < _CLOSE:
            return f"opcode {opcode} is not in use"
        if opcode & _CONTROL:
            if not first & _FINAL or second & 0x7F > _LONGEST_CONTROL:
                return "a control frame is whole and has at most 125 bytes"
        elif (opcode == _CONTINUATION) is (self._message is None):
            return "a message begins once, and is continued after that"
        return ""

    def _data(self, first: int, payload: bytes, happenings: list[Happening]) -> None:
        opcode = first & 0x0F
        if opcode != _CONTINUATION:
            self._is_text = opcode == _TEXT
        if not first & _FINAL:
            if self._message is None:
                self._message = bytearray()
            self._message += payload
            return
        if self._message is not None:
            payload, self._message = bytes(self._message + payload), None
        if not self._is_text:
            happenings.append(payload)
            return
        try:
            happenings.append(payload.decode())
        except UnicodeDecodeError:
            self._break(NOT_UTF8, "text is UTF-8", happenings)

    def _control(self, opcode: int, payload: bytes, happenings: list[Happening]) -> None:
        if opcode == _PING:
            happenings.append(PeerPing(payload))
        elif opcode == _CLOSE:
            self._close(payload, happenings)

    def _close(self, payload: bytes, happenings: list[Happening]) -> None:
        code = int.from_bytes(payload[:2], "big") if payload else NO_CODE
        if len(payload) == 1 or (payload and not _may_be_told(code)):
            self._break(PROTOCOL_ERROR, "a close frame has no code or a proper one", happenings)
            return
        try:
            reason = payload[2:].decode()
        except UnicodeDecodeError:
            self._break(NOT_UTF8, "the reason of a close frame is UTF-8", happenings)
            return
        self._is_over = True
        happenings.append(PeerClose(code, reason))

    def _break(self, code: int, reason: str, happenings: list[Happening]) -> int:
        self._is_over = True
        self._message = None
        happenings.append(Violation(code, reason))
        return 0


def unmasked(payload: bytes, key: bytes) -> bytes:
    """`payload` XOR `key`, which is repeated as often as needed; its own inverse. `key`: four bytes."""
    size = len(payload)
    if size < _LONG_PAYLOAD:
        repeated = (key * ((size >> 2) + 1))[:size]
        return (int.from_bytes(payload, "little") ^ int.from_bytes(repeated, "little")).to_bytes(size, "little")
    result = bytearray(payload)
    for offset in range(_KEY_BYTES):
        result[offset::_KEY_BYTES] = payload[offset::_KEY_BYTES].translate(_XOR[key[offset]])
    return bytes(result)


def _may_be_told(code: int) -> bool:
    # 1004 to 1006 and 1015 stand for the lack of a code; 1014 is a gateway's, and no client is one.
    return code in {1000, 1001, 1002, 1003} or 1007 <= code <= 1013 or 3000 <= code <= 4999
