"""Items in order, in batches, with a bound."""

import math

import pytest
import trio
import trio.testing
from trio.testing import MockClock

from hathor_rt.documents.inbox import INBOX_BOUND, Inbox


async def test_what_waits_is_taken_together_up_to_a_bound() -> None:
    inbox = Inbox[int]()
    for number in range(5):
        await inbox.put(number)
    inbox.wake()
    assert await inbox.batch(within_seconds=0, most=3) == [0, 1, 2]
    assert await inbox.batch(within_seconds=0, most=3) == [3, 4]


async def test_a_wake_gives_an_empty_batch_and_so_does_the_deadline(autojump_clock: MockClock) -> None:
    inbox = Inbox[int]()
    inbox.wake()
    assert await inbox.batch(within_seconds=60, most=3) == []
    assert trio.current_time() == 0
    assert await inbox.batch(within_seconds=60, most=3) == []
    assert trio.current_time() == 60


async def test_a_full_inbox_makes_senders_wait_and_a_closed_one_tells_them(autojump_clock: MockClock) -> None:
    inbox = Inbox[int]()
    for number in range(INBOX_BOUND):
        await inbox.put(number)
    inbox.wake()
    with trio.move_on_after(1) as scope:
        await inbox.put(-1)
    assert scope.cancelled_caught
    inbox.close()
    inbox.wake()
    with pytest.raises(trio.BrokenResourceError):
        await inbox.put(-1)


async def test_what_is_heavy_counts_for_more() -> None:
    inbox = Inbox[int](lambda item: item)
    for number in (3, 3, 3):
        await inbox.put(number)
    assert await inbox.batch(within_seconds=0, most=4) == [3, 3]
    assert await inbox.batch(within_seconds=0, most=0) == []


async def test_heavy_items_fill_it_sooner() -> None:
    inbox = Inbox[int](lambda item: item)
    for number in (INBOX_BOUND - 1, 500):  # the last one may go beyond: nothing is too heavy to come in at all
        await inbox.put(number)
    async with trio.open_nursery() as nursery:
        for number in (600, 700, 1):
            nursery.start_soon(inbox.put, number)
            await trio.testing.wait_all_tasks_blocked()
        assert await inbox.batch(within_seconds=0, most=1) == [INBOX_BOUND - 1]
        await trio.testing.wait_all_tasks_blocked()
        # 500 and 600 are as much as it takes: those behind still wait.
        assert await inbox.batch(within_seconds=0, most=2000) == [500, 600]
        await trio.testing.wait_all_tasks_blocked()
        assert await inbox.batch(within_seconds=0, most=2000) == [700, 1]


async def test_senders_who_waited_come_in_their_order_and_before_later_ones() -> None:
    inbox = Inbox[int]()
    for number in range(INBOX_BOUND):
        await inbox.put(number)
    async with trio.open_nursery() as nursery:
        for number in range(INBOX_BOUND, INBOX_BOUND + 3):
            nursery.start_soon(inbox.put, number)
            await trio.testing.wait_all_tasks_blocked()
        assert await inbox.batch(within_seconds=0, most=2) == [0, 1]
        # Two places are free, but given away: a third comes after those who waited.
        nursery.start_soon(inbox.put, -1)
        await trio.testing.wait_all_tasks_blocked()
        rest = await inbox.batch(within_seconds=0, most=2 * INBOX_BOUND)
        assert rest == [*range(2, INBOX_BOUND + 2)]
        await trio.testing.wait_all_tasks_blocked()
        assert await inbox.batch(within_seconds=0, most=10) == [INBOX_BOUND + 2, -1]


async def test_a_sender_who_gave_up_waiting_takes_no_place() -> None:
    inbox = Inbox[int]()
    for number in range(INBOX_BOUND):
        await inbox.put(number)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(inbox.put, -1)
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    taken = await inbox.batch(within_seconds=0, most=2 * INBOX_BOUND)
    assert taken == [*range(INBOX_BOUND)]
    for number in range(INBOX_BOUND):
        await inbox.put(number)


async def test_closing_tells_those_who_wait(autojump_clock: MockClock) -> None:
    inbox = Inbox[int]()
    for number in range(INBOX_BOUND):
        await inbox.put(number)
    told: list[int] = []

    async def put(number: int) -> None:
        try:
            await inbox.put(number)
        except trio.BrokenResourceError:
            told.append(number)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(put, 1)
        nursery.start_soon(put, 2)
        await trio.testing.wait_all_tasks_blocked()
        inbox.close()
    assert sorted(told) == [1, 2]


async def test_the_first_few_go_through_at_once_and_a_flood_lets_others_run() -> None:
    inbox = Inbox[int]()
    turns: list[int] = []

    async def run_beside() -> None:
        while len(turns) < 20:
            turns.append(len(turns))
            await trio.lowlevel.checkpoint()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(run_beside)
        for number in range(4):
            await inbox.put(number)
        assert not turns
        for number in range(20):
            await inbox.put(number)
        assert turns
        nursery.cancel_scope.cancel()


async def test_an_owner_that_waits_is_roused_by_the_first_item(autojump_clock: MockClock) -> None:
    inbox = Inbox[int]()
    taken: list[list[int]] = []

    async def own() -> None:
        taken.append(await inbox.batch(within_seconds=math.inf, most=10))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(own)
        await trio.testing.wait_all_tasks_blocked()
        await inbox.put(1)
        await inbox.put(2)
    assert taken == [[1, 2]]


async def test_an_owner_that_is_cancelled_while_it_waits_may_wait_again() -> None:
    inbox = Inbox[int]()
    with trio.CancelScope() as scope:
        scope.cancel()
        await inbox.batch(within_seconds=math.inf, most=10)
    await inbox.put(1)
    assert await inbox.batch(within_seconds=math.inf, most=10) == [1]
