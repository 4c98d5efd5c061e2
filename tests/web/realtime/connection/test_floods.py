"""Those who send more than their share."""

from contextlib import suppress

import pytest
import trio
import trio.testing
from trio_websocket import ConnectionClosed

from sync.wire.codec import encode
from sync.wire.frames import (
    PROTOCOL_VERSION,
    Ending,
    Hello,
    Open,
    Probe,
    ProbeReply,
    Refused,
    Report,
)
from tests.fakes.sockets import UPGRADE, GatewayStand


@pytest.mark.slow
async def test_a_flood_is_slowed_down_but_arrives(stand: GatewayStand, autojump_clock: trio.testing.MockClock) -> None:
    async with stand.client(await stand.person()) as client:
        began = trio.current_time()

        async def flood() -> None:
            for number in range(900):
                await client.send(Probe(number, 0))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(flood)
            for number in range(900):
                answer = await client.receive(within_seconds=60)
                assert isinstance(answer, ProbeReply)
                assert answer.seq == number
        # 300 at once, the other 600 at 60 a second.
        assert 9 < trio.current_time() - began < 12


async def test_opening_documents_over_and_over_is_slowed_down_sooner(
    stand: GatewayStand, autojump_clock: trio.testing.MockClock
) -> None:
    async with stand.client(await stand.person()) as client:
        began = trio.current_time()
        for _ in range(60):
            await client.send(Open("queue:r00m"))
        for _ in range(60):
            assert isinstance(await client.receive(within_seconds=60), Refused)
        # 30 at once, the others at six a second.
        assert 4 < trio.current_time() - began < 6


@pytest.mark.slow
async def test_one_who_never_stops_flooding_is_ended(
    stand: GatewayStand, autojump_clock: trio.testing.MockClock
) -> None:
    async with stand.client(await stand.person()) as client, trio.open_nursery() as nursery:

        async def flood() -> None:
            with suppress(ConnectionClosed):
                while True:
                    await client.send(Report("r00m", "silent"))

        nursery.start_soon(flood)
        with trio.fail_after(60):
            code = ""
            while code != "too-many":
                frame = await client.receive(within_seconds=60)
                code = frame.code if isinstance(frame, Ending) else ""


@pytest.mark.slow
@pytest.mark.parametrize(
    "noise", [b"\x89\x80\x00\x00\x00\x00", b"\x00\x80\x00\x00\x00\x00"], ids=["pings", "empty fragments"]
)
async def test_noise_that_says_nothing_is_ended(stand: GatewayStand, noise: bytes) -> None:
    async with stand.wire(await stand.person()) as wire:
        await wire.send_all(UPGRADE)
        await wire.receive_some()
        hello = encode(Hello(PROTOCOL_VERSION, "tests"))
        await wire.send_all(bytes((0x82, 0x80 | len(hello), 0, 0, 0, 0)) + hello)
        if noise[0] == 0:
            await wire.send_all(b"\x02\x80\x00\x00\x00\x00")

        async def listen() -> None:
            told = b""
            with suppress(trio.BrokenResourceError):
                while chunk := await wire.receive_some():
                    told = told[-100:] + chunk
            assert b"too-many" in told
            nursery.cancel_scope.cancel()

        async def flood() -> None:
            with suppress(trio.BrokenResourceError):
                for _ in range(30):
                    await wire.send_all(noise * 1000)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(listen)
            nursery.start_soon(flood)
            for _ in range(1500):  # what looks after connections once a second
                stand.gateway.look_after(stand.time.now())
                await trio.sleep(0.02)
            raise AssertionError("nobody minded")
