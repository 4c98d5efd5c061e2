"""Plain values inside documents: JSON-like data without shared types.

The document engine stores every number as a float or a bigint, as JavaScript does, and hands whole numbers back as floats.
Here whole numbers are ints again, which is exact up to 2^53.
"""

from collections.abc import Mapping, Sequence
from typing import Final

Plain = None | bool | int | float | str | bytes | Sequence["Plain"] | Mapping[str, "Plain"]
"""A value that a document can hold as one unit."""

# Beyond this a JavaScript number is no longer exact, and the engine would store a BigInt that no client expects.
LARGEST_WHOLE: Final = 2**53 - 1


def with_whole_numbers(value: object) -> Plain:
    """`value` as read from a document, with integral floats turned into ints.

    Depth is bounded by `Limits.depth`, so plain recursion is safe.

    Raises:
        TypeError: `value` is no plain value (a shared type).
    """
    match value:
        case None | bool() | int() | str() | bytes():
            return value
        case float():
            return int(value) if value.is_integer() and abs(value) <= LARGEST_WHOLE else value
        case list() | tuple():
            return [with_whole_numbers(item) for item in value]
        case dict():
            return {str(key): with_whole_numbers(item) for key, item in value.items()}
        case _:
            raise TypeError(f"expected a plain value, found {type(value).__name__}")


def is_storable(value: Plain) -> bool:
    """Whether every number in `value` survives the way through a JavaScript client unchanged."""
    match value:
        case bool() | None | str() | bytes():
            return True
        case int():
            return abs(value) <= LARGEST_WHOLE
        case float():
            return value == value and abs(value) != float("inf")  # NaN is the one value unequal to itself
        case Mapping():
            return all(isinstance(key, str) and is_storable(item) for key, item in value.items())
        case _:
            return all(is_storable(item) for item in value)
