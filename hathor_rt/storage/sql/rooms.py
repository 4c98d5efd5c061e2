"""Rooms, members, invites and leases in tables."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, Insert, Row, and_, bindparam, case, or_, select, update

from hathor_rt.ids import PrincipalId, RoomId
from hathor_rt.refusals import UnknownRoom
from hathor_rt.storage.ports import Conflict, Invite, Lease, Membership, RoomChanges, RoomRecord, Standing
from hathor_rt.storage.sql import leases
from hathor_rt.storage.sql.columns import columns_of
from hathor_rt.storage.sql.reader import Reader
from hathor_rt.storage.sql.tables import invites, members, rooms
from hathor_rt.storage.sql.upserts import upsert_in
from hathor_rt.storage.sql.writer import Writer
from sync.units import Micros

# Built once: everybody who comes in asks for these.
_ROOM: Final = select(rooms).where(rooms.c.room == bindparam("of"))
_MEMBER: Final = select(members).where(members.c.room == bindparam("of"), members.c.principal == bindparam("who"))
_INVITE: Final = select(invites).where(invites.c.token == bindparam("shown"))


class SqlRooms:
    """`RoomStore` in tables."""

    def __init__(self, reader: Reader, writer: Writer) -> None:
        self._reader = reader
        self._writer = writer

    async def create(self, record: RoomRecord, invite: Invite) -> None:
        """See `RoomStore.create`."""
        _check_belongs(invite, record.room)

        def unit(connection: Connection) -> None:
            connection.execute(rooms.insert().values(columns_of(record)))
            connection.execute(invites.insert().values(columns_of(invite)))

        await self._writer.write(unit)

    async def get(self, room: RoomId) -> RoomRecord | None:
        """See `RoomStore.get`."""
        return await self._reader.read(lambda connection: _get(connection, room))

    async def change(self, room: RoomId, changes: RoomChanges) -> RoomRecord:
        """See `RoomStore.change`."""
        return await self._writer.write(lambda connection: _change(connection, room, changes))

    async def of_principal(self, principal: PrincipalId) -> Sequence[RoomRecord]:
        """See `RoomStore.of_principal`."""
        return await self._reader.read(lambda connection: _of_principal(connection, principal))

    async def standing(self, room: RoomId, principal: PrincipalId, token: str) -> Standing:
        """See `RoomStore.standing`."""

        def unit(connection: Connection) -> Standing:
            record = _get(connection, room)
            member = _member(connection, room, principal) if principal else None
            return Standing(record, member, _shown(connection, token) if token else None)

        return await self._reader.read(unit)

    async def member(self, room: RoomId, principal: PrincipalId) -> Membership | None:
        """See `RoomStore.member`."""
        return await self._reader.read(lambda connection: _member(connection, room, principal))

    async def members(self, room: RoomId) -> Sequence[Membership]:
        """See `RoomStore.members`."""
        found = select(members).where(members.c.room == room)
        rows = await self._reader.read(lambda connection: connection.execute(found).all())
        return tuple(sorted(map(_membership, rows), key=lambda each: (-each.last_seen_utc, each.principal)))

    async def save_member(self, membership: Membership) -> None:
        """See `RoomStore.save_member`."""
        values = columns_of(membership)
        await self._writer.write(
            lambda connection: connection.execute(_saving(connection.dialect.name), values).close()
        )

    async def invite(self, token: str) -> Invite | None:
        """See `RoomStore.invite`."""
        return await self._reader.read(lambda connection: _shown(connection, token))

    async def invites(self, room: RoomId) -> Sequence[Invite]:
        """See `RoomStore.invites`."""
        found = select(invites).where(invites.c.room == room).order_by(invites.c.number)
        return await self._reader.read(lambda connection: tuple(map(_invite, connection.execute(found))))

    async def replace_invites(self, room: RoomId, invite: Invite) -> None:
        """See `RoomStore.replace_invites`."""
        _check_belongs(invite, room)

        def unit(connection: Connection) -> None:
            connection.execute(update(invites).where(invites.c.room == room).values(is_revoked=True))
            connection.execute(invites.insert().values(columns_of(invite)))

        await self._writer.write(unit)

    async def acquire(self, room: RoomId, node: str, now_utc: Micros) -> Lease:
        """See `RoomStore.acquire`."""
        return await self._writer.write(lambda connection: leases.acquire(connection, room, node, now_utc))

    async def renew_many(self, terms: Mapping[RoomId, int], node: str, now_utc: Micros) -> frozenset[RoomId]:
        """See `RoomStore.renew_many`."""
        kept = dict(terms)
        return await self._writer.write(lambda connection: leases.renew_many(connection, kept, node, now_utc))


def _check_belongs(invite: Invite, room: RoomId) -> None:
    if invite.room != room:
        raise Conflict(f"the invite is for room {invite.room}, not {room}")


@cache
def _saving(dialect: str) -> Insert:
    """Inserts or replaces a membership."""
    insert = upsert_in(dialect, members)
    changed = {column.name: insert.excluded[column.name] for column in members.c}
    return insert.on_conflict_do_update(index_elements=["room", "principal"], set_=changed)


def _get(connection: Connection, room: RoomId) -> RoomRecord | None:
    row = connection.execute(_ROOM, {"of": room}).one_or_none()
    return None if row is None else _record(row)


def _change(connection: Connection, room: RoomId, changes: RoomChanges) -> RoomRecord:
    values = changes.given()
    if values:
        connection.execute(update(rooms).where(rooms.c.room == room).values(values))
    record = _get(connection, room)
    if record is None:
        raise UnknownRoom(f"there is no room {room}")
    return record


def _member(connection: Connection, room: RoomId, principal: PrincipalId) -> Membership | None:
    row = connection.execute(_MEMBER, {"of": room, "who": principal}).one_or_none()
    return None if row is None else _membership(row)


def _shown(connection: Connection, token: str) -> Invite | None:
    row = connection.execute(_INVITE, {"shown": token}).one_or_none()
    return None if row is None else _invite(row)


def _of_principal(connection: Connection, principal: PrincipalId) -> Sequence[RoomRecord]:
    mine = and_(members.c.room == rooms.c.room, members.c.principal == principal, members.c.is_kicked.is_(False))
    seen = case(
        (members.c.room.is_not(None), members.c.last_seen_utc), (rooms.c.owner == principal, rooms.c.created_utc)
    )
    found = (
        select(rooms, seen.label("seen"))
        .select_from(rooms.outerjoin(members, mine))
        .where(or_(members.c.room.is_not(None), rooms.c.owner == principal, rooms.c.is_listed))
    )
    rows = connection.execute(found).all()
    own = sorted((row for row in rows if row.seen is not None), key=lambda row: (-row.seen, row.room))
    listed = sorted((row for row in rows if row.seen is None), key=lambda row: (row.created_utc, row.room))
    return tuple(map(_record, [*own, *listed]))


def _record(row: Row[Any]) -> RoomRecord:
    return RoomRecord(
        row.room,
        row.name,
        row.owner,
        Micros(row.created_utc),
        row.is_private,
        row.is_listed,
        row.guests_control,
        row.guests_edit,
    )


def _invite(row: Row[Any]) -> Invite:
    expires_utc = None if row.expires_utc is None else Micros(row.expires_utc)
    return Invite(row.token, row.room, row.role, expires_utc, row.is_revoked)


def _membership(row: Row[Any]) -> Membership:
    return Membership(row.room, row.principal, row.role, row.is_kicked, Micros(row.last_seen_utc))
