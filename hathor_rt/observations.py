"""What a running server counts of itself, without knowing who will ask: plain numbers, read when somebody does.

Whoever does something worth knowing holds this record (or one number of it) and adds to it: an integer addition or one
bisection, no locks, because all of it happens in the trio thread. Things that are there anyway (how many rooms are open) are
not counted but looked at: whoever has them registers a `Gauge`. Making a page of it is for `web/http/metrics.py`.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

# Work of tens of microseconds up to writes that hang: each bound about twice the one before.
_BOUNDS: Final = (
    0.00002, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0,
)  # fmt: skip


class Distribution:
    """How long something took, as counts between bounds.

    Attributes:
        bounds: Upper bounds in seconds, inclusive, ascending; what took longer is counted behind the last.
        counts: How often, one more than there are bounds.
        total: Sum in seconds.
    """

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...] = _BOUNDS) -> None:
        self.bounds: Final = bounds
        self.counts: Final = [0] * (len(bounds) + 1)
        self.total = 0.0

    def note(self, seconds: float) -> None:
        """Count one that took `seconds`. Costs about 0.3 us."""
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.total += seconds

    @property
    def count(self) -> int:
        """How many were noted."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Gauge:
    """Something to look at when asked.

    Attributes:
        name: Without prefix, in snake case, with its unit if it has one.
        meaning: One sentence for the page.
        label: What the values are told apart by; empty: there is one value.
        read: The values by their label (one, by the empty text). May refuse: then it is left out.
    """

    name: str
    meaning: str
    label: str
    read: Callable[[], Awaitable[Mapping[str, float]]]


@dataclass(slots=True)
class Observations:
    """Everything counted since the process began.

    Attributes:
        deliveries: Broadcast frames that a reader's socket took.
        declined: Broadcast frames that a reader who was behind did not take; it gets one difference later.
        segments: Segments sent (or parts of them, or their heads), by where they were: in `memory` or on `disk`.
        segment_bytes: Bytes of sound in them, by quality ("opus-160", "flac").
        refusals: Answers that were a refusal, by its code; over HTTP, the realtime socket and to Yjs clients.
        endings: Connections of the realtime socket and of Yjs clients that the server ended, by code. Who was refused at the
            door was never in and is not among them; a Yjs client whose update is refused is: its protocol knows no other way.
        accept: From taking an update out of the inbox of a room or a standalone document until it is accepted or refused:
            guard, shadow, right.
        commit: One group commit: from handing it to the disk's thread until it is durable.
        committed: Writes in those commits.
        loop_lag: How much later than asked for the event loop came back to a sleeper.
        gauges: What is looked at, in the order of the page.
    """

    deliveries: int = 0
    declined: int = 0
    segments: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    endings: Counter[str] = field(default_factory=Counter)
    accept: Distribution = field(default_factory=Distribution)
    commit: Distribution = field(default_factory=Distribution)
    committed: int = 0
    segment_bytes: Counter[str] = field(default_factory=Counter)
    loop_lag: Distribution = field(default_factory=Distribution)
    gauges: list[Gauge] = field(default_factory=list)

    def look_at(self, name: str, meaning: str, read: Callable[[], float]) -> None:
        """Register a single value that is at hand."""

        async def look() -> Mapping[str, float]:
            return {"": read()}

        self.gauges.append(Gauge(name, meaning, "", look))
