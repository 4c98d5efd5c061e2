"""Order keys: where an entry stands, as text that sorts.

A key is a fraction between 0 and 1, written in base 62 (``0-9A-Za-z``, which is their ASCII order) without the leading
point and without trailing zeros; so between any two keys there is room for more. Keys compare as ASCII text, and equal keys
are ordered by entry id. Appending counts up the first five digits, so a queue that only grows at its ends never gets longer
keys (916 million places); keys grow by a fifth of a character for each insertion at one and the same spot.

Behind the digits that place it, a key carries a suffix made from the entry's id, so that two people who insert at the same
spot at the same time get different keys. The entries of one run share digits and suffix and differ in a counter behind it,
so concurrent runs stand one after the other instead of mixing.
"""

import re
from collections.abc import Sequence
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
"""Digits in ASCII order."""

# Longest key that is taken from anybody. Honest keys stay below 1 100 characters even if all 5 000 entries are inserted at
# one spot before the server can rebalance them.
LONGEST_KEY: Final = 1536

_BASE: Final = len(ALPHABET)
_KEY: Final = re.compile("[0-9A-Za-z]*[1-9A-Za-z]")
_VALUES: Final = {digit: value for value, digit in enumerate(ALPHABET)}
_HEAD: Final = 5
_HEADS: Final = _BASE**_HEAD
_SUFFIX: Final = 4


def is_key(text: str) -> bool:
    """Whether `text` is a well-formed order key."""
    return len(text) <= LONGEST_KEY and _KEY.fullmatch(text) is not None


def between(left: str | None, right: str | None, entry: str) -> str:
    """A key for `entry` after `left` and before `right` (None: no bound on that side).

    Args:
        left: A key, or None for the beginning.
        right: A key greater than `left`, or None for the end.
        entry: Entry id; base-62 characters.

    Raises:
        ValueError: `right` is not greater than `left`.
    """
    return run(left, right, [entry])[0]


def run(left: str | None, right: str | None, entries: Sequence[str]) -> list[str]:
    """Increasing keys for `entries`, all after `left` and before `right`; see `between`."""
    if left is not None and right is not None and left >= right:
        raise ValueError(f"no key lies between {left!r} and {right!r}")
    if not entries:
        return []
    start = _place(left, right) + _suffix(entries[0])
    if len(entries) == 1:
        return [start]
    width = 1
    while _BASE**width < 2 * len(entries):
        width += 1
    # Odd counters never end in zero, because the base is even.
    return [start + _digits(2 * index + 1, width) for index in range(len(entries))]


def _place(left: str | None, right: str | None) -> str:
    """Digits greater than `left` and less than `right`, and so whatever is appended to them."""
    if left is None and right is None:
        return _digits(_HEADS // 2, _HEAD)
    if right is None:
        assert left is not None
        head = _head(left) + 1
        return _digits(head, _HEAD) if head < _HEADS else _middle(left, None)
    if left is None:
        head = _head(right) - 1
        return _digits(head, _HEAD) if head >= 0 else _middle("", right)
    return _middle(left, right)


def _middle(left: str, right: str | None) -> str:
    """The shortest digits that lie between, near the middle of the first place where there is room."""
    digits: list[str] = []
    bound = right
    index = 0
    while True:
        low = _VALUES[left[index]] if index < len(left) else 0
        high = _BASE if bound is None else _VALUES[bound[index]] if index < len(bound) else 0
        if high - low >= 2:
            return "".join(digits) + ALPHABET[(low + high) // 2]
        digits.append(ALPHABET[low])
        if high > low:
            # From here on everything behind these digits is below `right`.
            bound = None
        index += 1


def _head(key: str) -> int:
    value = 0
    for digit in key[:_HEAD].ljust(_HEAD, "0"):
        value = value * _BASE + _VALUES[digit]
    return value


def _digits(value: int, width: int) -> str:
    digits: list[str] = []
    for _ in range(width):
        value, digit = divmod(value, _BASE)
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))


def _suffix(entry: str) -> str:
    suffix = entry[-_SUFFIX:]
    return suffix + "1" if suffix.endswith("0") else suffix
