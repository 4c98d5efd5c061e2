"""What a room wants done. The core only says it; the owner task does it, after the tick's journal rows are committed."""

from dataclasses import dataclass, field

from hathor_rt.documents.effects import Publish, Record, Send
from hathor_rt.ids import ConnectionId, PrincipalId, TrackId
from sync.timeline.vibe import PLAIN, Vibe
from sync.units import Micros


@dataclass(frozen=True, slots=True)
class Unseat:
    """The connection has no seat here any more (its socket stays open)."""

    connection: ConnectionId


@dataclass(frozen=True, slots=True)
class Measure:
    """Find out the exact length of a track; answered by `Measured` or `Unplayable`."""

    track: TrackId


@dataclass(frozen=True, slots=True)
class Warm:
    """Have the track's segments from `position` on made, nearest first, as they sound in `vibe`."""

    track: TrackId
    position: Micros
    vibe: Vibe = PLAIN


@dataclass(frozen=True, slots=True)
class FindBeats:
    """Find out where the beats of a track fall; answered by `BeatsFound`."""

    track: TrackId


@dataclass(frozen=True, slots=True)
class Promote:
    """Keep a new role of a principal."""

    principal: PrincipalId
    role: str


@dataclass(frozen=True, slots=True)
class Reinstate:
    """The owner is here: nobody else is host any more, also those who stood in and are away now."""

    owner: PrincipalId


Effect = Send | Publish | Unseat | Measure | Warm | FindBeats | Promote | Reinstate


@dataclass(frozen=True, slots=True)
class Tick:
    """The outcome of handling a batch of events: first `records` are committed as one unit, then `effects` are done in order."""

    records: tuple[Record, ...]
    effects: tuple[Effect, ...]


@dataclass(slots=True)
class Draft:
    """A tick in the making, written by the core and its documents in the order in which things happen."""

    records: list[Record] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
