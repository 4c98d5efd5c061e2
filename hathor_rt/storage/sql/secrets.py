"""Keys the server made for itself, in a table."""

import secrets as system

from sqlalchemy import Connection, select

from hathor_rt.storage.sql.reader import Reader
from hathor_rt.storage.sql.tables import secrets
from hathor_rt.storage.sql.upserts import upsert
from hathor_rt.storage.sql.writer import Writer


class SqlSecrets:
    """`SecretStore` in a table: every node of one database has the same keys."""

    def __init__(self, reader: Reader, writer: Writer) -> None:
        self._reader = reader
        self._writer = writer

    async def secret(self, name: str) -> bytes:
        """See `SecretStore.secret`."""
        known = select(secrets.c.value).where(secrets.c.name == name)
        kept: bytes | None = await self._reader.read(lambda connection: connection.execute(known).scalar_one_or_none())
        if kept is not None:
            return kept

        def unit(connection: Connection) -> bytes:
            insert = upsert(connection, secrets).values(name=name, value=system.token_bytes(32))
            connection.execute(insert.on_conflict_do_nothing(index_elements=["name"]))
            value: bytes = connection.execute(known).scalar_one()
            return value

        return await self._writer.write(unit)
