"""The commonest updates, recognised as a whole: an entry added, one value set, some characters typed.

Reading an update struct by struct takes three to five times as long as one match of a pattern. What is recognised here is
exactly what `guard` and `free` would say of it; whatever is not, however slightly, is theirs to judge, and to refuse.

The patterns take lengths of one byte only, numbers of five bytes at most, and texts of printable ASCII. The bytes between
texts are none of these, so a text can only end where its length says, which is checked afterwards.
"""

import re
from collections.abc import Container, Mapping
from collections.abc import Set as AbstractSet
from functools import cache, lru_cache
from typing import Final

import msgspec

from sync.documents.limits import Limits
from sync.documents.nesting import FLAT, Nesting, Placed

Id = tuple[int, int]
"""An operation: client id and clock."""

# The engine counts clocks in 32 bits.
LARGEST_CLOCK: Final = 2**31 - 1


class Summary(msgspec.Struct, frozen=True):
    """What an update brings, beyond what is known.

    Attributes:
        ends: For each author with new operations: the clock after the last one.
        deletions: Number of ranges in the delete set (most of them old news in a reconnect diff).
        maps: Ids of the nested maps it brings, removed ones included: what may be a parent.
        keys: Keys of the root that it names.
        placed: Of a free-form document, instead of both: where its operations stand.
    """

    ends: Mapping[int, int]
    deletions: int
    maps: frozenset[Id]
    keys: frozenset[str]
    placed: Placed = FLAT

    @property
    def may_have_effect(self) -> bool:
        """False if it certainly changes nothing."""
        return bool(self.ends) or self.deletions > 0


_LONGEST_TEXT: Final = 127
_NONE: Final[frozenset[Id]] = frozenset()
_NO_KEYS: Final[frozenset[str]] = frozenset()

_NUMBER: Final = rb"[\x80-\xff]{0,4}[\x00-\x7f]"
_ID: Final = rb"(" + _NUMBER + rb")(" + _NUMBER + rb")"
_VALUE: Final = (
    rb"\x01(?:[\x78\x79\x7e\x7f]|\x7d[\x80-\xff]{0,7}[\x00-\x7f]|[\x7a\x7b].{8}|\x7c.{4}|\x77([\x00-\x7f])([ -~]*))"
)
_DELETED: Final = rb"(?:\x00|\x01(" + _NUMBER + rb")\x01(" + _NUMBER + rb")([\x01-\x7f]))"

# One value: after another of its key, under a key of a nested value, or under a key of a root.
_SET: Final = re.compile(
    rb"\x01\x01" + _ID
    + rb"(?:\xa8" + _ID + rb"|\x28\x00" + _ID + rb"([\x00-\x1f])([ -~]*)|\x28\x01([\x00-\x1f])([ -~]*)([\x00-\x1f])([ -~]*))"
    + _VALUE + _DELETED,
    re.DOTALL,
)  # fmt: skip

# Characters between neighbours.
_TYPED: Final = re.compile(
    rb"\x01\x01" + _ID + rb"(?:\x84" + _ID + rb"|\xc4" + _ID + _ID + rb"|\x44" + _ID + rb")([\x01-\x7f])([\x00-\x7f]+)\x00",
    re.DOTALL,
)  # fmt: skip


@cache
def _added(root: str) -> re.Pattern[bytes]:
    """A nested map of four plain values under a key of this root."""
    name = root.encode()
    field = rb"\x28\x00\1\2([\x00-\x1f])([ -~]*)" + _VALUE
    begin = rb"\x01\x05" + _ID + rb"\x27\x01" + re.escape(bytes([len(name)]) + name) + rb"([\x00-\x7f])([ -~]*)\x01"
    return re.compile(begin + 4 * field + rb"\x00", re.DOTALL)


@lru_cache(maxsize=4096)
def _number(raw: bytes) -> int:
    value = 0
    for place, byte in enumerate(raw):
        value |= (byte & 0x7F) << 7 * place
    return value


def recognise(
    update: bytes,
    limits: Limits,
    client_ids: AbstractSet[int],
    *,
    root: str,
    clocks: Mapping[int, int],
    maps: AbstractSet[Id],
) -> Summary | None:
    """What a familiar update of a document with one root brings, None if it is no such.

    Args:
        update: Bytes from outside, of a permitted length.
        limits: See `guard.inspect`.
        client_ids: See there.
        root: See there.
        clocks: See there.
        maps: See there.
    """
    if limits.text_bytes < _LONGEST_TEXT or limits.run < _LONGEST_TEXT:
        return None
    # How many operations: one value, or a nested map and its four.
    if update[1:2] == b"\x05":
        return _recognise_entry(update, client_ids, root, clocks)
    match = _SET.fullmatch(update)
    return None if match is None else _recognise_value(match, client_ids, clocks, maps, None)


