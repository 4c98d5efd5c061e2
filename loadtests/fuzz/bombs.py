"""Updates written to do harm, byte by byte: each is small or large, deep or long, and none is what a client would send."""

from collections.abc import Callable
from typing import Final

from tests.sync.documents.updates import (
    STRING,
    after,
    at_root,
    collected,
    in_map,
    number,
    skipped,
    text,
    update,
    whole_entry,
)

Bomb = Callable[[int], bytes]
"""Makes an update for one who may author under a client id, from clock 0 on."""

_HUGE: Final = 2**53 - 1
_DEPTH: Final = 15_000
_ARRAY, _OBJECT = b"\x75\x01", b"\x76\x01\x01k"
# Content 7: a type of its own; its first byte says which (array, map, text, XML element, fragment, hook, XML text).
_TYPES: Final = {"array": 0, "map": 1, "text": 2, "xml-element": 3, "xml-fragment": 4, "xml-text": 6}


def _nested_types(kind: int) -> Bomb:
    def make(client: int) -> bytes:
        body = bytes([kind]) + (text("p") if kind == 3 else b"")
        structs = [at_root("deep", body=body)]
        structs += [in_map(client, clock, "deeper", 7, body) for clock in range(3_000)]
        return update([(client, 0, structs)])

    return make


def _nested_values(opening: bytes) -> Bomb:
    return lambda client: update([(client, 0, [at_root("deep", 8, b"\x01" + opening * _DEPTH + b"\x7e")])])


BOMBS: Final[dict[str, Bomb]] = {
    **{f"nested {name} types": _nested_types(kind) for name, kind in _TYPES.items()},
    "nested arrays": _nested_values(_ARRAY),
    "nested objects": _nested_values(_OBJECT),
    "many sections": lambda _: number(_HUGE),
    "many structs": lambda client: number(1) + number(_HUGE) + number(client) + number(0),
    "long string": lambda client: update([(client, 0, [at_root("x", 4, number(_HUGE) + b"short")])]),
    "long binary": lambda client: update([(client, 0, [at_root("x", 3, number(2**31) + b"short")])]),
    "long list": lambda client: update([(client, 0, [at_root("x", 8, number(_HUGE) + b"\x7e")])]),
    "long run of collected": lambda client: update([(client, 0, [collected(_HUGE)])]),
    "long run of skipped": lambda client: update([(client, 0, [skipped(2**40)])]),
    "long run of deleted": lambda client: update([(client, 0, [at_root("x", 1, number(2**40))])]),
    "delete the future": lambda client: update(deleted={client: [(0, _HUGE)]}),
    "delete everybody's": lambda _: update(deleted={other: [(0, 2**31)] for other in range(2, 200)}),
    "many deletes": lambda client: update(deleted={client: [(index, 1) for index in range(20_000)]}),
    "varint without end": lambda _: b"\xff" * 4096,
    "clock at the end of numbers": lambda client: update([(client, _HUGE - 1, [after(client, _HUGE - 2)])]),
    "somebody else's name": lambda _: update([(1, 10_000, whole_entry(1, 10_000, "f1"))]),
    "another root": lambda client: update([(client, 0, [at_root("x", root="elsewhere")])]),
    "a subdocument": lambda client: update([(client, 0, [at_root("x", 9, text("guid") + b"\x76\x00")])]),
    "waits for ever": lambda client: update([(client, 1_000_000, [after(client, 999_999, body=STRING)])]),
    "50 KB that wait for ever": lambda client: update(
        [(client, 1_000_000, [after(client, 999_999, body=b"\x01\x77" + text("x" * 50_000))])]
    ),
    "empty": lambda _: b"",
    "trailing bytes": lambda client: update([(client, 0, whole_entry(client, 0, "t1"))]) + b"\x00" * 100,
}
