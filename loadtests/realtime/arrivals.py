"""When values reached those who were watched: latencies of deliveries, found afterwards in the bytes that were kept.

A delivery is one (update, other client) pair. It is satisfied by that value or a newer one of the same writer: who sets a
key a hundred times a second does not owe anybody the values in between.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loadtests.realtime.client import Client
from loadtests.realtime.crowd import Sending
from loadtests.realtime.writers import STAMP_SIZE, Writer

Numbers = NDArray[np.int64]
Instants = NDArray[np.float64]

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
        missing: How many were not.
        values_seen: Share of the values that came as themselves, 0..1; the others were overtaken by newer ones.
    """

    seconds: Instants
    arrivals: Instants
    missing: int
    values_seen: float


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


def latencies(watched: Sequence[Client], writers: Sequence[Writer], sending: Sending) -> Latencies:
    """Judge one run by what the `watched` clients kept of it."""
    seconds, arrivals = [np.empty(0)], [np.empty(0)]
    missing = sent = values = 0
    for client in watched:
        seen = seen_in(client.chunks, client.instants)
        for index, writer in enumerate(writers):
            if not writer.bursts:
                continue
            numbers = np.concatenate([np.arange(each.first, each.end) for each in writer.bursts])
            slots = np.concatenate(
                [np.arange(each.slots, each.slots + each.end - each.first) for each in writer.bursts]
            )
            mine = (seen.writers == writer.number) & (seen.numbers >= numbers[0]) & (seen.numbers <= numbers[-1])
            newest = np.maximum.accumulate(seen.numbers[mine])
            at = np.searchsorted(newest, numbers)
            there = at < len(newest)
            came = seen.instants[mine][at[there]]
            arrivals.append(came)
            seconds.append(came - sending.due(index, slots[there]))
            missing += int(np.count_nonzero(~there))
            sent += len(numbers)
            values += len(np.unique(newest))
    return Latencies(np.concatenate(seconds), np.concatenate(arrivals), missing, values / sent if sent else 0.0)


def percentile(values: Instants, percent: float) -> float:
    """The smallest value that `percent` of all do not exceed (nearest rank); NaN of nothing."""
    if len(values) == 0:
        return float("nan")
    ranked = np.sort(values)
    return float(ranked[max(0, int(np.ceil(percent / 100 * len(ranked))) - 1)])


def _number(stream: NDArray[np.uint8], begins: Numbers, digits: int) -> tuple[Numbers, NDArray[np.bool_]]:
    """The decimal numbers at these places, and at which of them only digits stand."""
    value = np.zeros(len(begins), np.int64)
    valid = np.ones(len(begins), np.bool_)
    for place in range(digits):
        digit = stream[begins + place].astype(np.int64) - _ZERO
        valid &= (digit >= 0) & (digit <= 9)
        value = value * 10 + digit
    return value, valid
