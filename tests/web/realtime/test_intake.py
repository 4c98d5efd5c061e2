"""Bytes of a peer as they come, over a real socket. With TLS, and through the stream: fanout/test_reading.py."""

import socket
import struct
from collections.abc import Iterator

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from tests.fakes.fanout_pair import Clock
from web.realtime.intake import Intake


@pytest.fixture
def sockets() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Ours, which does not block, and the peer's."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        peer = socket.create_connection(listener.getsockname())
        ours, _ = listener.accept()
    ours.setblocking(False)
    with ours, peer:
        yield ours, peer


async def test_bytes_are_counted_and_stamped_when_they_are_taken(sockets: tuple[socket.socket, socket.socket]) -> None:
    ours, peer = sockets
    intake = Intake(ours, Clock())
    began = intake.read_at
    peer.sendall(b"abcdef")
    assert await intake.receive(4) == b"abcd"
    first = intake.read_at
    assert (first > began, intake.read_bytes) == (True, 4)
    assert await intake.receive(None) == b"ef"
    assert (intake.read_at > first, intake.read_bytes) == (True, 6)


async def test_what_was_unread_comes_first_and_is_counted_once(sockets: tuple[socket.socket, socket.socket]) -> None:
    ours, peer = sockets
    intake = Intake(ours, Clock())
    peer.sendall(b"head")
    intake.unread(await intake.receive(None))
    peer.sendall(b"tail")
    assert [await intake.receive(3), await intake.receive(3), await intake.receive(None)] == [b"hea", b"d", b"tail"]
    assert intake.read_bytes == 8


async def test_the_peers_end_is_nothing(sockets: tuple[socket.socket, socket.socket]) -> None:
    ours, peer = sockets
    peer.shutdown(socket.SHUT_WR)
    assert await Intake(ours, Clock()).receive(None) == b""


async def test_the_peers_reset_is_an_error(sockets: tuple[socket.socket, socket.socket]) -> None:
    ours, peer = sockets
    intake = Intake(ours, Clock())
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()
    with pytest.raises(trio.BrokenResourceError):
        await intake.receive(None)


async def test_whoever_waits_learns_that_the_socket_was_closed(sockets: tuple[socket.socket, socket.socket]) -> None:
    ours, _ = sockets
    intake = Intake(ours, Clock())

    async def receive() -> None:
        with pytest.raises(trio.ClosedResourceError):
            await intake.receive(None)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(receive)
        await wait_all_tasks_blocked()
        trio.lowlevel.notify_closing(ours)
        ours.close()
    with pytest.raises(trio.ClosedResourceError):
        await intake.receive(None)
