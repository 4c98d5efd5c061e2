"""Every two listeners of a recording against each other, over time.

Each pair is compared by itself, not by way of a third: while one listener is silent, the others still have a distance.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import Final

from loadtests.insync.offsets import STEP_SECONDS, WINDOW_SECONDS, Offset, offsets_between
from loadtests.insync.pulse import RATE
from loadtests.insync.recording import Recording

# Windows of two pairs belong together; their middles are the same up to rounding.
_DECIMALS: Final = 4


@dataclass(frozen=True, slots=True)
class Pair:
    """Two listeners.

    Attributes:
        first: Card of the one; `second`: card of the other, the larger number.
        offsets: By how much the second is later, in every window where that can be told.
    """

    first: int
    second: int
    offsets: list[Offset]

    @property
    def milliseconds(self) -> list[float]:
        """The offsets alone."""
        return [each.milliseconds for each in self.offsets]


def pairs_of(
    recording: Recording,
    clients: int,
    start: int,
    end: int,
    *,
    window: float = WINDOW_SECONDS,
    step: float = STEP_SECONDS,
) -> list[Pair]:
    """Compare all listeners between two frames, `window` seconds at a time, every `step` seconds."""
    signals = [recording.client(client, start, end) for client in range(clients)]
    return [
        Pair(first, second, offsets_between(signals[first], signals[second], window=window, step=step))
        for first, second in combinations(range(clients), 2)
    ]


def spread_of(pairs: list[Pair]) -> list[Offset]:
    """How far the earliest and the latest listener are apart (not negative), in windows in which every pair has a distance."""
    if not pairs:
        return []
    by_time = [{round(each.at, _DECIMALS): each for each in pair.offsets} for pair in pairs]
    return [
        Offset(
            at,
            max(abs(windows[at].milliseconds) for windows in by_time),
            min(windows[at].likeness for windows in by_time),
        )
        for at in sorted(set.intersection(*(set(windows) for windows in by_time)))
    ]


def among(pairs: list[Pair], left_out: int) -> list[Pair]:
    """The pairs without one of the listeners."""
    return [pair for pair in pairs if left_out not in (pair.first, pair.second)]


def windows_within(start: int, end: int, *, window: float = WINDOW_SECONDS, step: float = STEP_SECONDS) -> int:
    """How many windows fit between two frames."""
    return max(0, int(((end - start) / RATE - window) / step) + 1)
