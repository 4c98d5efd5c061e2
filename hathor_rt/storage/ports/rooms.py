"""Rooms as kept, apart from their documents: settings, members, invites, leases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from hathor_rt.ids import PrincipalId, RoomId
from sync.units import Micros


@dataclass(frozen=True, slots=True)
class RoomRecord:
    """A room as kept: what is not in its documents."""

    room: RoomId
    name: str
    owner: PrincipalId
    created_utc: Micros
    is_private: bool
    """A personal session: only the owner's devices enter."""
    is_listed: bool
    """Anyone who may see the instance may enter without an invite (the demo room)."""
    guests_control: bool
    """Guests may play, pause, seek and skip."""
    guests_edit: bool
    """Guests may move and remove entries that others added."""


@dataclass(frozen=True, slots=True)
class RoomChanges:
    """What is to be another way in a room; None: stays as it is."""

    name: str | None = None
    guests_control: bool | None = None
    guests_edit: bool | None = None

    def given(self) -> dict[str, str | bool]:
        """The new values by their names in `RoomRecord`."""
        wanted = {"name": self.name, "guests_control": self.guests_control, "guests_edit": self.guests_edit}
        return {name: value for name, value in wanted.items() if value is not None}

    def applied_to(self, record: RoomRecord) -> RoomRecord:
        """The record as it is then."""
        return replace(
            record,
            name=record.name if self.name is None else self.name,
            guests_control=record.guests_control if self.guests_control is None else self.guests_control,
            guests_edit=record.guests_edit if self.guests_edit is None else self.guests_edit,
        )


@dataclass(frozen=True, slots=True)
class Invite:
    """A capability link of a room. `token` is unguessable."""

    token: str
    room: RoomId
    role: str
    expires_utc: Micros | None
    is_revoked: bool


@dataclass(frozen=True, slots=True)
class Membership:
    """A principal's lasting relation to a room."""

    room: RoomId
    principal: PrincipalId
    role: str
    is_kicked: bool
    last_seen_utc: Micros


@dataclass(frozen=True, slots=True)
class Lease:
    """Ownership of a room by a node. `term` grows with each change of owner: the fencing token."""

    term: int
    renewed_utc: Micros
    """When the *former* lease was last renewed (0: never owned): tells how long the room stood without an owner."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Somebody at the door of a room: all that is kept of the two, None where there is nothing."""

    record: RoomRecord | None
    member: Membership | None
    invite: Invite | None
    """What the shown token belongs to, be it of this room or not."""


class RoomStore(Protocol):
    """Rooms, members, invites, leases."""

    async def create(self, record: RoomRecord, invite: Invite) -> None:
        """Keep a new room with its first invite. Raises `Conflict` if the id or the token is taken."""
        ...

    async def get(self, room: RoomId) -> RoomRecord | None: ...
    async def change(self, room: RoomId, changes: RoomChanges) -> RoomRecord:
        """Change what is said and nothing else, as one unit: of changes made at once none is lost.

        Returns:
            The room as it is then.

        Raises:
            UnknownRoom: There is none.
        """
        ...

    async def of_principal(self, principal: PrincipalId) -> Sequence[RoomRecord]:
        """Rooms owned by or entered as a member, most recently seen first; and all listed rooms after them.

        A room never entered counts as seen when it was created. A kicked member has not entered. Listed rooms come
        oldest first, and none comes twice.
        """
        ...

    async def standing(self, room: RoomId, principal: PrincipalId, token: str) -> Standing:
        """What `get`, `member` and `invite` tell, as of one moment; an empty principal or token is nobody's."""
        ...

    async def member(self, room: RoomId, principal: PrincipalId) -> Membership | None: ...
    async def members(self, room: RoomId) -> Sequence[Membership]:
        """Everyone who ever entered, most recently seen first (kicked ones too)."""
        ...

    async def save_member(self, membership: Membership) -> None:
        """Insert or replace. Raises `Conflict` if there is no such room."""
        ...

    async def invite(self, token: str) -> Invite | None: ...
    async def invites(self, room: RoomId) -> Sequence[Invite]:
        """All invites of the room in the order they were made, revoked ones too."""
        ...

    async def replace_invites(self, room: RoomId, invite: Invite) -> None:
        """Revoke every invite of the room and add this one, as one unit.

        Raises:
            Conflict: There is no such room, the token is taken, or the invite is for another room.
        """
        ...

    async def acquire(self, room: RoomId, node: str, now_utc: Micros) -> Lease:
        """Take the room over with a higher term than ever before."""
        ...

    async def renew_many(self, terms: Mapping[RoomId, int], node: str, now_utc: Micros) -> frozenset[RoomId]:
        """Say that the owners live that `node` is under these terms.

        Returns:
            Those whose lease is another's; all others are renewed.
        """
        ...
