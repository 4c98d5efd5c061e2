"""What the tag reading processes answer. Free of mutagen, so the server may import it."""

import struct
from typing import Final

import msgspec

LENGTH: Final = struct.Struct("<I")
"""Every message stands behind its length: uint32, little endian."""

SAME_COVER: Final = b"="
"""Stands for the picture that an earlier file of the same folder carried."""


class Tags(msgspec.Struct, frozen=True, tag="tags"):
    """A readable file. `cover` holds the picture's bytes (JPEG, PNG or WebP), `SAME_COVER`, or nothing."""

    path: str
    audio_hash: str
    title: str
    artist: str
    album: str
    genre: str
    year: int | None
    track_number: int | None
    disc_number: int | None
    length_micros: int
    cover: bytes


class Unreadable(msgspec.Struct, frozen=True, tag="unreadable"):
    """A file that is no sound we know, with the reason in one line."""

    path: str
    reason: str


Reading = Tags | Unreadable
