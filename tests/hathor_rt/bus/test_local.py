import pytest
import trio
import trio.testing

from hathor_rt.bus.local import LocalBus
from tests.conformance.bus_suite import BOUND, BusSuite


@pytest.fixture
def bus() -> LocalBus:
    return LocalBus(bound=BOUND)


class TestLocalBus(BusSuite):
    pass


async def test_iteration_ends_when_the_subscription_does() -> None:
    bus = LocalBus()
    async with bus.subscribe("room") as messages:
        await bus.publish("room", b"never read")
    assert [message async for message in messages] == []


async def test_a_reader_still_waiting_when_the_subscription_ends_stops() -> None:
    bus = LocalBus()
    heard: list[bytes] = []
    async with trio.open_nursery() as nursery, bus.subscribe("room") as messages:

        async def listen() -> None:
            heard.extend([message.payload async for message in messages])

        nursery.start_soon(listen)
        await trio.testing.wait_all_tasks_blocked()
    assert heard == []


def test_a_bound_of_nothing_is_refused() -> None:
    with pytest.raises(AssertionError):
        LocalBus(bound=0)
