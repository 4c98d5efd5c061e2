"""Yjs updates written byte by byte: what no honest client would send."""

import random
from collections.abc import Iterable, Mapping, Sequence

ROOT = "entries"


def number(value: int) -> bytes:
    """A varuint."""
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def text(value: str) -> bytes:
    encoded = value.encode()
    return number(len(encoded)) + encoded


def update(
    sections: Iterable[tuple[int, int, Sequence[bytes]]] = (),
    deleted: Mapping[int, Sequence[tuple[int, int]]] | None = None,
) -> bytes:
    """`sections`: client id, clock, structs; `deleted`: client id to ranges of clock and length."""
    parts = [
        number(len(structs)) + number(client) + number(clock) + b"".join(structs) for client, clock, structs in sections
    ]
    ranges = [
        number(client) + number(len(each)) + b"".join(number(clock) + number(length) for clock, length in each)
        for client, each in (deleted or {}).items()
    ]
    return number(len(parts)) + b"".join(parts) + number(len(ranges)) + b"".join(ranges)


STRING = b"\x01\x77" + text("x")
NULL = b"\x01\x7e"


def collected(length: int) -> bytes:
    return b"\x00" + number(length)


def skipped(length: int) -> bytes:
    return b"\x0a" + number(length)


def at_root(key: str, content: int = 7, body: bytes = b"\x01", *, root: str = ROOT) -> bytes:
    """An item under a key of the root; by default a nested map."""
    return bytes([0x20 | content]) + b"\x01" + text(root) + text(key) + body


def in_map(client: int, clock: int, key: str, content: int = 8, body: bytes = STRING) -> bytes:
    """An item under a key of the map that operation (client, clock) made."""
    return bytes([0x20 | content]) + b"\x00" + number(client) + number(clock) + text(key) + body


def within(client: int, clock: int, content: int = 8, body: bytes = STRING, key: str = "") -> bytes:
    """An item that stands first in, or under a key of, the shared value that operation (client, clock) made."""
    head = bytes([(0x20 if key else 0) | content]) + b"\x00" + number(client) + number(clock)
    return head + (text(key) if key else b"") + body


def before(client: int, clock: int, content: int = 8, body: bytes = STRING) -> bytes:
    """An item that stands first in a sequence, before (client, clock)."""
    return bytes([0x40 | content]) + number(client) + number(clock) + body


def after(client: int, clock: int, content: int = 8, body: bytes = STRING) -> bytes:
    """An item that takes the place of (client, clock)."""
    return bytes([0x80 | content]) + number(client) + number(clock) + body


def whole_entry(client: int, clock: int, name: str, *, root: str = ROOT) -> list[bytes]:
    """A well-formed entry in five operations from `clock` on."""
    values = {"track": text("t1"), "added_by": text("p1"), "order": text("V1")}
    fields = [in_map(client, clock, field, body=b"\x01\x77" + value) for field, value in values.items()]
    return [at_root(name, root=root), *fields, in_map(client, clock, "added_at", body=b"\x01\x7d\x05")]


def damaged(chance: random.Random, seeds: Sequence[bytes]) -> bytes:
    """One of `seeds` with one to six bytes changed, cut out, or put in from another."""
    content = bytearray(chance.choice(seeds))
    for _ in range(chance.choice([1, 1, 2, 3, 6])):
        at = chance.randrange(len(content) + 1)
        match chance.randrange(4):
            case 0 | 1:
                content[at : at + 1] = bytes([chance.choice([chance.randrange(256), 0, 1, 7, 0x27, 0x28, 0xA8, 0x21])])
            case 2:
                del content[at : at + chance.randint(1, 3)]
            case _:
                other = chance.choice(seeds)
                start = chance.randrange(len(other))
                content[at:at] = other[start : start + chance.randint(1, 20)]
    return bytes(content)


class RandomUpdates:
    """Well-formed updates without sense: random parents, predecessors, repetitions and deletions."""

    def __init__(self, seed: int, client_ids: Sequence[int], root: str = ROOT) -> None:
        self._random = random.Random(seed)
        self._ids = client_ids
        self._root = root

    def next(self, clocks: Mapping[int, int]) -> bytes:
        """An update for a document that knows `clocks`."""
        ends = dict(clocks)
        sections = []
        for client in self._random.sample(self._ids, self._random.choice([1, 1, 1, 2])):
            start = max(0, clocks.get(client, 0) - self._random.choice([0, 0, 0, 0, 1, 3]))
            structs, end = self._structs(clocks, client, start)
            sections.append((client, start, structs))
            ends[client] = max(ends.get(client, 0), end)
        known = [client for client, end in ends.items() if end]
        return update(sections, {client: self._ranges(ends[client]) for client in self._some(known)})

    def _structs(self, clocks: Mapping[int, int], client: int, clock: int) -> tuple[list[bytes], int]:
        structs: list[bytes] = []
        for _ in range(self._random.randint(1, 5)):
            made, length = self._struct(clocks, client, clock)
            structs += made
            clock += length
        return structs, clock

    def _struct(self, clocks: Mapping[int, int], client: int, clock: int) -> tuple[list[bytes], int]:
        length = self._random.randint(1, 3)
        key = self._random.choice(["order", "order", "order", "track", "junk"])
        value = b"\x01" + self._random.choice(
            [b"\x77" + text("V1"), b"\x77" + text("A1"), b"\x7d\x05", b"\x7e", b"\x7f"]
        )
        match self._random.randrange(12):
            case 0:
                return [collected(length)], length
            case 1:
                return [skipped(length)], length
            case 2:
                return [in_map(*self._id(clocks, client, clock), key, 1, number(length))], length
            case 3:
                return [after(*self._id(clocks, client, clock), 1, number(length))], length
            case 4 | 5:
                return [after(*self._id(clocks, client, clock), body=value)], 1
            case 6:
                return [at_root(self._name(), 1, b"\x01", root=self._root)], 1
            case 7 | 8 | 9:
                return whole_entry(client, clock, self._name(), root=self._root), 5
            case _:
                return [in_map(*self._id(clocks, client, clock), key, body=value)], 1

    def _id(self, clocks: Mapping[int, int], client: int, clock: int) -> tuple[int, int]:
        other = self._random.choice([*clocks, *self._ids])
        return other, self._random.randrange(max(1, clock if other == client else clocks.get(other, 0)))

    def _name(self) -> str:
        return self._random.choice([f"n{self._random.randrange(50)}", f"e{self._random.randrange(6)}"])

    def _some(self, clients: Sequence[int]) -> set[int]:
        return set(self._random.choices(clients, k=self._random.choice([0, 0, 1, 2])))

    def _ranges(self, end: int) -> list[tuple[int, int]]:
        starts = [self._random.randrange(end) for _ in range(self._random.randint(1, 3))]
        return [(start, self._random.randint(1, min(4, end - start))) for start in starts]
