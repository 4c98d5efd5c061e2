from functools import partial

import pytest
import trio
import trio.testing

from loadtests.insync.links import Link, Way, carry, open_entrance

Stream = trio.abc.HalfCloseableStream


async def first_byte_after(stream: Stream) -> float:
    began = trio.current_time()
    assert await stream.receive_some(1)
    return trio.current_time() - began


async def sent_through(
    link: Link, *, is_up: bool, count: int = 1, pause: float = 0.0, stall: float = 0.0
) -> list[float]:
    """Seconds that each of `count` bytes was under way."""
    device, device_end = trio.testing.memory_stream_pair()
    server, server_end = trio.testing.memory_stream_pair()
    source, target = (device, server) if is_up else (server, device)
    sent: list[float] = []
    came: list[float] = []

    async def send() -> None:
        for _ in range(count):
            sent.append(trio.current_time())
            await source.send_all(b"x")
            await trio.sleep(pause)

    way = Way(link)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(carry, way, device_end, server_end)
        nursery.start_soon(send)
        await trio.testing.wait_all_tasks_blocked()
        if stall:
            way.stall(stall)
        while len(came) < count:
            data = await target.receive_some(100)
            came += [trio.current_time()] * len(data)
        nursery.cancel_scope.cancel()
    return [end - start for start, end in zip(sent, came, strict=True)]


async def test_each_direction_takes_its_own_time(autojump_clock: trio.testing.MockClock) -> None:
    link = Link(up_ms=5, down_ms=25)
    assert await sent_through(link, is_up=True) == pytest.approx([0.005])
    assert await sent_through(link, is_up=False) == pytest.approx([0.025])


async def test_a_link_without_faults_adds_nothing(autojump_clock: trio.testing.MockClock) -> None:
    assert await sent_through(Link(), is_up=True, count=5, pause=0.01) == [0.0] * 5


async def test_jitter_stays_within_its_bounds_and_keeps_the_order(autojump_clock: trio.testing.MockClock) -> None:
    times = await sent_through(Link(up_ms=20, jitter_ms=10), is_up=True, count=200, pause=0.05)
    assert min(times) >= 0.0099
    assert max(times) <= 0.0301
    assert max(times) - min(times) > 0.015
    # Much closer together than they scatter: what comes late holds up what is behind it, and none is lost.
    assert len(await sent_through(Link(up_ms=20, jitter_ms=10), is_up=True, count=200, pause=0.001)) == 200


async def test_a_loss_is_a_pause_for_all_that_is_behind_it(autojump_clock: trio.testing.MockClock) -> None:
    times = await sent_through(Link(up_ms=10, down_ms=10, loss=0.05), is_up=True, count=400, pause=0.02)
    paused = [each for each in times if each > 0.0101]
    assert paused
    assert max(paused) >= 0.2
    # Behind a pause of 230 ms, those that were sent 20 ms later waited 20 ms less.
    first = next(number for number, each in enumerate(times) if each > 0.2)
    assert times[first + 1] == pytest.approx(times[first] - 0.02)


async def test_a_standstill_holds_what_is_under_way(autojump_clock: trio.testing.MockClock) -> None:
    assert await sent_through(Link(up_ms=5), is_up=True, stall=0.5) == pytest.approx([0.5])


async def test_the_end_of_one_side_comes_through_and_the_other_may_go_on(
    autojump_clock: trio.testing.MockClock,
) -> None:
    device, device_end = trio.testing.memory_stream_pair()
    server, server_end = trio.testing.memory_stream_pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(carry, Way(Link(up_ms=3)), device_end, server_end)
        await device.send_all(b"question")
        await device.send_eof()
        assert await server.receive_some(100) == b"question"
        assert await server.receive_some(100) == b""
        await server.send_all(b"answer")
        await server.send_eof()
        assert await device.receive_some(100) == b"answer"
        assert await device.receive_some(100) == b""


async def test_who_goes_away_takes_the_other_along(autojump_clock: trio.testing.MockClock) -> None:
    device, device_end = trio.testing.memory_stream_pair()
    server, server_end = trio.testing.memory_stream_pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(carry, Way(Link()), device_end, server_end)
        await device.send_all(b"x")
        assert await server.receive_some(1) == b"x"
        await device.aclose()
        await server.aclose()


@pytest.mark.parametrize("wrong", [{"up_ms": -1.0}, {"jitter_ms": -1.0}, {"loss": 1.0}, {"loss": -0.1}])
def test_no_link_is_quicker_than_time_or_loses_everything(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="no network"):
        Link(**wrong)  # type: ignore[arg-type]  # a mixture of types is what is refused here


async def test_an_entrance_leads_to_the_server_and_shuts_when_it_is_away() -> None:
    async def echo(stream: trio.SocketStream) -> None:
        async for data in stream:
            await stream.send_all(data)

    async with trio.open_nursery() as nursery:
        listeners: list[trio.SocketListener] = await nursery.start(partial(trio.serve_tcp, echo, 0, host="127.0.0.1"))
        port = listeners[0].socket.getsockname()[1]
        async with open_entrance(Way(Link()), port) as entrance:
            stream = await trio.open_tcp_stream("127.0.0.1", entrance)
            await stream.send_all(b"hello")
            assert await stream.receive_some(100) == b"hello"
            await stream.aclose()
            nursery.cancel_scope.cancel()
    async with (
        open_entrance(Way(Link()), port) as entrance,
        await trio.open_tcp_stream("127.0.0.1", entrance) as stream,
    ):
        assert await stream.receive_some(100) == b""
