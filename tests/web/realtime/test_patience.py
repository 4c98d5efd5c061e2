import trio
import trio.testing

from web.realtime.patience import Patience


async def waiting(patience: Patience) -> bool:
    """Whether it waited in vain."""
    with trio.move_on_after(60) as scope, patience.until_the_end(scope):
        await trio.sleep(30)
    return scope.cancelled_caught


async def test_what_waits_is_let_go_at_the_end(autojump_clock: trio.testing.MockClock) -> None:
    patience = Patience()
    outcomes: list[bool] = []

    async def wait() -> None:
        outcomes.append(await waiting(patience))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(wait)
        nursery.start_soon(wait)
        await trio.sleep(1)
        patience.end()
    assert outcomes == [True, True]


async def test_who_comes_after_the_end_does_not_wait_at_all(autojump_clock: trio.testing.MockClock) -> None:
    patience = Patience()
    patience.end()
    began = trio.current_time()
    assert await waiting(patience)
    assert trio.current_time() == began


async def test_what_was_heard_before_the_end_is_not_touched(autojump_clock: trio.testing.MockClock) -> None:
    patience = Patience()
    assert not await waiting(patience)
    patience.end()
    await trio.lowlevel.checkpoint()
