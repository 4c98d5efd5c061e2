"""What every engine of the bus promises. An engine's own test gives the fixture `bus` and inherits `BusSuite`.

The engine under test must hold exactly `BOUND` messages per subscriber.
"""

from collections.abc import AsyncIterator

import trio
import trio.testing

from hathor_rt.bus.ports import Bus, Message

BOUND = 8


async def _next(messages: AsyncIterator[Message]) -> Message:
    with trio.fail_after(5):
        return await anext(messages)


class BusSuite:
    """Order, bounds and gaps."""

    async def test_a_subscriber_hears_what_is_published_in_order(self, bus: Bus) -> None:
        async with bus.subscribe("room") as messages:
            for payload in (b"a", b"b", b"c"):
                await bus.publish("room", payload)
            assert [(await _next(messages)).payload for _ in range(3)] == [b"a", b"b", b"c"]

    async def test_positions_grow_by_one_and_publish_returns_them(self, bus: Bus) -> None:
        async with bus.subscribe("room") as messages:
            given = [await bus.publish("room", b"x") for _ in range(5)]
            heard = [(await _next(messages)).position for _ in range(5)]
        assert heard == given
        assert given == list(range(given[0], given[0] + 5))

    async def test_every_subscriber_hears_every_message(self, bus: Bus) -> None:
        async with bus.subscribe("room") as first, bus.subscribe("room") as second:
            await bus.publish("room", b"x")
            assert await _next(first) == await _next(second)

    async def test_topics_are_heard_apart(self, bus: Bus) -> None:
        async with bus.subscribe("room") as messages:
            await bus.publish("other", b"no")
            await bus.publish("room", b"yes")
            assert (await _next(messages)).payload == b"yes"

    async def test_what_was_published_before_is_not_heard(self, bus: Bus) -> None:
        await bus.publish("room", b"before")
        async with bus.subscribe("room") as messages:
            await bus.publish("room", b"after")
            assert (await _next(messages)).payload == b"after"

    async def test_positions_go_on_while_nobody_listens(self, bus: Bus) -> None:
        async with bus.subscribe("room") as messages:
            await bus.publish("room", b"x")
            last = (await _next(messages)).position
        await bus.publish("room", b"missed")
        async with bus.subscribe("room") as messages:
            await bus.publish("room", b"x")
            assert (await _next(messages)).position == last + 2

    async def test_a_subscriber_that_falls_behind_sees_a_gap_and_then_the_newest(self, bus: Bus) -> None:
        async with bus.subscribe("room") as messages:
            first = await bus.publish("room", b"0")
            assert (await _next(messages)).position == first
            last = first
            for number in range(1, 4 * BOUND):
                last = await bus.publish("room", str(number).encode())
            heard = [await _next(messages) for _ in range(BOUND)]
        assert [message.position for message in heard] == list(range(last - BOUND + 1, last + 1))
        assert heard[0].position > first + 1

    async def test_a_slow_subscriber_costs_another_nothing(self, bus: Bus) -> None:
        async with bus.subscribe("room"), bus.subscribe("room") as quick:
            for number in range(4 * BOUND):
                position = await bus.publish("room", str(number).encode())
                assert (await _next(quick)).position == position

    async def test_a_waiting_subscriber_is_woken(self, bus: Bus) -> None:
        heard: list[bytes] = []

        async with bus.subscribe("room") as messages, trio.open_nursery() as nursery:

            async def listen() -> None:
                heard.append((await _next(messages)).payload)

            nursery.start_soon(listen)
            await trio.testing.wait_all_tasks_blocked()
            await bus.publish("room", b"x")
        assert heard == [b"x"]

    async def test_a_cancelled_wait_loses_no_message(self, bus: Bus) -> None:
        async with bus.subscribe("room") as messages:
            with trio.move_on_after(0.01):
                await anext(messages)
            await bus.publish("room", b"x")
            assert (await _next(messages)).payload == b"x"

    async def test_publishing_to_nobody_is_fine(self, bus: Bus) -> None:
        assert await bus.publish("nobody", b"x") >= 1

    async def test_concurrent_publishers_share_one_order(self, bus: Bus) -> None:
        positions: list[int] = []

        async def publish(payload: bytes) -> None:
            positions.append(await bus.publish("room", payload))

        async with bus.subscribe("room") as messages:
            async with trio.open_nursery() as nursery:
                for number in range(BOUND):
                    nursery.start_soon(publish, str(number).encode())
            heard = [await _next(messages) for _ in range(BOUND)]
        assert [message.position for message in heard] == sorted(positions)
        assert len({message.payload for message in heard}) == BOUND
