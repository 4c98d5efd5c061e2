"""A document as it is kept: its state, and before it what would have to be read out of the state otherwise.

Reading 5 000 entries out of a state takes longer than the engine needs to load it. So a snapshot may carry a digest:

=========  ==================================================================================================
bytes      meaning
=========  ==================================================================================================
00 00      an update that holds nothing; no state begins so, because nothing may stand behind it
01         version of this layout
4 bytes    length of the digest, low byte first
4 bytes    CRC-32 of everything else, low byte first
digest     MessagePack: [maps by client id, keys that are not in the content any more, content]
state      one Yjs update
=========  ==================================================================================================

Without the mark the bytes are a state alone. The digest says nothing that is not in the state: it may be left out.
"""

import struct
import zlib
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Final, Self, cast

import msgspec

from sync.documents.familiar import Id
from sync.documents.plain import Plain
from sync.refusal import MalformedUpdate

_MARK: Final = b"\x00\x00"
_VERSION: Final = 1
_HEAD: Final = struct.Struct("<2sBI")
_CHECKSUM: Final = struct.Struct("<I")
_DIGEST_AT: Final = _HEAD.size + _CHECKSUM.size

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(tuple[dict[int, list[int]], list[str], dict[str, Any]])


@dataclass(frozen=True, slots=True)
class Digest:
    """What a replica knows beside its state.

    Attributes:
        maps: Ids of all nested maps, removed ones included.
        keys: Keys ever used in the root map.
        content: The root map as plain values.
    """

    maps: AbstractSet[Id]
    keys: AbstractSet[str]
    content: Mapping[str, Plain]


@dataclass(frozen=True, slots=True)
class StoredState:
    """A state and its digest, if it has one."""

    state: bytes
    digest: Digest | None

    def pack(self) -> bytes:
        """As bytes. Costs about 1 us an entry of a queue."""
        if self.digest is None:
            return self.state
        packed = _encoder.encode(
            (_by_client(self.digest.maps), list(self.digest.keys - self.digest.content.keys()), self.digest.content)
        )
        head = _HEAD.pack(_MARK, _VERSION, len(packed))
        return b"".join((head, _CHECKSUM.pack(_checksum(head, packed, self.state)), packed, self.state))

    @classmethod
    def unpack(cls, kept: bytes) -> Self:
        """What `pack` made, or a state alone.

        Raises:
            MalformedUpdate: It is neither.
        """
        if len(kept) <= _DIGEST_AT or not kept.startswith(_MARK):
            return cls(kept, None)
        _, version, length = _HEAD.unpack_from(kept)
        packed, state = kept[_DIGEST_AT : _DIGEST_AT + length], kept[_DIGEST_AT + length :]
        [checksum] = _CHECKSUM.unpack_from(kept, _HEAD.size)
        if version != _VERSION or _checksum(kept[: _HEAD.size], packed, state) != checksum:
            raise MalformedUpdate("a stored document is damaged, or of a newer layout")
        maps, removed, content = _decoder.decode(packed)
        ids = frozenset((client, clock) for client, clocks in maps.items() for clock in clocks)
        return cls(state, Digest(ids, content.keys() | removed, cast("Mapping[str, Plain]", content)))


def _checksum(*parts: bytes) -> int:
    checksum = 0
    for part in parts:
        checksum = zlib.crc32(part, checksum)
    return checksum


def _by_client(maps: Iterable[Id]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for client, clock in maps:
        found.setdefault(client, []).append(clock)
    return found
