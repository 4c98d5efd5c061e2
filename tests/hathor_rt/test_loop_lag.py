import time

import trio
import trio.testing

from hathor_rt.loop_lag import sample_loop_lag
from hathor_rt.observations import Distribution


async def test_a_stall_of_the_loop_is_noted(nursery: trio.Nursery) -> None:
    lags = Distribution((0.02, 10.0))
    nursery.start_soon(sample_loop_lag, lags)
    with trio.fail_after(5):
        while lags.count < 1:
            await trio.sleep(0.01)
        before = lags.counts[1]
        time.sleep(0.15)  # noqa: ASYNC251, TID251  # what must not happen
        while lags.counts[1] == before:
            await trio.sleep(0.01)
    assert lags.total > 0.02


async def test_an_idle_loop_has_no_lag(autojump_clock: trio.testing.MockClock, nursery: trio.Nursery) -> None:
    lags = Distribution((0.001,))
    nursery.start_soon(sample_loop_lag, lags)
    await trio.sleep(10.05)
    assert lags.counts == [100, 0]
