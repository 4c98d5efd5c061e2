"""What a room wants done. The core only says it; the owner task does it, after the tick's journal rows are committed."""

from dataclasses import dataclass, field

from hathor_rt.ids import ConnectionId, DeviceId, DocumentName, PrincipalId, TrackId
from sync.units import Micros
from sync.wire.frames import FromServer


@dataclass(frozen=True, slots=True)
class Send:
    """One frame to one connection."""

    connection: ConnectionId
    frame: FromServer


@dataclass(frozen=True, slots=True)
class Publish:
    """One frame to many connections, encoded once. A reader who is behind gets a diff of its documents later instead."""

    connections: tuple[ConnectionId, ...]
    frame: FromServer


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
    """Have the track's segments from `position` on made, nearest first."""

    track: TrackId
    position: Micros


@dataclass(frozen=True, slots=True)
class Promote:
    """Keep a new role of a principal."""

    principal: PrincipalId
    role: str


@dataclass(frozen=True, slots=True)
class Record:
    """One update to journal: what its author sent, and what the shadow saw it do."""

    document: DocumentName
    update: bytes
    principal: PrincipalId
    device: DeviceId
    actions: str


Effect = Send | Publish | Unseat | Measure | Warm | Promote


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
