from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trio
import trio.testing
from sqlalchemy import Connection, func, select, text

from hathor_rt.refusals import Fenced, StorageDown, StorageFull
from hathor_rt.storage.ports import Conflict
from hathor_rt.storage.sql.engines import Engines, connect, database_url
from hathor_rt.storage.sql.failures import Raced
from hathor_rt.storage.sql.writer import Writer
from tests.hathor_rt.storage.sql.writer.notes import add, kept, notes, until


async def test_a_unit_returns_after_its_commit(engines: Engines) -> None:
    assert await Writer(engines.writer).write(add(1)) == 1
    assert kept(engines) == [1]


async def test_those_who_wait_share_one_commit(engines: Engines, commits: list[int]) -> None:
    writer = Writer(engines.writer)
    async with trio.open_nursery() as nursery:
        for number in range(100):
            nursery.start_soon(writer.write, add(number))
    assert kept(engines) == list(range(100))
    # The first is alone, for nobody else had come; the rest gathered while it was written.
    assert len(commits) == 2


async def test_units_run_in_the_order_they_came(engines: Engines) -> None:
    writer = Writer(engines.writer)
    ran: list[int] = []
    async with trio.open_nursery() as nursery:
        for number in range(50):
            nursery.start_soon(writer.write, lambda _connection, number=number: ran.append(number))
            await trio.testing.wait_all_tasks_blocked()
    assert ran == list(range(50))


async def test_a_failing_unit_fails_alone_and_keeps_nothing(engines: Engines, commits: list[int]) -> None:
    writer = Writer(engines.writer)
    raised: dict[int, BaseException] = {}

    def fail(number: int) -> Callable[[Connection], None]:
        def unit(connection: Connection) -> None:
            add(number)(connection)
            if number % 3 == 0:
                raise Fenced("not yours")
            add(number)(connection)

        return unit

    async def write(number: int) -> None:
        try:
            await writer.write(fail(number) if number % 2 else add(number))
        except (Fenced, Conflict) as error:
            raised[number] = error

    async with trio.open_nursery() as nursery:
        for number in range(20):
            nursery.start_soon(write, number)
    assert kept(engines) == [number for number in range(20) if number % 2 == 0]
    assert {number: type(error) for number, error in raised.items()} == {
        number: Fenced if number % 3 == 0 else Conflict for number in range(20) if number % 2
    }


async def test_a_single_failing_unit_keeps_nothing(engines: Engines) -> None:
    writer = Writer(engines.writer)

    def unit(connection: Connection) -> None:
        add(1)(connection)
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        await writer.write(unit)
    assert kept(engines) == []
    await writer.write(add(2))
    assert kept(engines) == [2]


async def test_a_full_disk_refuses_everyone_in_the_batch_and_later_ones_go_on(engines: Engines) -> None:
    writer = Writer(engines.writer)

    def limit(pages: int) -> Callable[[Connection], object]:
        return lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count={pages}").scalar()

    used = await writer.write(lambda connection: connection.exec_driver_sql("PRAGMA page_count").scalar_one())
    await writer.write(limit(used + 2))
    refused: list[int] = []

    async def write(number: int, note: str) -> None:
        try:
            await writer.write(add(number, note))
        except StorageFull:
            refused.append(number)

    async with trio.open_nursery() as nursery:
        released = trio.Event()
        nursery.start_soon(writer.write, until(released))
        await trio.testing.wait_all_tasks_blocked()
        for number in range(5):
            nursery.start_soon(write, number, "x" * (100_000 if number == 3 else 1))
        await trio.testing.wait_all_tasks_blocked()
        released.set()
    assert sorted(refused) == [0, 1, 2, 3, 4]
    assert kept(engines) == []
    await writer.write(limit(10_000))
    await writer.write(add(7, "x" * 100_000))
    assert kept(engines) == [7]


async def test_a_database_locked_by_another_is_down(engines: Engines) -> None:
    writer = Writer(engines.writer)
    await writer.write(lambda connection: connection.exec_driver_sql("PRAGMA busy_timeout=10"))
    other = connect(engines.writer.url)
    with other.writer.begin() as connection:
        add(1)(connection)
        with pytest.raises(StorageDown):
            await writer.write(add(2))
    other.dispose()
    await writer.write(add(3))
    assert kept(engines) == [1, 3]


async def test_a_caller_cancelled_in_line_is_dropped(engines: Engines) -> None:
    writer = Writer(engines.writer)
    async with trio.open_nursery() as nursery:
        released, scope = trio.Event(), trio.CancelScope()

        async def leave() -> None:
            with scope:
                await writer.write(add(2))

        nursery.start_soon(writer.write, until(released))
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(writer.write, add(1))
        nursery.start_soon(leave)
        await trio.testing.wait_all_tasks_blocked()
        scope.cancel()
        await trio.testing.wait_all_tasks_blocked()
        assert scope.cancelled_caught
        released.set()
    await writer.write(add(3))
    assert kept(engines) == [1, 3]


