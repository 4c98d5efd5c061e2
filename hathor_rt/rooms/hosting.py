"""The rooms service: making rooms, letting people in, and what hosts decide outside the shared documents."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final

import trio

from hathor_rt.ids import DocumentName, PrincipalId, RoomId, TrackId, random_id
from hathor_rt.refusals import (
    BadName,
    InviteExpired,
    InviteRequired,
    Kicked,
    StorageDown,
    UnknownRoom,
    UnknownTrack,
)
from hathor_rt.rooms.directory import Directory
from hathor_rt.rooms.events import Expelled, Reconfigured, Renamed, TracksAppended
from hathor_rt.rooms.permissions import Action, require
from hathor_rt.rooms.ports import MOST_NAMES, Outlet, Recordings, RoomCard, Visitor
from hathor_rt.rooms.room import Room
from hathor_rt.rooms.seat import FollowingSeat, RoomSeat
from hathor_rt.storage.ports import Invite, Membership, RoomChanges, RoomRecord, RoomStore
from hathor_rt.timebase import Timebase
from sync.documents.kinds import parse_document_name
from sync.refusal import NotAllowed, UnknownDocument
from sync.timeline.vibe import Vibe
from sync.units import Micros

LONGEST_ROOM_NAME: Final = 80
ROOM_CODE_CHARACTERS: Final = 10
INVITE_CHARACTERS: Final = 20
# Dates of visits are shown to people and put rooms in order; a minute more or less says nothing.
SEEN_AGAIN_AFTER: Final = Micros(60_000_000)


@dataclass(frozen=True, slots=True, eq=False)
class _Entering:
    """Someone on the way in, whom a host may ask to leave before the seat is taken."""

    room: RoomId
    principal: PrincipalId
    over: trio.Event = field(default_factory=trio.Event)


class Hosting:
    """`Rooms` of a running server.

    Args:
        store: Rooms, members and invites.
        directory: Open rooms.
        recordings: The library as rooms see it.
        timebase: For dates.
        new_id: Source of identifiers; tests give a deterministic one.
    """

    def __init__(
        self,
        store: RoomStore,
        directory: Directory,
        recordings: Recordings,
        timebase: Timebase,
        new_id: Callable[[int], str] = random_id,
    ) -> None:
        self._store = store
        self._directory = directory
        self._recordings = recordings
        self._timebase = timebase
        self._new_id = new_id
        self._entering: set[_Entering] = set()
        # Rooms whose settings are being changed.
        self._changing: dict[RoomId, trio.Lock] = {}

    # ── making and finding ───────────────────────────────────────────────────────────────────────────────────────────

    async def create(
        self, owner: PrincipalId, name: str, *, is_private: bool = False, is_listed: bool = False
    ) -> tuple[RoomRecord, Invite]:
        """A new room with its first invite. In a listed room of the server itself everybody controls and edits.

        Raises:
            BadName: See `checked_name`.
        """
        now = self._utc()
        is_ours = not owner
        record = RoomRecord(
            room=RoomId(self._new_id(ROOM_CODE_CHARACTERS)),
            name=checked_name(name),
            owner=owner,
            created_utc=now,
            is_private=is_private,
            is_listed=is_listed,
            guests_control=is_ours,
            guests_edit=is_ours,
        )
        invite = self._fresh_invite(record.room)
        await self._store.create(record, invite)
        if owner:
            await self._store.save_member(Membership(record.room, owner, "host", False, now))
        return record, invite

    async def session(self, owner: PrincipalId) -> RoomRecord:
        """The owner's personal session, made on first use. Two devices that make it at once end in the same one."""
        own = await self._sessions(owner)
        if not own:
            await self.create(owner, "My music", is_private=True)
            own = await self._sessions(owner)
        return min(own, key=lambda record: (record.created_utc, record.room))

    async def _sessions(self, owner: PrincipalId) -> list[RoomRecord]:
        known = await self._store.of_principal(owner)
        return [record for record in known if record.is_private and record.owner == owner]

    async def mine(self, principal: PrincipalId) -> Sequence[RoomRecord]:
        """Rooms to offer: one's own and entered ones, then the listed ones."""
        return await self._store.of_principal(principal)

    async def card(self, room: RoomId, asker: PrincipalId | None, invite: str) -> RoomCard:
        """What one may know before entering; raises what `enter` would."""
        record = (await self._admitted(room, asker, invite))[0]
        opened = self._directory.find(room)
        if opened is None:
            return RoomCard(record, 0, 0, None, False)
        current, attendance = opened.core.transport.current, opened.core.attendance
        track = None if current is None else TrackId(current.track)
        is_playing = opened.core.transport.status == "playing"
        return RoomCard(record, attendance.listeners, len(attendance), track, is_playing, attendance.names[:MOST_NAMES])

    # ── entering ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def enter(self, room: RoomId, visitor: Visitor, outlet: Outlet, *, invite: str, sound: bool) -> RoomSeat:
        """Take a seat.

        Raises:
            UnknownRoom, InviteRequired, InviteExpired, Kicked: No right to be here.
            RoomFull: The room is at its capacity.
            StorageDown, Overloaded: The room cannot be opened now.
        """
        with self._on_the_way(room, visitor.principal):
            record, role, former = await self._admitted(room, visitor.principal, invite)
            seen = Membership(room, visitor.principal, role, False, self._utc())
            if record.owner and not _is_known(former, seen):
                await self._store.save_member(seen)

            def sit(opened: Room) -> Awaitable[RoomSeat]:
                return opened.seat(visitor, outlet, role, sound=sound)

            return await self._directory.in_open(room, sit)

    async def follow(self, document: DocumentName, visitor: Visitor, outlet: Outlet, role: str) -> FollowingSeat:
        """Sit down at one document of a room without taking part; `role` was established by whoever let the visitor in.

        Raises:
            UnknownDocument: There is no such room, or it has no such document.
            Kicked: A host asked the visitor to leave the room, which holds for its documents as well.
            RoomFull, StorageDown, Overloaded: As for `enter`.
        """
        kind, owner = parse_document_name(document)
        if not kind.belongs_to_room:
            raise UnknownDocument("no document of a room")
        room = RoomId(owner)
        with self._on_the_way(room, visitor.principal):
            _require_welcome(await self._store.member(room, visitor.principal))
            try:
                return await self._directory.in_open(
                    room, lambda opened: opened.follow(document, visitor, outlet, role)
                )
            except UnknownRoom:
                raise UnknownDocument("there is no such document") from None

    @contextmanager
    def _on_the_way(self, room: RoomId, principal: PrincipalId) -> Iterator[None]:
        """For the length of the block somebody is about to be let in, which a kick waits for."""
        entering = _Entering(room, principal)
        self._entering.add(entering)
        try:
            yield
        finally:
            self._entering.discard(entering)
            entering.over.set()

    async def _admitted(
        self, room: RoomId, asker: PrincipalId | None, token: str
    ) -> tuple[RoomRecord, str, Membership | None]:
        """The room, the role of `asker` in it, and what was kept of `asker` there. Raises as `enter`."""
        standing = await self._store.standing(room, asker or PrincipalId(""), token)
        record, member = standing.record, standing.member
        if record is None:
            raise UnknownRoom("there is no such room")
        _require_welcome(member)
        if asker and record.owner == asker:
            return record, "host", member
        if record.is_private:
            raise UnknownRoom("there is no such room")
        if member is not None:
            return record, member.role, member
        if token:
            return record, self._role_of(standing.invite, room), None
        if record.is_listed:
            return record, "guest", None
        raise InviteRequired("this room is entered by its link: ask someone inside for it")

    def _role_of(self, invite: Invite | None, room: RoomId) -> str:
        if invite is None or invite.room != room:
            raise InviteRequired("this link does not belong to the room: ask someone inside for a new one")
        is_over = invite.expires_utc is not None and invite.expires_utc <= self._utc()
        if invite.is_revoked or is_over:
            raise InviteExpired("this link has ended: ask someone inside for a new one")
        return invite.role

    # ── hosting ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def invite(self, room: RoomId, asker: PrincipalId) -> Invite:
        """The current link.

        Raises:
            NotAllowed: Only those who may invite see it.
        """
        await self._require(room, asker, "invite")
        living = [invite for invite in await self._store.invites(room) if not invite.is_revoked]
        if living:
            return living[-1]
        return await self.renew_invite(room, asker)

    async def renew_invite(self, room: RoomId, asker: PrincipalId) -> Invite:
        """Replace the link; the old one stops working at once. Members stay members."""
        await self._require(room, asker, "invite")
        invite = self._fresh_invite(room)
        await self._store.replace_invites(room, invite)
        return invite

    async def kick(self, room: RoomId, asker: PrincipalId, principal: PrincipalId) -> None:
        """Ask someone to leave and keep that principal out. The owner of a room cannot be asked to leave it."""
        record = await self._require(room, asker, "kick")
        if principal in (record.owner, asker):
            raise NotAllowed("nobody can ask the room's owner, or themselves, to leave")
        # Who was let in at the door just before may write over it: once these are through, it is said again. Some of
        # them are through before it is kept, others come only while it is being kept.
        on_the_way = self._on_their_way(room, principal)
        await self._keep_out(room, principal)
        on_the_way |= self._on_their_way(room, principal)
        await self._expel(room, principal)
        for entering in on_the_way:
            await entering.over.wait()
            await self._keep_out(room, principal)
            await self._expel(room, principal)

    def _on_their_way(self, room: RoomId, principal: PrincipalId) -> set[_Entering]:
        return {each for each in self._entering if (each.room, each.principal) == (room, principal)}

    async def _keep_out(self, room: RoomId, principal: PrincipalId) -> None:
        await self._store.save_member(Membership(room, principal, "guest", True, self._utc()))

    async def _expel(self, room: RoomId, principal: PrincipalId) -> None:
        await self._post(room, Expelled(principal, Kicked.code, "the host asked you to leave this room"))

    async def change(self, room: RoomId, changes: RoomChanges, asker: PrincipalId) -> RoomRecord:
        """New name or settings of a room; what is not said stays, also if somebody else changes it just now."""
        # One after the other, so that those inside are told in the order in which it was kept.
        turn = self._changing.setdefault(room, trio.Lock())
        try:
            async with turn:
                await self._require(room, asker, "configure")
                name = None if changes.name is None else checked_name(changes.name)
                changed = await self._store.change(room, replace(changes, name=name))
                await self._post(room, Reconfigured(changed))
                return changed
        finally:
            if not turn.locked():
                self._changing.pop(room, None)

    async def rename_principal(self, principal: PrincipalId, name: str) -> None:
        """Someone goes by another name: tell the open rooms they sit in."""
        for opened in self._directory.all_open():
            if opened.core.attendance.connections_of(principal):
                await self._post(opened.room, Renamed(principal, name))

    async def add_tracks(self, room: RoomId, principal: PrincipalId, tracks: Sequence[TrackId]) -> None:
        """Append tracks to the queue.

        Raises:
            UnknownTrack: At least one is not in the library; none was added.
            NotAllowed: The principal may not add here.
            UpdateTooLarge: The queue would have more entries than it may; none was added.
        """
        await self._require(room, principal, "add")
        missing = set(tracks) - await self._recordings.exists(tracks)
        if missing:
            raise UnknownTrack(f"not in the library: {', '.join(sorted(missing))}")
        entries = tuple(self._new_id(16) for _ in tracks)
        event = TracksAppended(principal, tuple(tracks), entries, self._utc())
        await self._directory.in_open(room, lambda opened: opened.post(event))

    async def may_hear(self, room: RoomId, principal: PrincipalId, track: TrackId) -> bool:
        """Whether this principal sits in the room and the room has the track."""
        opened = self._directory.find(room)
        if opened is None:
            return False
        return bool(opened.core.attendance.connections_of(principal)) and opened.core.holds(track)

    def plays_so(self, room: RoomId, vibe: Vibe) -> bool:
        """See `Rooms.plays_so`."""
        opened = self._directory.find(room)
        return opened is not None and opened.core.transport.vibe.sound == vibe.sound

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _require(self, room: RoomId, asker: PrincipalId, action: Action) -> RoomRecord:
        """The record, if `asker` may do `action`. The server itself (the empty principal) may do everything in its rooms.

        Raises:
            UnknownRoom: There is none, or it is someone else's personal session: both look the same.
            NotAllowed: The role of `asker` does not permit it.
        """
        record = await self._store.get(room)
        if record is None:
            raise UnknownRoom("there is no such room")
        if record.owner == asker:
            return record
        if record.is_private:
            raise UnknownRoom("there is no such room")
        require(await self._role(record, asker), record, action)
        return record

    async def _role(self, record: RoomRecord, asker: PrincipalId) -> str:
        """The role `asker` has or would enter with, without an invite; empty: none."""
        member = await self._store.member(record.room, asker)
        if member is None:
            # A listed room is open to everybody, and keeps no members if it is the server's own.
            return "guest" if record.is_listed else ""
        return "" if member.is_kicked else member.role

    async def _post(self, room: RoomId, event: Expelled | Reconfigured | Renamed) -> None:
        # One that is being opened may have read what is stored before it changed.
        opened = await self._directory.present(room)
        if opened is not None:
            try:
                await opened.post(event)
            except (trio.BrokenResourceError, trio.ClosedResourceError, StorageDown):
                return  # it closed meanwhile: the next opening reads what was stored

    def _fresh_invite(self, room: RoomId) -> Invite:
        return Invite(self._new_id(INVITE_CHARACTERS), room, "guest", None, False)

    def _utc(self) -> Micros:
        return self._timebase.stamp().utc_at


def _is_known(former: Membership | None, seen: Membership) -> bool:
    """Whether `former` tells of `seen` well enough: who comes back in a moment costs no write."""
    if former is None or (former.role, former.is_kicked) != (seen.role, seen.is_kicked):
        return False
    return 0 <= seen.last_seen_utc - former.last_seen_utc < SEEN_AGAIN_AFTER


def _require_welcome(member: Membership | None) -> None:
    if member is not None and member.is_kicked:
        raise Kicked("the host asked you to leave this room")


def checked_name(name: str) -> str:
    """A room's name, trimmed.

    Raises:
        BadName: Empty, longer than 80 characters, or with control characters.
    """
    trimmed = " ".join(name.split())
    if not trimmed or len(trimmed) > LONGEST_ROOM_NAME or not trimmed.isprintable():
        raise BadName(f"a room needs a name of 1 to {LONGEST_ROOM_NAME} printable characters")
    return trimmed
