"""The way in: handshake, bytes of the peer, its end."""

import socket
import ssl

import pytest
import trio

from tests.fakes.fanout_pair import Clock, Pair, connected
from web.realtime.fanout import FanoutStream


async def test_what_the_peer_sends_is_received_and_stamped(pair: Pair) -> None:
    before = pair.stream.read_at
    await pair.peer.send_all(b"abcdef")
    assert await pair.stream.receive_some(4) == b"abcd"
    assert pair.stream.read_at > before
    assert await pair.stream.receive_some(4) == b"ef"


async def test_who_is_not_read_can_send_little_ahead() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    peer = socket.create_connection(listener.getsockname())
    raw, _ = listener.accept()
    listener.close()
    with raw, peer:
        async with trio.open_nursery() as nursery:
            stream = FanoutStream(nursery, raw, Clock())
            stream.shorten_backlog(32 * 1024)
            # The kernel doubles what is asked for, and no longer lets it grow to megabytes while it is being read.
            assert raw.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) <= 2 * 32 * 1024


async def test_unread_bytes_come_again_first(pair: Pair) -> None:
    await pair.peer.send_all(b"cd")
    pair.stream.unread(b"b")
    pair.stream.unread(b"a")
    assert await pair.stream.receive_some(1) == b"a"
    assert await pair.stream.receive_some() == b"b"
    assert await pair.stream.receive_some() == b"cd"


async def test_a_cancelled_receive_loses_nothing(pair: Pair) -> None:
    await pair.peer.send_all(b"first")
    await pair.peer.send_all(b"second")
    received = b""
    while len(received) < len(b"firstsecond"):
        with trio.CancelScope() as scope:
            scope.cancel()
            received += await pair.stream.receive_some()
        assert scope.cancelled_caught
        with trio.fail_after(1):
            received += await pair.stream.receive_some()
    assert received == b"firstsecond"


async def test_either_side_may_end_first(pair: Pair) -> None:
    await pair.stream.send_all(b"bye")
    await pair.stream.send_eof()
    assert await pair.read(3) == b"bye"
    assert await pair.peer.receive_some(1) == b""
    transport = pair.peer.transport_stream if isinstance(pair.peer, trio.SSLStream) else pair.peer
    assert isinstance(transport, trio.SocketStream)
    await transport.send_eof()
    assert await pair.stream.receive_some() == b""


async def test_a_client_that_is_no_tls_client_is_turned_away(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    async with connected() as pair:
        await pair.peer.send_all(b"\x16\x03\x01" + bytes(100))
        with pytest.raises(trio.BrokenResourceError, match="TLS handshake"):
            await pair.stream.encrypt(contexts[0])


async def test_a_client_that_leaves_in_the_handshake_is_gone(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    async with connected() as pair:
        await pair.peer.aclose()
        with pytest.raises(trio.BrokenResourceError):
            await pair.stream.encrypt(contexts[0])
