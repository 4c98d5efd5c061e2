"""Which Yjs client ids are forgotten: those that were given out long ago and authored nothing."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, Connection, bindparam, delete, func, select, tuple_, update

from hathor_rt.ids import DocumentName, RoomId
from hathor_rt.storage.sql import leases
from hathor_rt.storage.sql.portions import portions
from hathor_rt.storage.sql.tables import client_ids
from sync.units import Micros

KEPT: Final = Micros(2**63 - 1)
"""In place of a date: it authored something and stays for good."""

_KEY: Final = (client_ids.c.document, client_ids.c.client_id)
_NEXT: Final = select(func.min(client_ids.c.document)).where(
    client_ids.c.dated_utc < bindparam("before"), client_ids.c.document > bindparam("after")
)


def date(connection: Connection, now_utc: Micros, limit: int) -> int:
    """Date up to `limit` ids that have no date; how many."""
    undated = select(*_KEY).where(client_ids.c.dated_utc.is_(None)).limit(limit)
    change = update(client_ids).where(tuple_(*_KEY).in_(undated)).values(dated_utc=now_utc)
    return connection.execute(change).rowcount


def next_document(connection: Connection, before_utc: Micros, after: DocumentName) -> DocumentName | None:
    """The first document after `after` with ids dated before an instant."""
    found: str | None = connection.execute(_NEXT, {"before": before_utc, "after": after}).scalar()
    return None if found is None else DocumentName(found)


def has_owner(connection: Connection, document: DocumentName, idle_since_utc: Micros) -> bool:
    """Whether somebody has owned the document since an instant; until the commit nobody becomes its owner."""
    return leases.is_held(connection, owners_of(document), idle_since_utc)


def owners_of(document: DocumentName) -> tuple[RoomId, RoomId]:
    """What its owner may hold the lease of: a document that stands alone is its own room."""
    return RoomId(document), RoomId(document.partition(":")[2])


def forget(connection: Connection, document: DocumentName, before_utc: Micros, authors: frozenset[int]) -> None:
    """Forget ids of the document dated before an instant, but for its authors, which are kept for good."""
    dated = (client_ids.c.document == document) & (client_ids.c.dated_utc < before_utc)
    old = frozenset(connection.scalars(select(client_ids.c.client_id).where(dated)))
    for some in portions(sorted(old - authors)):
        connection.execute(delete(client_ids).where(_these(document, some)))
    for some in portions(sorted(old & authors)):
        connection.execute(update(client_ids).where(_these(document, some)).values(dated_utc=KEPT))


def _these(document: DocumentName, numbers: Sequence[int]) -> ColumnElement[bool]:
    return (client_ids.c.document == document) & client_ids.c.client_id.in_(numbers)
