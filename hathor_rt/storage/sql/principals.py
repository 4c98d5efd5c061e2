"""Principals and their devices in tables."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, select, update

from hathor_rt.ids import DeviceId, PrincipalId
from hathor_rt.refusals import UnknownPrincipal
from hathor_rt.storage.ports import Principal
from hathor_rt.storage.sql.columns import columns_of
from hathor_rt.storage.sql.portions import portions
from hathor_rt.storage.sql.reader import Reader
from hathor_rt.storage.sql.tables import devices, principals
from hathor_rt.storage.sql.upserts import upsert
from hathor_rt.storage.sql.writer import Writer
from sync.units import Micros

# Built once: every connection asks for it.
_ONE: Final = select(principals).where(principals.c.principal == bindparam("of"))


class SqlPrincipals:
    """`PrincipalStore` in tables."""

    def __init__(self, reader: Reader, writer: Writer) -> None:
        self._reader = reader
        self._writer = writer

    async def create(self, principal: Principal) -> None:
        """See `PrincipalStore.create`."""
        insert = principals.insert().values(columns_of(principal))
        await self._writer.write(lambda connection: connection.execute(insert).close())

    async def get(self, principal: PrincipalId) -> Principal | None:
        """See `PrincipalStore.get`."""
        row = await self._reader.read(lambda connection: connection.execute(_ONE, {"of": principal}).one_or_none())
        return None if row is None else _principal(row)

    async def many(self, principals: Sequence[PrincipalId]) -> Mapping[PrincipalId, Principal]:
        """See `PrincipalStore.many`."""
        wanted = tuple(dict.fromkeys(principals))
        found = await self._reader.read(lambda connection: _many(connection, wanted))
        return {each: found[each] for each in wanted if each in found}

    async def rename(self, principal: PrincipalId, name: str) -> None:
        """See `PrincipalStore.rename`."""
        change = update(principals).where(principals.c.principal == principal).values(name=name)

        def unit(connection: Connection) -> None:
            if connection.execute(change).rowcount == 0:
                raise UnknownPrincipal(f"there is no principal {principal}")

        await self._writer.write(unit)

    async def save_device(self, device: DeviceId, principal: PrincipalId, label: str, seen_utc: Micros) -> None:
        """See `PrincipalStore.save_device`."""
        values = {"device": device, "principal": principal, "label": label, "seen_utc": seen_utc}

        def unit(connection: Connection) -> None:
            insert = upsert(connection, devices).values(values)
            connection.execute(insert.on_conflict_do_update(index_elements=["principal", "device"], set_=values))

        await self._writer.write(unit)

    async def devices(self, principal: PrincipalId) -> Mapping[DeviceId, str]:
        """See `PrincipalStore.devices`."""
        found = select(devices).where(devices.c.principal == principal)
        rows = await self._reader.read(lambda connection: connection.execute(found).all())
        return {row.device: row.label for row in sorted(rows, key=lambda row: (-row.seen_utc, row.device))}


def _many(connection: Connection, wanted: Sequence[PrincipalId]) -> dict[PrincipalId, Principal]:
    found: dict[PrincipalId, Principal] = {}
    for some in portions(wanted):
        rows = connection.execute(select(principals).where(principals.c.principal.in_(some)))
        found.update((row.principal, _principal(row)) for row in rows)
    return found


def _principal(row: Row[Any]) -> Principal:
    return Principal(row.principal, row.name, row.is_guest, Micros(row.created_utc))
