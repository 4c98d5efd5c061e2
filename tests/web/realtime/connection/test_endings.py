"""Who ends a connection, and what is the last word."""

import pytest
import structlog.testing
import trio
import trio.testing
from trio_websocket import ConnectionClosed

from sync.wire.frames import (
    MAX_INBOUND_BYTES,
    MAX_OUTBOUND_BYTES,
    Command,
    Done,
    Enter,
    Hello,
    Opened,
    Play,
    Probe,
    ProbeReply,
    Refused,
)
from tests.fakes.sockets import UPGRADE, GatewayStand, last_word_of, room_of
from tests.fakes.website import Client


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\x00",
        b"\xc1",
        b"\x93\xa5probe\x01",
        b"\x91\xa5hello",
        b"\xdd\xff\xff\xff\xff",
        bytes(1000),
        b"\x91" * 500,
    ],
)
async def test_garbage_ends_the_connection_with_its_name(stand: GatewayStand, garbage: bytes) -> None:
    async with stand.client(await stand.person()) as client:
        await client.socket.send_message(garbage)
        assert await last_word_of(client) == ("malformed-frame", 4400)


async def test_text_is_no_frame(stand: GatewayStand) -> None:
    async with stand.client(await stand.person()) as client:
        await client.socket.send_message("hello")
        assert await last_word_of(client) == ("malformed-frame", 4400)


async def test_an_oversized_frame_is_told_so(stand: GatewayStand) -> None:
    async with stand.client(await stand.person()) as client:
        await client.socket.send_message(bytes(MAX_INBOUND_BYTES + 1))
        assert await last_word_of(client) == ("frame-too-large", 4413)


async def test_a_huge_frame_is_not_even_read_to_its_end(stand: GatewayStand) -> None:
    async with stand.client(await stand.person()) as client:
        await client.socket.send_message(bytes(3 * MAX_INBOUND_BYTES))
        with pytest.raises(ConnectionClosed) as closed:
            await client.receive()
        assert closed.value.reason is not None
        assert closed.value.reason.code == 1009


async def test_hello_comes_first_and_once(stand: GatewayStand) -> None:
    async with stand.socket(await stand.person()) as socket:
        client = Client(socket)
        await client.send(Probe(1, 1))
        assert await last_word_of(client) == ("out-of-order", 4409)
    async with stand.client(await stand.person()) as client:
        await client.send(Hello(1, "again"))
        assert await last_word_of(client) == ("out-of-order", 4409)


@pytest.mark.slow
async def test_a_bug_in_a_room_ends_this_connection_only(stand: GatewayStand, caplog: pytest.LogCaptureFixture) -> None:
    room = await room_of(stand)
    async with stand.client(await stand.person()) as client, stand.client(await stand.person()) as other:
        await client.send(Enter(room))
        await client.receive()
        await trio.testing.wait_all_tasks_blocked(0.01)
        stand.rooms.seats[0].refuses = ZeroDivisionError("a bug")
        with structlog.testing.capture_logs() as lines:
            await client.send(Command(room, 1, Play()))
            assert await last_word_of(client) == ("failed", 4500)
        assert [line["event"] for line in lines if line["log_level"] == "error"] == ["connection failed"]
        await other.send(Probe(1, 1))
        assert isinstance(await other.receive(), ProbeReply)


async def test_answers_that_are_not_read_end_the_connection(stand: GatewayStand) -> None:
    room = await room_of(stand)
    async with stand.client(await stand.person()) as client:
        await client.send(Enter(room))
        await client.receive()
        for _ in range(3000):
            stand.rooms.seats[0].outlet.send(Refused("update", f"queue:{room}", 1, "refused", "x" * 1000))
        await trio.testing.wait_all_tasks_blocked(0.05)
        assert len(stand.gateway) == 0
        assert stand.rooms.seats[0].has_left
        # Nothing is sent, and nothing raised, for one who is gone.
        stand.rooms.seats[0].outlet.send(Done(room, 1))
        assert stand.rooms.publish(Done(room, 1)) == []


async def test_a_frame_that_does_not_fit_ends_one_connection_and_raises_nothing(stand: GatewayStand) -> None:
    room = await room_of(stand)
    async with stand.client(await stand.person()) as client:
        await client.send(Enter(room))
        await client.receive()
        with structlog.testing.capture_logs():
            stand.rooms.seats[0].outlet.send(Opened(f"queue:{room}", 1, bytes(MAX_OUTBOUND_BYTES), b""))
        assert await last_word_of(client) == ("failed", 4500)


async def test_a_clean_goodbye_of_the_client_is_answered(stand: GatewayStand) -> None:
    async with stand.client(await stand.person()) as client:
        with trio.fail_after(1):
            await client.socket.aclose(1000, "bye")
        await trio.testing.wait_all_tasks_blocked(0.01)
        assert len(stand.gateway) == 0


async def test_a_peer_that_does_not_answer_the_goodbye_is_not_waited_for(
    stand: GatewayStand, autojump_clock: trio.testing.MockClock
) -> None:
    async with stand.wire(await stand.person()) as wire:
        await wire.send_all(UPGRADE)
        await trio.testing.wait_all_tasks_blocked(0.01)
        assert len(stand.gateway) == 1
        stand.gateway.drain()
        began = trio.current_time()
        told = b"".join([chunk async for chunk in wire])
        assert told.startswith(b"HTTP/1.1 101")
        assert b"going-away" in told
        assert 0.5 < trio.current_time() - began < 1.5


async def test_a_peer_that_breaks_the_framing_is_let_go(stand: GatewayStand) -> None:
    async with stand.wire(await stand.person()) as wire:
        await wire.send_all(UPGRADE)
        await wire.receive_some()
        await wire.send_all(b"\x80\x80\x00\x00\x00\x00")  # the rest of a message that never began
        with trio.fail_after(2):
            while await wire.receive_some():
                pass
            while len(stand.gateway):  # the peer sees the end a moment before the gateway has tidied up
                await trio.sleep(0.01)