def recognise_free(
    update: bytes, limits: Limits, client_ids: AbstractSet[int], *, clocks: Mapping[int, int], nesting: Nesting
) -> Summary | None:
    """What a familiar update of a free-form document brings, None if it is no such.

    Args:
        update: Bytes from outside, of a permitted length.
        limits: See `guard.inspect`.
        client_ids: See there.
        clocks: See there.
        nesting: Where the known operations stand.
    """
    if limits.text_bytes < _LONGEST_TEXT or limits.run < _LONGEST_TEXT or update[1:2] == b"\x05":
        return None
    match = _SET.fullmatch(update)
    if match is not None:
        return _recognise_value(match, client_ids, clocks, nesting.shared, nesting)
    match = _TYPED.fullmatch(update)
    return None if match is None else _recognise_text(match, client_ids, clocks, nesting)


def _recognise_entry(
    update: bytes, client_ids: AbstractSet[int], root: str, clocks: Mapping[int, int]
) -> Summary | None:
    match = _added(root).fullmatch(update)
    if match is None:
        return None
    author, begin, length, key, *texts = match.groups()
    client, clock = _number(author), _number(begin)
    if client not in client_ids or clock != clocks.get(client, 0) or clock + 5 > LARGEST_CLOCK:
        return None
    if len(key) != length[0] or not _are_as_long(texts):
        return None
    return Summary({client: clock + 5}, 0, frozenset(((client, clock),)), frozenset((key.decode(),)))


def _recognise_value(
    match: re.Match[bytes],
    client_ids: AbstractSet[int],
    clocks: Mapping[int, int],
    maps: Container[Id],
    nesting: Nesting | None,
) -> Summary | None:
    (
        author, begin, left, left_at, parent, parent_at, field_length, field, root_length, root_name, key_length, key,
        value_length, value, deleted, deleted_at, deleted_length,
    ) = match.groups()  # fmt: skip
    client, clock = _number(author), _number(begin)
    if client not in client_ids or clock != clocks.get(client, 0) or clock >= LARGEST_CLOCK:
        return None
    if value_length is not None and len(value) != value_length[0]:
        return None
    placed = FLAT
    if left is not None:
        beside = (_number(left), _number(left_at))
        if beside[1] >= clocks.get(beside[0], 0):
            return None
        # Nothing takes the place of a nested map.
        if nesting is None:
            if beside in maps:
                return None
        elif nesting.is_deep:
            placed = nesting.run(client, clock, clock + 1, nesting.depth(*beside))
    elif parent is not None:
        within = (_number(parent), _number(parent_at))
        if within[1] >= clocks.get(within[0], 0) or within not in maps:
            return None
        if nesting is not None and nesting.shared[within] >= nesting.half:
            placed = nesting.run(client, clock, clock + 1, nesting.shared[within] + 1)
        if len(field) != field_length[0]:
            return None
    elif nesting is None or len(root_name) != root_length[0] or len(key) != key_length[0]:
        return None
    if deleted is None:
        return Summary({client: clock + 1}, 0, _NONE, _NO_KEYS, placed)
    whose = _number(deleted)
    known = clock + 1 if whose == client else clocks.get(whose, 0)
    if _number(deleted_at) + deleted_length[0] > known:
        return None
    return Summary({client: clock + 1}, 1, _NONE, _NO_KEYS, placed)


def _recognise_text(
    match: re.Match[bytes], client_ids: AbstractSet[int], clocks: Mapping[int, int], nesting: Nesting
) -> Summary | None:
    author, begin, *neighbours, length, text = match.groups()
    client, clock = _number(author), _number(begin)
    end = clock + length[0]
    if client not in client_ids or clock != clocks.get(client, 0) or end > LARGEST_CLOCK or len(text) != length[0]:
        return None
    depth = 1
    for whose, at in zip(neighbours[::2], neighbours[1::2], strict=True):
        if whose is None:
            continue
        beside = _number(whose), _number(at)
        if beside[1] >= clocks.get(beside[0], 0):
            return None
        if nesting.is_deep:
            depth = max(depth, nesting.depth(*beside))
    return Summary({client: end}, 0, _NONE, _NO_KEYS, nesting.run(client, clock, end, depth) if depth > 1 else FLAT)


def _are_as_long(texts: list[bytes | None]) -> bool:
    """Whether texts have the lengths before them; None: another kind of value stood there."""
    for length, text in zip(texts[::2], texts[1::2], strict=True):
        if length is not None and text is not None and len(text) != length[0]:
            return False
    return True
