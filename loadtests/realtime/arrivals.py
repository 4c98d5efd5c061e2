"""When values reached those who were watched: latencies of deliveries, found afterwards in the bytes that were kept.

A delivery is one (update, other client) pair. It is satisfied by that value or a newer one of the same writer: who sets a
key a hundred times a second does not owe anybody the values in between.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loadtests.realtime.client import Client
from loadtests.realtime.writers import STAMP_SIZE, Burst, Writer

Numbers = NDArray[np.int64]
Instants = NDArray[np.float64]
Kept = tuple[Client, int]
"""A client and the index of its first chunk that counts."""

_ZERO = ord("0")


@dataclass(frozen=True, slots=True)
class Seen:
    """The stamped values in a stream, in order: whose, which, and when its last byte was read."""

    writers: Numbers
    numbers: Numbers
    instants: Instants


@dataclass(frozen=True, slots=True)
class Latencies:
    """Of the watched deliveries.

    Attributes:
        seconds: Of those that were satisfied.
        arrivals: When those were, `time.perf_counter`.
        handed: When their values were handed to the socket.
        missing: When the values of those that were not satisfied were handed to the socket.
        watched: How many there were at all.
        values_seen: Share of the values that came as themselves, 0..1; the others were overtaken by newer ones.
    """

    seconds: Instants
    arrivals: Instants
    handed: Instants
    missing: Instants
    watched: int
    values_seen: float

    def last_late(self, longest: float) -> float:
        """When the last value was handed over that reached somebody later than `longest` seconds, or never; or minus infinity."""
        late = np.concatenate([self.handed[self.seconds > longest], self.missing])
        return float(late.max()) if len(late) else float("-inf")


def seen_in(chunks: Sequence[bytes], instants: Sequence[float]) -> Seen:
    """Find every stamp in a stream that came in `chunks`."""
    stream = np.frombuffer(b"".join(chunks), np.uint8)
    if len(stream) < STAMP_SIZE:
        return Seen(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    last = len(stream) - STAMP_SIZE + 1
    begins = np.flatnonzero((stream[:last] == ord("~")) & (stream[4 : last + 4] == ord(".")))
    begins = begins[stream[begins + STAMP_SIZE - 1] == ord("~")]
    writers, valid = _number(stream, begins + 1, 3)
    numbers, also_valid = _number(stream, begins + 5, 9)
    good = valid & also_valid
    ends = np.cumsum([len(chunk) for chunk in chunks])
    read = np.asarray(instants)[np.searchsorted(ends, begins[good] + STAMP_SIZE)]
    return Seen(writers[good], numbers[good], read)


def latencies(kept: Iterable[Kept], bursts: Mapping[Writer, Sequence[Burst]]) -> Latencies:
    """Judge what was sent by what some clients kept; counted from handing a value to the socket.

    A writer that is watched owes itself nothing.
    """
    parts: list[tuple[Instants, Instants, Instants]] = []
    values = 0
    sent = {writer: _handed(of) for writer, of in bursts.items() if of}
    for client, since in kept:
        seen = seen_in(client.chunks[since:], client.instants[since:])
        for writer, (numbers, handed) in sent.items():
            if writer.client is client:
                continue
            mine = (seen.writers == writer.number) & (seen.numbers >= numbers[0]) & (seen.numbers <= numbers[-1])
            newest = np.maximum.accumulate(seen.numbers[mine])
            at = np.searchsorted(newest, numbers)
            there = at < len(newest)
            parts.append((seen.instants[mine][at[there]], handed[there], handed[~there]))
            values += len(np.unique(newest))
    arrivals, handed, missing = (
        (np.concatenate(part) for part in zip(*parts, strict=True)) if parts else [np.empty(0)] * 3
    )
    watched = len(arrivals) + len(missing)
    return Latencies(arrivals - handed, arrivals, handed, missing, watched, values / watched if watched else 0.0)


def percentile(values: Instants, percent: float) -> float:
    """The smallest value that `percent` of all do not exceed (nearest rank); NaN of nothing."""
    if len(values) == 0:
        return float("nan")
    ranked = np.sort(values)
    return float(ranked[max(0, int(np.ceil(percent / 100 * len(ranked))) - 1)])


def unseen(looks: Sequence[float], percent: float) -> float:
    """How long what comes at any time lies there until somebody looks, seconds: `percent` of it no longer than this.

    Args:
        looks: Seconds between one look and the next.
        percent: Below 100.
    """
    gaps = np.sort(np.asarray(looks, np.float64))
    if not len(gaps) or gaps[-1] <= 0:
        return 0.0
    allowed = gaps.sum() * (1 - percent / 100)
    # For longer than x lies what came in a longer gap before its last x: together the sum of all max(gap - x, 0), which is the
    # largest of (sum of the k longest) - kx over all k. So x is found for each k.
    longest = np.cumsum(gaps[::-1])
    return float(max(0.0, ((longest - allowed) / np.arange(1, len(gaps) + 1)).max()))


def _handed(bursts: Sequence[Burst]) -> tuple[Numbers, Instants]:
    """Every number and when it was handed over."""
    numbers = np.concatenate([np.arange(each.first, each.end) for each in bursts])
    return numbers, np.repeat([each.at for each in bursts], [each.end - each.first for each in bursts])


def _number(stream: NDArray[np.uint8], begins: Numbers, digits: int) -> tuple[Numbers, NDArray[np.bool_]]:
    """The decimal numbers at these places, and at which of them only digits stand."""
    value = np.zeros(len(begins), np.int64)
    valid = np.ones(len(begins), np.bool_)
    for place in range(digits):
        digit = stream[begins + place].astype(np.int64) - _ZERO
        valid &= (digit >= 0) & (digit <= 9)
        value = value * 10 + digit
    return value, valid