async def test_a_cancelled_caller_stops_nobody_else(engines: Engines) -> None:
    writer = Writer(engines.writer)
    async with trio.open_nursery() as nursery:
        with trio.CancelScope() as scope:
            async with trio.open_nursery() as doomed:
                for number in range(5):
                    doomed.start_soon(writer.write, add(number))
                await trio.testing.wait_all_tasks_blocked()
                for number in range(5, 10):
                    nursery.start_soon(writer.write, add(number))
                await trio.testing.wait_all_tasks_blocked()
                scope.cancel()
    numbers = kept(engines)
    assert numbers[-5:] == [5, 6, 7, 8, 9]
    await writer.write(add(99))
    assert kept(engines) == [*numbers, 99]


async def test_writers_cancelled_at_random_leave_the_line_in_order(engines: Engines) -> None:
    writer = Writer(engines.writer)
    done: list[int] = []

    async def write(number: int) -> None:
        with trio.move_on_after((number % 7) * 0.0003):
            await writer.write(add(number))
            done.append(number)

    async with trio.open_nursery() as nursery:
        for number in range(300):
            nursery.start_soon(write, number)
    with trio.fail_after(5):
        await writer.write(add(1_000))
    assert set(done) <= set(kept(engines))


async def test_after_a_race_each_unit_is_tried_again_alone(engines: Engines, commits: list[int]) -> None:
    writer = Writer(engines.writer)
    attempts: list[int] = []

    def raced(connection: Connection) -> None:
        attempts.append(1)
        add(50)(connection)
        if len(attempts) < 3:
            raise Raced("deadlock")

    async with trio.open_nursery() as nursery:
        released = trio.Event()
        nursery.start_soon(writer.write, until(released))
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(writer.write, add(1))
        nursery.start_soon(writer.write, raced)
        nursery.start_soon(writer.write, add(2))
        await trio.testing.wait_all_tasks_blocked()
        released.set()
    assert kept(engines) == [1, 2, 50]
    assert len(attempts) == 3


async def test_an_endless_race_is_given_up(engines: Engines) -> None:
    def raced(_connection: Connection) -> None:
        raise Raced("deadlock")

    with pytest.raises(StorageDown):
        await Writer(engines.writer).write(raced)


async def test_a_reader_sees_what_was_written(engines: Engines) -> None:
    await Writer(engines.writer).write(add(1))
    with engines.reader.begin() as connection:
        assert connection.execute(select(func.count()).select_from(notes)).scalar_one() == 1


@pytest.fixture
def postgresql(postgresql_url: str, tmp_path: Path) -> Iterator[Engines]:
    opened = connect(database_url(postgresql_url, tmp_path))
    with opened.writer.begin() as connection:
        notes.create(connection)
    yield opened
    with opened.writer.begin() as connection:
        notes.drop(connection)
    opened.dispose()


@pytest.mark.slow
async def test_a_lost_connection_is_down_and_the_next_write_finds_a_new_one(postgresql: Engines) -> None:
    writer = Writer(postgresql.writer)

    def lost(connection: Connection) -> None:
        add(1)(connection)
        connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(StorageDown):
        await writer.write(lost)
    await writer.write(add(2))
    assert kept(postgresql) == [2]


@pytest.mark.slow
async def test_a_statement_that_takes_too_long_is_ended(postgresql: Engines) -> None:
    def slow(connection: Connection) -> None:
        connection.execute(text("SET LOCAL statement_timeout = 20"))
        connection.execute(text("SELECT pg_sleep(60)"))

    with pytest.raises(StorageDown):
        await Writer(postgresql.writer).write(slow)


@pytest.mark.slow
async def test_nodes_that_deadlock_both_get_through(postgresql: Engines) -> None:
    first, second = Writer(postgresql.writer), Writer(postgresql.writer)
    await first.write(add(1))
    await first.write(add(2))
    arrived: list[int] = []
    token = trio.lowlevel.current_trio_token()

    def meet() -> None:
        """Wait until both transactions hold a row; a repeated one does not wait again."""
        arrived.append(1)
        while len(arrived) < 2:
            trio.from_thread.run(trio.sleep, 0.001, trio_token=token)

    def crossing(mine: int, other: int) -> Callable[[Connection], None]:
        def unit(connection: Connection) -> None:
            connection.execute(notes.update().where(notes.c.number == mine).values(text="seen"))
            meet()
            connection.execute(notes.update().where(notes.c.number == other).values(text=f"by {mine}"))

        return unit

    async with trio.open_nursery() as nursery:
        nursery.start_soon(first.write, crossing(1, 2))
        nursery.start_soon(second.write, crossing(2, 1))
    with postgresql.reader.begin() as connection:
        told = set(connection.scalars(select(notes.c.text)))
    # Whoever came last has both rows: its own mark on one and its name on the other.
    assert told in ({"seen", "by 1"}, {"seen", "by 2"})
