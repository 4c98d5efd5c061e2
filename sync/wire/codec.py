"""Frames to bytes and back: MessagePack with limits.

Whatever the bytes are, decoding returns a typed record within its limits or raises `MalformedFrame` or `FrameTooLarge`.

The layout is that of `frames`: an array of tag and fields. ``93a570726f6265 01 cd03e8`` is `Probe(seq=1, sent=1000)`: an
array of 3 (93), text of 5 (a5) ``probe``, 1, and 1000 as uint 16 (cd).
"""

from collections.abc import Mapping
from typing import Final, TypeVar

import msgspec

from sync.refusal import FrameTooLarge, MalformedFrame
from sync.wire.frames import MAX_INBOUND_BYTES, MAX_OUTBOUND_BYTES, FromClient, FromServer

# JavaScript numbers are exact up to here.
_LARGEST: Final = 2**53 - 1

LENGTHS: Final[Mapping[str, tuple[int, int]]] = {
    # identifiers: 1 … 32 characters, "kind:id" somewhat longer; an entry may be left out of `Play`
    "room": (1, 32),
    "document": (3, 64),
    "connection": (1, 32),
    "principal": (1, 32),
    "device": (1, 32),
    "entry": (0, 32),
    "devices": (1, 32),
    "by": (0, 32),
    "clock_epoch": (1, 64),
    "subject": (0, 64),
    # capabilities: opaque, signed texts
    "invite": (0, 256),
    "ticket": (0, 1024),
    # words of the protocol
    "about": (1, 32),
    "code": (0, 64),
    "role": (1, 32),
    "state": (1, 32),
    "may": (1, 32),
    "gone": (1, 32),
    "kind": (1, 32),
    # words for people
    "software": (1, 128),
    "server": (0, 128),
    "name": (0, 256),
    "reason": (0, 2048),
    # documents: an empty update does not exist, the empty change is two bytes
    "update": (2, MAX_OUTBOUND_BYTES),
    "state_vector": (0, MAX_OUTBOUND_BYTES),
    "content": (1, MAX_OUTBOUND_BYTES),
}
"""Shortest and longest of every text (in characters) and binary (in bytes), by field; for lists, of each item."""

SIGNED: Final = frozenset({"playback_error", "lead_needed", "retry_after", "change", "pitch_cents"})
"""Numbers that may be negative. All others are 0 … 2^53 - 1."""

LONGEST_LIST: Final = 4096
"""Items in a list: more than a room has seats."""

_Frame = TypeVar("_Frame", bound=msgspec.Struct)

_encoder = msgspec.msgpack.Encoder()
_client_decoder: msgspec.msgpack.Decoder[FromClient] = msgspec.msgpack.Decoder(FromClient)
_server_decoder: msgspec.msgpack.Decoder[FromServer] = msgspec.msgpack.Decoder(FromServer)


def encode(frame: FromClient | FromServer) -> bytes:
    """Bytes of `frame`.

    Raises:
        FrameTooLarge: Longer than the side that receives it takes.
    """
    encoded = _encoder.encode(frame)
    limit = MAX_INBOUND_BYTES if isinstance(frame, FromClient) else MAX_OUTBOUND_BYTES
    if len(encoded) > limit:
        raise FrameTooLarge(f"a frame has at most {limit} bytes, this one would have {len(encoded)}")
    return encoded


def decode_client(encoded: bytes) -> FromClient:
    """The frame that a client sent.

    Raises:
        FrameTooLarge: Longer than `MAX_INBOUND_BYTES`.
        MalformedFrame: No frame, or a field beyond its limits.
    """
    return _decode(_client_decoder, encoded, MAX_INBOUND_BYTES)


def decode_server(encoded: bytes) -> FromServer:
    """The frame that a server sent. Raises as `decode_client`, with `MAX_OUTBOUND_BYTES`."""
    return _decode(_server_decoder, encoded, MAX_OUTBOUND_BYTES)


def _decode(decoder: msgspec.msgpack.Decoder[_Frame], encoded: bytes, limit: int) -> _Frame:
    if len(encoded) > limit:
        raise FrameTooLarge(f"a frame has at most {limit} bytes, this one has {len(encoded)}")
    try:
        frame = decoder.decode(encoded)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise MalformedFrame(f"no frame of this protocol: {error}") from error
    _check(frame)
    return frame


def _check(record: msgspec.Struct) -> None:
    for field in record.__struct_fields__:
        _check_value(field, getattr(record, field))


def _check_value(field: str, value: object) -> None:
    match value:
        case bool() | None:
            return
        case int():
            if not (-_LARGEST if field in SIGNED else 0) <= value <= _LARGEST:
                raise MalformedFrame(f"{field} is out of range")
        case str() | bytes():
            shortest, longest = LENGTHS[field]
            if not shortest <= len(value) <= longest:
                raise MalformedFrame(f"{field} has {shortest} to {longest} characters or bytes, not {len(value)}")
        case list():
            if len(value) > LONGEST_LIST:
                raise MalformedFrame(f"{field} has at most {LONGEST_LIST} items, not {len(value)}")
            for item in value:
                _check_value(field, item)
        case msgspec.Struct():
            _check(value)
        case _:
            raise AssertionError(f"{field} has a type without limits: {type(value).__name__}")
