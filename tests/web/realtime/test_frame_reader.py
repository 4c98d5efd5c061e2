"""The reader over a real connection: a raw peer on one end, `FrameReader` on the other."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import pytest
import trio
import trio.testing

from sync.units import Micros
from tests.web.realtime.test_frame_parser import frame
from web.realtime.fanout import FanoutStream
from web.realtime.frame_reader import LOST, FrameReader, SocketClosed

LIMIT = 100_000


@dataclass(slots=True)
class Pair:
    """Both ends of a connection."""

    peer: trio.SocketStream
    stream: FanoutStream
    reader: FrameReader

    async def heard(self) -> bytes:
        """What the peer can read until nothing comes for a moment, or the end."""
        told = b""
        with trio.move_on_after(0.05):
            while chunk := await self.peer.receive_some():
                told += chunk
        return told


@asynccontextmanager
async def connected() -> AsyncIterator[Pair]:
    listener = socket.create_server(("127.0.0.1", 0))
    theirs = socket.create_connection(listener.getsockname())
    ours, _ = listener.accept()
    listener.close()
    theirs.setblocking(False)
    async with trio.open_nursery() as nursery, trio.SocketStream(trio.socket.from_stdlib_socket(theirs)) as peer:
        stream = FanoutStream(nursery, ours, lambda: Micros(0))
        yield Pair(peer, stream, FrameReader(stream, LIMIT))
        stream.shut()
        nursery.cancel_scope.cancel()


async def test_all_messages_of_one_arrival_come_together() -> None:
    async with connected() as pair:
        await pair.peer.send_all(frame(2, b"one") + frame(1, b"two") + frame(2, b"three"))
        assert await pair.reader.messages() == [b"one", "two", b"three"]


async def test_a_message_in_pieces_comes_when_it_is_whole() -> None:
    whole = frame(2, bytes(90_000), is_final=False) + frame(9, b"hi") + frame(0, b"end")
    async with connected() as pair, trio.open_nursery() as nursery:

        async def send() -> None:
            for start in range(0, len(whole), 7000):
                await pair.peer.send_all(whole[start : start + 7000])

        nursery.start_soon(send)
        assert await pair.reader.messages() == [bytes(90_000) + b"end"]
        assert await pair.heard() == b"\x8a\x02hi"


async def test_a_ping_alone_is_answered_and_is_no_message() -> None:
    async with connected() as pair, trio.open_nursery() as nursery:
        nursery.start_soon(pair.reader.messages)
        await pair.peer.send_all(frame(9, b"there?") + frame(10, b"unasked"))
        assert await pair.heard() == b"\x8a\x06there?"
        nursery.cancel_scope.cancel()


async def test_of_many_pings_at_once_the_last_is_answered() -> None:
    async with connected() as pair:
        await pair.peer.send_all(b"".join(frame(9, bytes((number,))) for number in range(200)) + frame(2, b"x"))
        assert await pair.reader.messages() == [b"x"]
        assert await pair.heard() == b"\x8a\x01\xc7"


async def test_a_goodbye_is_echoed_after_the_messages_before_it() -> None:
    async with connected() as pair:
        await pair.peer.send_all(frame(2, b"last") + frame(8, b"\x0f\xa1done"))
        assert await pair.reader.messages() == [b"last"]
        assert pair.stream.queue(b"\x82\x01a")
        for _ in range(2):
            with pytest.raises(SocketClosed) as closed:
                await pair.reader.messages()
            assert (closed.value.code, closed.value.reason) == (4001, "done")
        await pair.reader.close(1000)  # was done
        assert await pair.heard() == b"\x82\x01a\x88\x02\x0f\xa1"


async def test_a_goodbye_without_a_code_is_echoed_without_one() -> None:
    async with connected() as pair:
        await pair.peer.send_all(frame(8))
        with pytest.raises(SocketClosed, match="1005"):
            await pair.reader.messages()
        assert await pair.heard() == b"\x88\x00"


@pytest.mark.parametrize(
    ("wire", "code"),
    [
        (frame(2, b"bare", key=None), 1002),
        (frame(2, b"x", reserved=4), 1002),
        (frame(3), 1002),
        (frame(0), 1002),
        (frame(9, bytes(126)), 1002),
        (frame(8, b"\x03\xed"), 1002),
        (frame(1, b"\xff"), 1007),
        (frame(2, bytes(LIMIT + 1))[:20], 1009),
        (frame(2, bytes(4 * LIMIT)), 1009),
    ],
)
async def test_an_offence_is_told_by_its_code_even_to_a_peer_that_goes_on_sending(wire: bytes, code: int) -> None:
    async with connected() as pair, trio.open_nursery() as nursery:

        async def send() -> None:
            with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
                await pair.peer.send_all(wire)

        nursery.start_soon(send)
        with pytest.raises(SocketClosed) as closed:
            await pair.reader.messages()
        assert closed.value.code == code
        nursery.start_soon(pair.reader.close)
        told = b""
        with trio.fail_after(1):
            while chunk := await pair.peer.receive_some():
                told += chunk
        assert told[0] == 0x88
        assert int.from_bytes(told[2:4], "big") == code
        await pair.peer.aclose()


async def test_a_peer_that_leaves_without_a_word_is_lost() -> None:
    async with connected() as pair:
        await pair.peer.send_all(frame(2, b"half")[:-1])
        await pair.peer.aclose()
        with pytest.raises(SocketClosed) as closed:
            await pair.reader.messages()
        assert closed.value.code == LOST
        await pair.reader.close()


async def test_a_connection_that_was_shut_is_lost_too() -> None:
    async with connected() as pair, trio.open_nursery() as nursery:

        async def listen() -> None:
            with pytest.raises(SocketClosed):
                await pair.reader.messages()

        nursery.start_soon(listen)
        await trio.testing.wait_all_tasks_blocked(0.01)
        pair.stream.shut()


async def test_closing_waits_for_the_answer_and_drops_what_comes_before_it() -> None:
    async with connected() as pair, trio.open_nursery() as nursery:
        is_over = trio.Event()

        async def close() -> None:
            await pair.reader.close(4400, "no")
            is_over.set()

        nursery.start_soon(close)
        assert await pair.heard() == b"\x88\x04\x11\x30no"
        await pair.peer.send_all(frame(2, b"late") + frame(9, b"late"))
        await trio.testing.wait_all_tasks_blocked(0.01)
        assert not is_over.is_set()
        await pair.peer.send_all(frame(8, b"\x11\x30"))
        with trio.fail_after(1):
            await is_over.wait()
        assert await pair.heard() == b""  # a ping behind a goodbye is not answered


async def test_a_goodbye_is_said_once_and_before_anybody_waits() -> None:
    async with connected() as pair:
        pair.reader.say_goodbye(4400, "no")
        assert await pair.peer.receive_some() == b"\x88\x04" + (4400).to_bytes(2, "big") + b"no"
        await pair.peer.aclose()
        await pair.reader.close(4401, "another")


async def test_a_peer_that_does_not_answer_a_goodbye_is_waited_for_one_second(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with connected() as pair:
        began = trio.current_time()
        await pair.reader.close()
        assert trio.current_time() - began == pytest.approx(1)


async def test_cancelled_reading_loses_nothing() -> None:
    async with connected() as pair:
        wire = frame(2, b"message")
        for byte in wire[:-1]:
            await pair.peer.send_all(bytes((byte,)))
            with trio.move_on_after(0.002):
                await pair.reader.messages()
        await pair.peer.send_all(wire[-1:])
        assert await pair.reader.messages() == [b"message"]


async def test_pongs_for_a_peer_that_does_not_read_do_not_pile_up() -> None:
    async with connected() as pair:
        while pair.stream.queue(bytes(60_000)):
            pass
        before = pair.stream.is_waiting
        await pair.peer.send_all(b"".join(frame(9, bytes(125)) for _ in range(1000)) + frame(2, b"x"))
        while await pair.reader.messages() != [b"x"]:
            pass
        assert before
