"""Long lists in portions that fit the limit on a statement's parameters."""

from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

T = TypeVar("T")

# SQLite takes 32 766 parameters, PostgreSQL 65 535; beyond some hundred a larger statement is no faster.
_PORTION: Final = 500


def portions(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """`items` in order, at most 500 at a time."""
    for start in range(0, len(items), _PORTION):
        yield items[start : start + _PORTION]
