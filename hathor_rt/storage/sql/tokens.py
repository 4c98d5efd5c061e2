"""Document tokens in tables."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select, update

from hathor_rt.ids import PrincipalId
from hathor_rt.storage.ports import DocumentToken
from hathor_rt.storage.sql.columns import columns_of
from hathor_rt.storage.sql.portions import portions
from hathor_rt.storage.sql.reader import Reader
from hathor_rt.storage.sql.tables import document_tokens
from hathor_rt.storage.sql.writer import Writer
from sync.units import Micros


class SqlTokens:
    """`TokenStore` in tables."""

    def __init__(self, reader: Reader, writer: Writer) -> None:
        self._reader = reader
        self._writer = writer

    async def save(self, token: DocumentToken) -> None:
        """See `TokenStore.save`."""
        insert = document_tokens.insert().values(columns_of(token))
        await self._writer.write(lambda connection: connection.execute(insert).close())

    async def many(self, tokens: Sequence[str]) -> Mapping[str, DocumentToken]:
        """See `TokenStore.many`."""
        wanted = tuple(dict.fromkeys(tokens))
        return await self._reader.read(lambda connection: _many(connection, wanted))

    async def all(self) -> Sequence[DocumentToken]:
        """See `TokenStore.all`."""
        found = select(document_tokens).order_by(document_tokens.c.created_utc, document_tokens.c.token)
        return await self._reader.read(lambda connection: tuple(map(_token, connection.execute(found))))

    async def revoke(self, token: str) -> bool:
        """See `TokenStore.revoke`."""
        change = update(document_tokens).where(document_tokens.c.token == token).values(is_revoked=True)
        return await self._writer.write(lambda connection: connection.execute(change).rowcount > 0)


def _many(connection: Connection, wanted: Sequence[str]) -> dict[str, DocumentToken]:
    found: dict[str, DocumentToken] = {}
    for some in portions(wanted):
        rows = connection.execute(select(document_tokens).where(document_tokens.c.token.in_(some)))
        found.update((row.token, _token(row)) for row in rows)
    return found


def _token(row: Row[Any]) -> DocumentToken:
    return DocumentToken(
        row.token,
        row.digest,
        row.document,
        row.role,
        PrincipalId(row.principal),
        Micros(row.created_utc),
        Micros(row.expires_utc),
        row.is_revoked,
    )
