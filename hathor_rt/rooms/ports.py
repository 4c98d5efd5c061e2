"""What a room needs of its surroundings, and what the gateway gets to hold of a room."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from hathor_rt.documents.ports import DocumentSeat
from hathor_rt.documents.ports import Outlet as Outlet
from hathor_rt.documents.ports import SharedPayload as SharedPayload
from hathor_rt.documents.ports import Visitor as Visitor
from hathor_rt.ids import DocumentName, PrincipalId, RoomId, TrackId
from hathor_rt.storage.ports import Invite, RoomChanges, RoomRecord
from sync.timeline.vibe import PLAIN, Vibe
from sync.units import Micros, SampleCount
from sync.wire.frames import Close, Command, Open, Report, Update

RoomFrame = Open | Close | Update | Command | Report
"""Frames that a room handles itself."""


class Seat(Protocol):
    """One connection's place in one room."""

    @property
    def room(self) -> RoomId: ...

    async def deliver(self, frame: RoomFrame) -> None:
        """Put a frame into the room's bounded inbox; waiting here is the back-pressure on the sender."""
        ...

    async def set_sound(self, *, sound: bool) -> None:
        """Begin or cease to be a listener."""
        ...

    def readable(self) -> None:
        """The outlet refused a push earlier and can take frames again."""
        ...

    async def leave(self) -> None:
        """Give the seat up. Idempotent."""
        ...


MOST_NAMES: Final = 8
"""A door names the first few; the others are counted."""


@dataclass(frozen=True, slots=True)
class RoomCard:
    """What someone who may enter may know of a room before entering.

    `listeners` and `participants` count connections. `people`: names of those inside, each person once, at most
    `MOST_NAMES` of them, who came first first.
    """

    record: RoomRecord
    listeners: int
    participants: int
    track: TrackId | None
    is_playing: bool
    people: tuple[str, ...] = ()


class Rooms(Protocol):
    """The rooms service, as web and the command line use it."""

    async def create(
        self, owner: PrincipalId, name: str, *, is_private: bool = False, is_listed: bool = False
    ) -> tuple[RoomRecord, Invite]:
        """A new room with its first invite. Raises `BadName`."""
        ...

    async def session(self, owner: PrincipalId) -> RoomRecord:
        """The owner's personal session (a private room), made on first use."""
        ...

    async def card(self, room: RoomId, asker: PrincipalId | None, invite: str) -> RoomCard:
        """Raises `UnknownRoom`, `InviteRequired`, `InviteExpired`, `Kicked`."""
        ...

    async def mine(self, principal: PrincipalId) -> Sequence[RoomRecord]: ...

    async def enter(self, room: RoomId, visitor: Visitor, outlet: Outlet, *, invite: str, sound: bool) -> Seat:
        """Take a seat; the room answers `Entered` and `People` through the outlet. Raises what `card` raises, `RoomFull`."""
        ...

    async def follow(self, document: DocumentName, visitor: Visitor, outlet: Outlet, role: str) -> DocumentSeat:
        """Sit down at one document of a room without taking part in it: its owner decides, nobody is shown.

        Raises:
            UnknownDocument: There is no such room, or it has no such document.
            RoomFull, StorageDown, Overloaded: As for `enter`.
        """
        ...

    async def invite(self, room: RoomId, asker: PrincipalId) -> Invite:
        """The current link. Raises `NotAllowed`."""
        ...

    async def renew_invite(self, room: RoomId, asker: PrincipalId) -> Invite:
        """Replace the link; the old one stops working. Raises `NotAllowed`."""
        ...

    async def kick(self, room: RoomId, asker: PrincipalId, principal: PrincipalId) -> None:
        """Ask someone to leave and keep them out. Raises `NotAllowed`."""
        ...

    async def change(self, room: RoomId, changes: RoomChanges, asker: PrincipalId) -> RoomRecord:
        """New name or settings; the room as it is then. Raises `NotAllowed`, `BadName`."""
        ...

    async def rename_principal(self, principal: PrincipalId, name: str) -> None:
        """Someone goes by another name: the rooms they sit in show it."""
        ...

    async def add_tracks(self, room: RoomId, principal: PrincipalId, tracks: Sequence[TrackId]) -> None:
        """Append tracks to the queue (command line, playlists). Raises `UnknownTrack`, `NotAllowed`."""
        ...

    def plays_so(self, room: RoomId, vibe: Vibe) -> bool:
        """Whether this is how the room sounds, now or as soon as its record says: then all who listen need it."""
        ...

    async def may_hear(self, room: RoomId, principal: PrincipalId, track: TrackId) -> bool:
        """Whether this principal sits in the room and the track is in its queue (or the room is theirs)."""
        ...


class Recordings(Protocol):
    """What rooms ask of the library. Implemented by `hathor_rt.library`."""

    async def exists(self, tracks: Sequence[TrackId]) -> frozenset[TrackId]:
        """Which of these are in the library."""
        ...

    async def frames(self, track: TrackId) -> SampleCount:
        """Exact length; decodes the file if that was never done. Raises `UnknownTrack`, `TrackUnavailable`, `DamagedFile`."""
        ...

    async def warm(self, track: TrackId, position: Micros, vibe: Vibe = PLAIN) -> None:
        """Have the segments from `position` on made first, nearest first, bent by `vibe`. Returns at once.

        Raises:
            UnknownTrack, TrackUnavailable: There is nothing to make them of.
            StorageDown, StorageFull: They cannot be asked for now.
        """
        ...

    async def beats(self, track: TrackId) -> Sequence[Micros]:
        """Positions of the beats, ascending; none where there are none, or nobody listened yet (which is asked for).

        Raises:
            UnknownTrack, TrackUnavailable: There is nothing to listen to.
            StorageDown: They cannot be told now.
        """
        ...

    async def hold(self, room: RoomId, track: TrackId | None) -> None:
        """Keep what `room` plays from being evicted, until it plays something else (None: nothing)."""
        ...
