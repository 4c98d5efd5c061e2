"""What plays and since when: the record that the conductor writes and every listener follows.

The record is the whole truth: late join, reconnect, seek, pause and rate change are all "read the record, extrapolate".
In the `playback` document it stands as one plain value under ``playback["transport"]`` with these field names.
"""

from dataclasses import dataclass
from typing import Literal

from sync.timeline.anchor import Anchor
from sync.units import Micros, SampleCount


@dataclass(frozen=True, slots=True)
class Cue:
    """A queue entry as the transport needs it, so that nothing has to be looked up in time-critical moments.

    `order` is the entry's order key when it was taken: if the entry is removed while it plays, what follows is the first
    entry beyond this key. `frames` is the exact length, 0 while it is not known yet.
    """

    entry: str
    track: str
    order: str
    frames: SampleCount


@dataclass(frozen=True, slots=True)
class Transport:
    """The record.

    Attributes:
        clock_epoch: Timebase on which all instants below lie.
        owner_term: Term of the owner that wrote it; clients follow the highest (owner_term, revision).
        revision: Counts records of the room, across owners.
        status: "empty" (nothing to play), "paused" or "playing".
        current: What plays or is paused; None only when empty.
        next: What follows; may still change until `settled`, None at the end of the queue.
        is_settled: `next` is final: set 10 s before the boundary.
        boundary_at: Instant at which `current` ends and `next` begins; None unless playing with known length.
        anchor: The line of `current`. While paused its rate is 0. It may lie in the future: a start everybody waits for.
    """

    clock_epoch: str
    owner_term: int
    revision: int
    status: Literal["empty", "paused", "playing"]
    current: Cue | None
    next: Cue | None
    is_settled: bool
    boundary_at: Micros | None
    anchor: Anchor
