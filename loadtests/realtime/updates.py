"""Yjs updates by hand: sets of one map key by one client, without a document behind them.

An update in Yjs' first encoding (all numbers are varuints: 7 bits a byte, low first, high bit: more follows)::

    01                      one client has structs
    01                      one struct
    client, clock           of the first struct
    info                    08 content of JSON-like values, 20 has a key, 80 has a left neighbour
    if no neighbour: 01 root name, key          (both as length and UTF-8)
    if a neighbour:  client, clock              of the value that is replaced
    01 77 text              one value, a text
    00                      nothing deleted; or for a replaced value:
    01 client 01 clock 01   one client, one range: the replaced value

That is what Yjs itself sends when a page sets a key again and again.

Source: Yjs 13.6 `src/structs/Item.js`, `src/utils/DeleteSet.js` (format read, code written anew).
"""

from collections.abc import Iterable
from typing import Final

_VALUE: Final = 0x08
_HAS_KEY: Final = 0x20
_HAS_LEFT: Final = 0x80
_ONE_TEXT: Final = b"\x01\x77"


class MapWriter:
    """Sets one key of a root map again and again.

    Args:
        client_id: Of the writer; no other writer may have it.
        root: Name of the map in the document.
        key: Which key it sets.
    """

    def __init__(self, client_id: int, root: str, key: str) -> None:
        self.clock = 0
        self._client = varuint(client_id)
        self._place = b"\x01" + text(root.encode()) + text(key.encode())

    def set(self, value: bytes) -> bytes:
        """The update that sets the key to the UTF-8 text `value`."""
        return next(iter(self.sets((value,))))

    def sets(self, values: Iterable[bytes]) -> Iterable[bytes]:
        """The updates that set the key to one value after another."""
        client = self._client
        head = b"\x01\x01" + client
        again = bytes((_VALUE | _HAS_KEY | _HAS_LEFT,)) + client
        ending = b"\x01" + client + b"\x01"
        for value in values:
            clock = self.clock
            self.clock = clock + 1
            content = _ONE_TEXT + text(value)
            if clock == 0:
                yield head + b"\x00" + bytes((_VALUE | _HAS_KEY,)) + self._place + content + b"\x00"
            else:
                left = varuint(clock - 1)
                yield head + varuint(clock) + again + left + content + ending + left + b"\x01"


def varuint(value: int) -> bytes:
    """A number of 0 or more."""
    if value < 0x80:
        return bytes((value,))
    if value < 0x4000:
        return bytes((value & 0x7F | 0x80, value >> 7))
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def text(content: bytes) -> bytes:
    """Bytes or UTF-8 text behind their length."""
    return varuint(len(content)) + content
