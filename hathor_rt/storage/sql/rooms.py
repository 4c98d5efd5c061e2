"""Rooms, members, invites and leases in tables."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, and_, case, or_, select, update

from hathor_rt.ids import PrincipalId, RoomId
from hathor_rt.refusals import UnknownRoom
from hathor_rt.storage.ports import Conflict, Invite, Lease, Membership, RoomRecord
from hathor_rt.storage.sql import leases
from hathor_rt.storage.sql.columns import columns_of
from hathor_rt.storage.sql.reader import Reader
from hathor_rt.storage.sql.tables import invites, members, rooms
from hathor_rt.storage.sql.upserts import upsert
from hathor_rt.storage.sql.writer import Writer
from sync.units import Micros


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
        found = select(rooms).where(rooms.c.room == room)
        row = await self._reader.read(lambda connection: connection.execute(found).one_or_none())
        return None if row is None else _record(row)

    async def update(self, record: RoomRecord) -> None:
        """See `RoomStore.update`."""
        change = update(rooms).where(rooms.c.room == record.room).values(columns_of(record))

        def unit(connection: Connection) -> None:
            if connection.execute(change).rowcount == 0:
                raise UnknownRoom(f"there is no room {record.room}")

        await self._writer.write(unit)

    async def of_principal(self, principal: PrincipalId) -> Sequence[RoomRecord]:
        """See `RoomStore.of_principal`."""
        return await self._reader.read(lambda connection: _of_principal(connection, principal))

    async def member(self, room: RoomId, principal: PrincipalId) -> Membership | None:
        """See `RoomStore.member`."""
        found = select(members).where(members.c.room == room, members.c.principal == principal)
        row = await self._reader.read(lambda connection: connection.execute(found).one_or_none())
        return None if row is None else _membership(row)

    async def members(self, room: RoomId) -> Sequence[Membership]:
        """See `RoomStore.members`."""
        found = select(members).where(members.c.room == room)
        rows = await self._reader.read(lambda connection: connection.execute(found).all())
        return tuple(sorted(map(_membership, rows), key=lambda each: (-each.last_seen_utc, each.principal)))

    async def save_member(self, membership: Membership) -> None:
        """See `RoomStore.save_member`."""
        values = columns_of(membership)

        def unit(connection: Connection) -> None:
            insert = upsert(connection, members).values(values)
            connection.execute(insert.on_conflict_do_update(index_elements=["room", "principal"], set_=values))

        await self._writer.write(unit)

    async def invite(self, token: str) -> Invite | None:
        """See `RoomStore.invite`."""
        found = select(invites).where(invites.c.token == token)
        row = await self._reader.read(lambda connection: connection.execute(found).one_or_none())
        return None if row is None else _invite(row)

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
