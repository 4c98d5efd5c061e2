"""Items in order, in batches, with a bound."""

import pytest
import trio
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
    with pytest.raises(trio.ClosedResourceError):
        await inbox.put(-1)


async def test_what_is_heavy_counts_for_more() -> None:
    inbox = Inbox[int]()
    for number in (3, 3, 3):
        await inbox.put(number)
    assert await inbox.batch(within_seconds=0, most=4, weigh=lambda item: item) == [3, 3]
    assert await inbox.batch(within_seconds=0, most=0, weigh=lambda item: item) == []
