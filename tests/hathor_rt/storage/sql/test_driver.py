from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, Text, bindparam, event, func, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.pool import QueuePool

from hathor_rt.refusals import StorageDown
from hathor_rt.storage.sql.driver import Driver, Lane, Prepared
from hathor_rt.storage.sql.engines import Engines, connect, database_url
from hathor_rt.storage.sql.failures import meaning

items = Table(
    "items",
    MetaData(),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("text", Text),
    Column("update", LargeBinary),
)
_ADD = Prepared(items.insert())
_LARGEST = Prepared(
    select(func.max(items.c.number)).where(items.c.number >= bindparam("from"), items.c.text != bindparam("but"))
)


@pytest.fixture
def engines(tmp_path: Path) -> Iterator[Engines]:
    opened = connect(database_url("", tmp_path))
    with opened.writer.begin() as connection:
        items.create(connection)
    yield opened
    opened.dispose()


@pytest.fixture
def postgresql_engines(postgresql_url: str) -> Iterator[Engines]:
    opened = connect(database_url(postgresql_url, Path()))
    with opened.writer.begin() as connection:
        items.drop(connection, checkfirst=True)
        items.create(connection)
    yield opened
    opened.dispose()


def _row(number: int, note: str = "") -> dict[str, object]:
    return {"text": note, "update": b"\x00\xff", "number": number}


def _given_out(engines: Engines) -> int:
    pool = engines.writer.pool
    assert isinstance(pool, QueuePool)
    return pool.checkedout()


def _rows(engines: Engines) -> list[tuple[object, ...]]:
    with engines.reader.begin() as connection:
        return [tuple(row) for row in connection.execute(select(items).order_by(items.c.number))]


def _exercise(engines: Engines) -> None:
    with Lane(engines.writer).transaction() as driver:
        assert driver.value(_LARGEST, {"but": "x", "from": 0}) is None
        driver.run(_ADD, [_row(1)])
        driver.run(_ADD, [_row(2), _row(3, "x")])
        assert driver.value(_LARGEST, {"but": "x", "from": 0}) == 2
        assert driver.value(_LARGEST, {"but": "y", "from": 3}) == 3
    assert _rows(engines) == [(1, "", b"\x00\xff"), (2, "", b"\x00\xff"), (3, "x", b"\x00\xff")]


def test_what_is_written_is_kept_at_the_end_of_the_block(engines: Engines) -> None:
    _exercise(engines)


@pytest.mark.slow
def test_the_same_holds_in_postgresql(postgresql_engines: Engines) -> None:
    _exercise(postgresql_engines)


def test_a_block_that_raises_keeps_nothing_and_the_next_begins_afresh(engines: Engines) -> None:
    def fail() -> None:
        with Lane(engines.writer).transaction() as driver:
            driver.run(_ADD, [_row(1)])
            raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        fail()
    assert _rows(engines) == []
    with Lane(engines.writer).transaction() as driver:
        driver.run(_ADD, [_row(1)])
    assert len(_rows(engines)) == 1


def test_errors_are_those_of_sqlalchemy(engines: Engines) -> None:
    with pytest.raises(IntegrityError), Lane(engines.writer).transaction() as driver:
        driver.run(_ADD, [_row(1), _row(1)])
    with pytest.raises(OperationalError), Lane(engines.writer).transaction() as driver:
        driver.run(Prepared(text("INSERT INTO nowhere VALUES (1)")), [{}])
    assert _rows(engines) == []


def test_a_writer_takes_the_lock_before_it_reads(engines: Engines, tmp_path: Path) -> None:
    other = connect(database_url("", tmp_path))
    event.listen(other.writer, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout=0"))
    with Lane(engines.writer).transaction(), pytest.raises(OperationalError), Lane(other.writer).transaction():
        pytest.fail("two writers at once")
    other.dispose()


def test_the_connection_of_sqlite_is_kept_until_it_is_given_back(engines: Engines) -> None:
    lane = Lane(engines.writer)
    for number in (1, 2):
        with lane.transaction() as driver:
            driver.run(_ADD, [_row(number)])
    assert _given_out(engines) == 1
    lane.give_back()
    lane.give_back()
    assert _given_out(engines) == 0
    with lane.transaction() as driver:
        driver.run(_ADD, [_row(3)])
    assert [row[0] for row in _rows(engines)] == [1, 2, 3]
    lane.give_back()


def test_a_transaction_that_failed_gives_its_connection_back(engines: Engines) -> None:
    lane = Lane(engines.writer)
    with pytest.raises(IntegrityError), lane.transaction() as driver:
        driver.run(_ADD, [_row(1), _row(1)])
    assert _given_out(engines) == 0


def test_what_is_below_a_connection_shares_its_transaction(engines: Engines) -> None:
    with engines.writer.connect() as connection, connection.begin() as transaction:
        Driver.of(connection).run(_ADD, [_row(1)])
        assert connection.scalar(select(func.count()).select_from(items)) == 1
        transaction.rollback()
    assert _rows(engines) == []


@pytest.mark.slow
def test_a_lost_connection_is_not_given_out_again(postgresql_engines: Engines) -> None:
    writer = postgresql_engines.writer

    def lose() -> None:
        with Lane(writer).transaction() as driver:
            own = driver.value(Prepared(text("SELECT pg_backend_pid()")), {})
            with writer.begin() as other:
                other.execute(text(f"SELECT pg_terminate_backend({own})"))
            driver.run(_ADD, [_row(1)])

    with pytest.raises(OperationalError) as raised:
        lose()
    assert raised.value.connection_invalidated
    assert isinstance(meaning(raised.value), StorageDown)
    with Lane(writer).transaction() as driver:
        driver.run(_ADD, [_row(2)])
    assert [row[0] for row in _rows(postgresql_engines)] == [2]


def test_a_statement_is_put_together_once_for_each_dialect(engines: Engines) -> None:
    statement = Prepared(items.insert())
    first = statement.text(engines.writer.dialect)
    assert statement.text(engines.reader.dialect) is first
    assert first[1] == ["number", "text", "update"]
    by_name = statement.text(database_url("postgresql://nobody@nowhere/x", Path()).get_dialect()())
    assert by_name[1] is None
    assert "%(number)s" in by_name[0]
