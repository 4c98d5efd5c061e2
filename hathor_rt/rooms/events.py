"""What can happen to a room. The owner task turns everything outside into one of these."""

from dataclasses import dataclass

from hathor_rt.ids import ConnectionId, PrincipalId, TrackId
from hathor_rt.rooms.ports import Visitor
from hathor_rt.storage.ports import RoomRecord
from sync.units import Micros, SampleCount
from sync.wire.frames import Close, Command, Open, Report, Update


@dataclass(frozen=True, slots=True)
class Joined:
    """A visitor whose right to enter was checked takes a seat with `role`; `sound`: it is a listener."""

    visitor: Visitor
    role: str
    sound: bool


@dataclass(frozen=True, slots=True)
class Followed:
    """A visitor follows documents of the room with `role`, without taking part: nobody is told."""

    visitor: Visitor
    role: str


@dataclass(frozen=True, slots=True)
class SoundChanged:
    """A participant begins or ceases to be a listener."""

    connection: ConnectionId
    sound: bool


@dataclass(frozen=True, slots=True)
class Departed:
    """A connection is gone, by its own wish or by the network's."""

    connection: ConnectionId


@dataclass(frozen=True, slots=True)
class Opening:
    """An `Open` with what storage said about ids.

    `client_id` is the id to author under: the one the replica already had, or a fresh one. `client_ids` are all ids ever issued
    to the sender's principal and device in this document. A Yjs client, which brings its own ids, has 0 and none.
    """

    connection: ConnectionId
    frame: Open
    client_id: int
    client_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class Submitted:
    """Any other frame of a participant."""

    connection: ConnectionId
    frame: Close | Update | Command | Report


@dataclass(frozen=True, slots=True)
class Measured:
    """The exact length of a track is known."""

    track: TrackId
    frames: SampleCount


@dataclass(frozen=True, slots=True)
class BeatsFound:
    """Where the beats of a track fall, ascending; none if it has none or nobody knows."""

    track: TrackId
    beats: tuple[Micros, ...]


@dataclass(frozen=True, slots=True)
class Unplayable:
    """A track cannot be played: damaged or not there."""

    track: TrackId
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class TracksAppended:
    """Tracks known to exist are put at the end of the queue on behalf of `principal`; `entries` are their fresh entry ids."""

    principal: PrincipalId
    tracks: tuple[TrackId, ...]
    entries: tuple[str, ...]
    utc_at: int


@dataclass(frozen=True, slots=True)
class Reconfigured:
    """The room's record changed: rights and the name are read anew."""

    record: RoomRecord


@dataclass(frozen=True, slots=True)
class Expelled:
    """A principal was asked to leave; the membership already says so."""

    principal: PrincipalId
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Renamed:
    """A principal goes by another name now."""

    principal: PrincipalId
    name: str


Event = (
    Joined
    | Followed
    | SoundChanged
    | Departed
    | Opening
    | Submitted
    | Measured
    | BeatsFound
    | Unplayable
    | TracksAppended
    | Reconfigured
    | Expelled
    | Renamed
)
