"""Every step of retiring and pruning may be the last: a crash between any two statements changes nothing."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, func, select

from hathor_rt.ids import DocumentName
from hathor_rt.storage.sql.engines import Engines, connect, database_url
from hathor_rt.storage.sql.history import prune, retire, rows_after
from hathor_rt.storage.sql.schema import bring_up_to_date
from hathor_rt.storage.sql.tables import history, journal, snapshots
from sync.units import Micros
from tests.conformance.records import QUEUE

LOUNGE = DocumentName("lounge:room1")


class Crash(Exception):
    """The process ends here."""


@pytest.fixture
def engines(tmp_path: Path) -> Iterator[Engines]:
    url = database_url("", tmp_path)
    opened = connect(url)
    bring_up_to_date(opened, url)
    with opened.writer.begin() as connection:
        for document in (QUEUE, LOUNGE):
            connection.execute(journal.insert(), [_row(document, number) for number in range(1, 8)])
            connection.execute(snapshots.insert().values(document=document, state=b"five", through=5))
    yield opened
    opened.dispose()


def _row(document: str, number: int) -> dict[str, object]:
    texts = dict.fromkeys(("principal", "device", "actions", "boot_id"), "")
    return {
        "document": document,
        "sequence": number,
        "update": b"u",
        "monotonic_at": 0,
        "utc_at": number,
        "term": 1,
    } | texts


def _contents(engines: Engines) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    with engines.reader.begin() as connection:
        found = [
            [(row.document, row.sequence) for row in connection.execute(select(table.c.document, table.c.sequence))]
            for table in (history, journal)
        ]
    return found[0], found[1]


def _crashing_at(engines: Engines, statement: int, work: Callable[[Connection], int]) -> bool:
    """Whether `work` reached its `statement` (0 is the first), in front of which it ended."""
    seen = 0

    def count(*_: object) -> None:
        nonlocal seen
        seen += 1
        if seen > statement:
            raise Crash

    event.listen(engines.writer, "before_cursor_execute", count)
    try:
        with engines.writer.begin() as connection:
            work(connection)
    except Crash:
        return True
    finally:
        event.remove(engines.writer, "before_cursor_execute", count)
    return False


def test_a_crash_in_front_of_any_statement_changes_nothing(engines: Engines) -> None:
    for work, statements in (
        (lambda connection: retire(connection, 100), 5),
        (lambda connection: prune(connection, Micros(3), 100), 1),
    ):
        before = _contents(engines)
        statement = 0
        while _crashing_at(engines, statement, work):
            assert _contents(engines) == before
            statement += 1
        # The first one is BEGIN; the last attempt went through.
        assert statement >= statements
        assert _contents(engines) != before


def test_no_row_is_ever_in_both_places(engines: Engines) -> None:
    moved = 0
    while moved < 8:
        with engines.writer.begin() as connection:
            moved += retire(connection, 3)
        retired, waiting = _contents(engines)
        assert not set(retired) & set(waiting)
        assert len(retired) == moved
        assert len(retired) + len(waiting) == 14
    assert [number for document, number in _contents(engines)[1] if document == QUEUE] == [5, 6, 7]


def test_pages_go_across_both_places(engines: Engines) -> None:
    with engines.writer.begin() as connection:
        retire(connection, 100)
    with engines.reader.begin() as connection:
        page = connection.execute(rows_after(QUEUE, 2, 4)).all()
        assert [row.sequence for row in page] == [3, 4, 5, 6]
        assert connection.execute(select(func.count()).select_from(history)).scalar_one() == 8
