"""Rooms, members, invites and leases in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import trio

from hathor_rt.ids import PrincipalId, RoomId
from hathor_rt.refusals import UnknownRoom
from hathor_rt.storage.memory.leases import MemoryLeases
from hathor_rt.storage.ports import Conflict, Invite, Lease, Membership, RoomChanges, RoomRecord, Standing
from sync.units import Micros


class MemoryRooms:
    """`RoomStore` without threads."""

    def __init__(self, leases: MemoryLeases) -> None:
        self._leases = leases
        self._rooms: dict[RoomId, RoomRecord] = {}
        self._invites: dict[str, Invite] = {}
        self._members: dict[tuple[RoomId, PrincipalId], Membership] = {}

    async def create(self, record: RoomRecord, invite: Invite) -> None:
        """See `RoomStore.create`."""
        await trio.lowlevel.checkpoint()
        if record.room in self._rooms:
            raise Conflict(f"room {record.room} exists")
        if invite.room != record.room:
            raise Conflict(f"the invite is for room {invite.room}, not {record.room}")
        self._check_token(invite)
        self._rooms[record.room] = record
        self._invites[invite.token] = invite

    def _check_token(self, invite: Invite) -> None:
        if invite.token in self._invites:
            raise Conflict("the token of the invite is taken")

    async def get(self, room: RoomId) -> RoomRecord | None:
        """See `RoomStore.get`."""
        await trio.lowlevel.checkpoint()
        return self._rooms.get(room)

    async def change(self, room: RoomId, changes: RoomChanges) -> RoomRecord:
        """See `RoomStore.change`."""
        await trio.lowlevel.checkpoint()
        if room not in self._rooms:
            raise UnknownRoom(f"there is no room {room}")
        self._rooms[room] = changes.applied_to(self._rooms[room])
        return self._rooms[room]

    async def of_principal(self, principal: PrincipalId) -> Sequence[RoomRecord]:
        """See `RoomStore.of_principal`."""
        await trio.lowlevel.checkpoint()
        seen: dict[RoomId, Micros] = {}
        for record in self._rooms.values():
            membership = self._members.get((record.room, principal))
            if membership is not None and not membership.is_kicked:
                seen[record.room] = membership.last_seen_utc
            elif record.owner == principal:
                seen[record.room] = record.created_utc
        own = sorted(seen, key=lambda room: (-seen[room], room))
        listed = [record for record in self._rooms.values() if record.is_listed and record.room not in seen]
        listed.sort(key=lambda record: (record.created_utc, record.room))
        return tuple(self._rooms[room] for room in own) + tuple(listed)

    async def standing(self, room: RoomId, principal: PrincipalId, token: str) -> Standing:
        """See `RoomStore.standing`."""
        await trio.lowlevel.checkpoint()
        return Standing(self._rooms.get(room), self._members.get((room, principal)), self._invites.get(token))

    async def member(self, room: RoomId, principal: PrincipalId) -> Membership | None:
        """See `RoomStore.member`."""
        await trio.lowlevel.checkpoint()
        return self._members.get((room, principal))

    async def members(self, room: RoomId) -> Sequence[Membership]:
        """See `RoomStore.members`."""
        await trio.lowlevel.checkpoint()
        found = [membership for membership in self._members.values() if membership.room == room]
        return tuple(sorted(found, key=lambda each: (-each.last_seen_utc, each.principal)))

    async def save_member(self, membership: Membership) -> None:
        """See `RoomStore.save_member`."""
        await trio.lowlevel.checkpoint()
        self._check_room(membership.room)
        self._members[membership.room, membership.principal] = membership

    def _check_room(self, room: RoomId) -> None:
        if room not in self._rooms:
            raise Conflict(f"there is no room {room}")

    async def invite(self, token: str) -> Invite | None:
        """See `RoomStore.invite`."""
        await trio.lowlevel.checkpoint()
        return self._invites.get(token)

    async def invites(self, room: RoomId) -> Sequence[Invite]:
        """See `RoomStore.invites`."""
        await trio.lowlevel.checkpoint()
        return tuple(invite for invite in self._invites.values() if invite.room == room)

    async def replace_invites(self, room: RoomId, invite: Invite) -> None:
        """See `RoomStore.replace_invites`."""
        await trio.lowlevel.checkpoint()
        self._check_room(room)
        if invite.room != room:
            raise Conflict(f"the invite is for room {invite.room}, not {room}")
        self._check_token(invite)
        for token, old in self._invites.items():
            if old.room == room:
                self._invites[token] = replace(old, is_revoked=True)
        self._invites[invite.token] = invite

    async def acquire(self, room: RoomId, node: str, now_utc: Micros) -> Lease:
        """See `RoomStore.acquire`."""
        await trio.lowlevel.checkpoint()
        return self._leases.acquire(room, node, now_utc)

    async def renew_many(self, terms: Mapping[RoomId, int], node: str, now_utc: Micros) -> frozenset[RoomId]:
        """See `RoomStore.renew_many`."""
        await trio.lowlevel.checkpoint()
        return self._leases.renew_many(terms, node, now_utc)
