"""What one job may take: time, and memory beyond what its process had before."""

from typing import Final, assert_never

from media.jobs import Measure, Segment, Separate, Work

_GIB: Final = 1024**3

# Twelve hours of sound are decoded and measured in some minutes, and a segment may have to decode all that lies before it.
_MOST_SECONDS: Final = 1800.0
# A full-size model takes half of real time a second on one core, and recordings of some hours are taken apart.
_MOST_SEPARATING_SECONDS: Final = 6 * 3600.0


def most_seconds(work: Work) -> float:
    """What takes longer than this will never end."""
    match work:
        case Measure() | Segment():
            return _MOST_SECONDS
        case Separate():
            return _MOST_SEPARATING_SECONDS
        case _:
            assert_never(work)


def most_bytes(work: Work) -> int:
    """Address space: generous, for a damaged header that asks for more is to be told from a long recording.

    Decoding and encoding need 0.3 GiB, compiling 0.5; a full-size model 1.6 GiB with all its libraries.
    """
    match work:
        case Measure() | Segment():
            return 2 * _GIB
        case Separate():
            return 7 * _GIB
        case _:
            assert_never(work)
