import pytest
import trio
import trio.testing

from web.realtime.inbox import INBOX_BOUND, Inbox


async def test_items_are_handled_in_order_one_at_a_time(nursery: trio.Nursery) -> None:
    handled: list[int] = []
    busy = 0

    async def handle(item: int) -> None:
        nonlocal busy
        busy += 1
        assert busy == 1
        await trio.lowlevel.checkpoint()
        handled.append(item)
        busy -= 1

    inbox = Inbox(nursery, handle)
    for item in range(100):
        await inbox.put(item)
    await trio.testing.wait_all_tasks_blocked()
    assert handled == list(range(100))


async def test_no_task_is_held_while_there_is_nothing_to_do() -> None:
    async def handle(item: int) -> None:
        await trio.lowlevel.checkpoint()

    async with trio.open_nursery() as nursery:
        inbox = Inbox(nursery, handle)
        for item in range(3):
            await inbox.put(item)
            await trio.testing.wait_all_tasks_blocked()
            assert not nursery.child_tasks


async def test_a_full_inbox_makes_the_reader_wait(nursery: trio.Nursery) -> None:
    gate, handled = trio.Event(), []

    async def handle(item: int) -> None:
        await gate.wait()
        handled.append(item)

    inbox = Inbox(nursery, handle)
    put = 0

    async def fill() -> None:
        nonlocal put
        while True:
            await inbox.put(put)
            put += 1

    nursery.start_soon(fill)
    await trio.testing.wait_all_tasks_blocked()
    assert put == INBOX_BOUND + 1
    gate.set()
    with trio.fail_after(1):
        while len(handled) < 3 * INBOX_BOUND:
            await trio.lowlevel.checkpoint()
    nursery.cancel_scope.cancel()


async def test_a_failure_ends_the_scope_of_the_inbox() -> None:
    async def handle(item: int) -> None:
        raise ZeroDivisionError

    with pytest.RaisesGroup(ZeroDivisionError):
        async with trio.open_nursery() as nursery:
            await Inbox(nursery, handle).put(1)


async def test_stopping_cancels_what_is_under_way_and_drops_the_rest(nursery: trio.Nursery) -> None:
    begun, ended = [], []

    async def handle(item: int) -> None:
        begun.append(item)
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await trio.lowlevel.checkpoint()
            ended.append(item)

    inbox = Inbox(nursery, handle)
    for item in range(3):
        assert inbox.offer(item)
    await trio.testing.wait_all_tasks_blocked()
    await inbox.stop()
    assert (begun, ended) == ([0], [0])
    assert inbox.offer(9)
    await trio.testing.wait_all_tasks_blocked()
    assert begun == [0]
    await inbox.stop()


async def test_offering_does_not_wait(nursery: trio.Nursery) -> None:
    async def handle(item: int) -> None:
        await trio.sleep_forever()

    inbox = Inbox(nursery, handle)
    assert all(inbox.offer(item) for item in range(INBOX_BOUND))
    assert not inbox.offer(INBOX_BOUND)
    await trio.testing.wait_all_tasks_blocked()
    assert inbox.offer(INBOX_BOUND)  # the first is in hand
    assert not inbox.offer(INBOX_BOUND + 1)
    await inbox.stop()
