"""Where journal rows go that loading needs no longer: by themselves, so that the journal stays as small as what is loaded.

A row moves when a snapshot reaches beyond it. The row a snapshot ends with stays: it says how far the journal has come, and
when the newest update was received. Every step is one transaction, and loading reads neither more nor less for any of them.
"""

from typing import Final

from sqlalchemy import Connection, Select, delete, select, tuple_

from hathor_rt.ids import DocumentName
from hathor_rt.storage.sql.tables import history, journal, snapshots
from sync.units import Micros

_COLUMNS: Final = tuple(column.name for column in journal.columns)


def retire(connection: Connection, limit: int) -> int:
    """Move up to `limit` rows that a snapshot reaches beyond; how many moved."""
    covered = (
        select(journal.c.document, journal.c.sequence)
        .join(snapshots, snapshots.c.document == journal.c.document)
        .where(journal.c.sequence < snapshots.c.through)
        .order_by(journal.c.document, journal.c.sequence)
        .limit(limit)
    )
    rows = [(row.document, row.sequence) for row in connection.execute(covered)]
    # Document by document: the rows of one lie side by side, which a list of pairs would hide from SQLite.
    for document in dict.fromkeys(name for name, _ in rows):
        through = max(sequence for name, sequence in rows if name == document)
        moved = (journal.c.document == document) & (journal.c.sequence <= through)
        connection.execute(history.insert().from_select(_COLUMNS, select(journal).where(moved)))
        connection.execute(delete(journal).where(moved))
    return len(rows)


def prune(connection: Connection, before_utc: Micros, limit: int) -> int:
    """Forget up to `limit` retired rows received before an instant; how many."""
    key = (history.c.document, history.c.sequence)
    old = select(*key).where(history.c.utc_at < before_utc).limit(limit)
    return connection.execute(delete(history).where(tuple_(*key).in_(old))).rowcount


def rows_after(document: DocumentName, after: int, limit: int) -> Select[tuple[object, ...]]:
    """Rows of a document from both tables, in order.

    In one statement: between two, rows could move from the one that is still to be read to the one that was read.
    """
    parts = [
        select(table).where(table.c.document == document, table.c.sequence > after) for table in (history, journal)
    ]
    both = parts[0].union_all(parts[1]).subquery()
    return select(both).order_by(both.c.sequence).limit(limit)
