"""Connections are taken from the listener, one after the other, whatever becomes of some of them."""

import errno
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import trio
import trio.testing
from trio.testing import MockClock

from web.realtime.acceptor import accept_all


async def listening() -> tuple[trio.SocketListener, tuple[str, int]]:
    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    return listener, listener.socket.getsockname()


async def test_everybody_is_taken_and_may_be_spoken_to() -> None:
    listener, address = await listening()
    taken: list[socket.socket] = []
    with ExitStack() as open_sockets:
        # More than are taken at a turn, and all there before anybody looks.
        peers = [open_sockets.enter_context(socket.create_connection(address)) for _ in range(40)]
        async with trio.open_nursery() as nursery:
            nursery.start_soon(accept_all, listener, taken.append)
            with trio.fail_after(5):
                while len(taken) < len(peers):
                    await trio.sleep(0.001)
            nursery.cancel_scope.cancel()
        for each in taken:
            open_sockets.enter_context(each)
        assert {each.getpeername() for each in taken} == {peer.getsockname() for peer in peers}
        assert taken[0].getsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT) == 16 * 1024


async def test_cancelling_closes_the_listener() -> None:
    listener, address = await listening()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(accept_all, listener, lambda raw: None)
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)


class Troubled(socket.socket):
    """A listener whose next calls of accept fail."""

    troubles: Iterator[int] = iter(())

    def accept(self) -> tuple[socket.socket, Any]:
        trouble = next(self.troubles, None)
        if trouble is not None:
            raise OSError(trouble, "as told")
        return super().accept()


@pytest.mark.parametrize("trouble", [errno.ECONNABORTED, errno.EMFILE])
async def test_trouble_with_one_does_not_keep_the_others_out(
    trouble: int, monkeypatch: pytest.MonkeyPatch, autojump_clock: MockClock
) -> None:
    listener, address = await listening()
    monkeypatch.setattr(Troubled, "troubles", iter([trouble]))
    monkeypatch.setattr("web.realtime.acceptor.socket.socket", Troubled)
    taken: list[socket.socket] = []
    with socket.create_connection(address) as peer:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(accept_all, listener, taken.append)
            while not taken:
                await trio.sleep(0.01)
            nursery.cancel_scope.cancel()
        with taken[0] as connected:
            assert connected.getpeername() == peer.getsockname()


async def test_a_broken_listener_is_no_silent_end(monkeypatch: pytest.MonkeyPatch) -> None:
    listener, address = await listening()
    monkeypatch.setattr(Troubled, "troubles", iter([errno.EINVAL]))
    monkeypatch.setattr("web.realtime.acceptor.socket.socket", Troubled)
    with socket.create_connection(address), pytest.raises(OSError, match="as told"), trio.fail_after(5):
        await accept_all(listener, lambda raw: None)
