from collections.abc import Callable

import pytest
import trio
import trio.testing

from hathor_rt.observations import Observations
from hathor_rt.refusals import StorageFull
from hathor_rt.storage.ports import Conflict
from hathor_rt.storage.sql.driver import Driver, Prepared
from hathor_rt.storage.sql.engines import Engines
from hathor_rt.storage.sql.writer import Writer
from tests.hathor_rt.storage.sql.writer.notes import add, kept, notes, until

_ADDED = Prepared(notes.insert())


def _put(number: int, note: str = "") -> Callable[[Driver], int]:
    def unit(driver: Driver) -> int:
        driver.run(_ADDED, [{"number": number, "text": note}])
        return number

    return unit


async def test_straight_units_that_wait_share_one_commit(engines: Engines) -> None:
    seen = Observations()
    writer = Writer(engines.writer, seen)
    async with trio.open_nursery() as nursery:
        for number in range(100):
            nursery.start_soon(writer.write_straight, _put(number))
    assert kept(engines) == list(range(100))
    assert seen.commit.count == 2


async def test_straight_units_share_a_commit_with_others_in_the_order_they_came(
    engines: Engines, commits: list[int]
) -> None:
    writer = Writer(engines.writer)
    ran: list[int] = []
    async with trio.open_nursery() as nursery:
        released = trio.Event()
        nursery.start_soon(writer.write, until(released))
        await trio.testing.wait_all_tasks_blocked()
        commits.clear()
        for number in range(10):
            if number % 2:
                nursery.start_soon(
                    writer.write_straight, lambda driver, number=number: ran.append(_put(number)(driver))
                )
            else:
                nursery.start_soon(writer.write, lambda connection, number=number: ran.append(add(number)(connection)))
            await trio.testing.wait_all_tasks_blocked()
        released.set()
    assert ran == list(range(10))
    assert kept(engines) == list(range(10))
    assert len(commits) == 2


async def test_a_straight_unit_that_fails_fails_alone_and_keeps_nothing(engines: Engines) -> None:
    writer = Writer(engines.writer)
    await writer.write(add(3))
    conflicts: list[int] = []

    async def write(number: int) -> None:
        try:
            await writer.write_straight(lambda driver: (_put(number + 10)(driver), _put(number)(driver)))
        except Conflict:
            conflicts.append(number)

    async with trio.open_nursery() as nursery:
        for number in range(6):
            nursery.start_soon(write, number)
    assert conflicts == [3]
    assert kept(engines) == [0, 1, 2, 3, 4, 5, 10, 11, 12, 14, 15]


async def test_a_full_disk_refuses_straight_units_and_keeps_nothing_of_them(engines: Engines) -> None:
    writer = Writer(engines.writer)
    used = await writer.write(lambda connection: connection.exec_driver_sql("PRAGMA page_count").scalar_one())
    await writer.write(lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count={used + 2}").scalar())
    with pytest.raises(StorageFull):
        await writer.write_straight(_put(1, "x" * 100_000))
    assert kept(engines) == []
    await writer.write_straight(_put(2))
    assert kept(engines) == [2]


async def test_a_carrier_that_is_cancelled_carries_its_batch_to_the_end(engines: Engines) -> None:
    writer = Writer(engines.writer)
    scope = trio.CancelScope()

    async def carry() -> None:
        with scope:
            await writer.write(until(released))

    async with trio.open_nursery() as nursery:
        released = trio.Event()
        nursery.start_soon(carry)
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(writer.write_straight, _put(1))
        await trio.testing.wait_all_tasks_blocked()
        scope.cancel()
        await trio.testing.wait_all_tasks_blocked()
        released.set()
    assert kept(engines) == [1]


async def test_a_writer_that_was_cancelled_before_it_came_writes_nothing(engines: Engines) -> None:
    writer = Writer(engines.writer)
    with trio.CancelScope() as scope:
        scope.cancel()
        await writer.write_straight(_put(1))
    assert scope.cancelled_caught
    assert kept(engines) == []


async def test_commits_are_observed_with_what_theykept(engines: Engines) -> None:
    seen = Observations()
    writer = Writer(engines.writer, seen)
    await writer.write(add(1))
    with pytest.raises(Conflict):
        await writer.write(add(1))
    assert (seen.commit.count, seen.committed) == (2, 1)
    assert 0 < seen.commit.total < 60
