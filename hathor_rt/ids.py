"""Identifiers: opaque, unguessable where it matters, short enough for a link.

Every identifier is lower-case Crockford base 32 (no i, l, o, u): it can be read aloud, typed on a phone and used as a
file name. Room codes carry 50 bits (a link alone does not open a closed room, the invite does), the others 80.
"""

import secrets
from typing import Final, NewType

PrincipalId = NewType("PrincipalId", str)
DeviceId = NewType("DeviceId", str)
RoomId = NewType("RoomId", str)
TrackId = NewType("TrackId", str)
EntryId = NewType("EntryId", str)
ConnectionId = NewType("ConnectionId", str)
DocumentName = NewType("DocumentName", str)
"""``kind:id`` — for a room's documents the id is the room's."""

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"


def random_id(characters: int = 16) -> str:
    """A fresh identifier of 5 bits a character, from the operating system's generator."""
    # 32 divides 256, so the low bits of a byte are as even as the byte; one call for all of them.
    return "".join(_ALPHABET[byte & 31] for byte in secrets.token_bytes(characters))


def is_id(text: str, *, longest: int = 32) -> bool:
    """Whether `text` has the form of an identifier; anything else from outside is refused before it is looked up."""
    return 0 < len(text) <= longest and all(character in _ALPHABET for character in text)
