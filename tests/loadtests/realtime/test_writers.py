"""Writers send what is due, and leave out what is due while their socket takes nothing."""

import socket
from collections.abc import Iterator

import pytest

from loadtests.realtime.client import Client
from loadtests.realtime.dialects import YWebsocket
from loadtests.realtime.frames import client_frame
from loadtests.realtime.updates import MapWriter
from loadtests.realtime.writers import ROOT, Writer


@pytest.fixture
def pair() -> Iterator[tuple[Writer, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    yield Writer(Client(ours), 0, YWebsocket(), "document", 1000), theirs
    ours.close()
    theirs.close()


def test_values_go_out_in_order_when_they_are_due(pair: tuple[Writer, socket.socket]) -> None:
    writer, peer = pair
    writer.prepare(5)
    writer.send_until(1)
    writer.send_until(1)
    writer.send_until(3)
    writer.give_up_the_rest()
    updates = MapWriter(0x5000_0000, ROOT, "w000")
    expected = [b"~000.%09d~" % number + b"x" * 985 for number in range(3)]
    frames = b"".join(client_frame(YWebsocket().edit("document", update)) for update in updates.sets(expected))
    assert peer.recv(1 << 16) == frames
    assert [(each.first, each.end) for each in writer.bursts] == [(0, 1), (1, 3)]
    assert writer.newest_value == expected[-1]


def test_what_is_due_while_the_socket_is_full_is_left_out(pair: tuple[Writer, socket.socket]) -> None:
    writer, peer = pair
    writer.prepare(1000)
    writer.send_until(100)
    assert writer.client.is_blocked
    writer.send_until(150)
    assert (writer.next, writer.left_out) == (100, 50)
    while not writer.client.send_on():
        peer.recv(1 << 16)
    writer.send_until(151)
    assert (writer.next, writer.left_out) == (101, 50)


def test_the_next_run_goes_on_where_the_last_one_stopped(pair: tuple[Writer, socket.socket]) -> None:
    writer, peer = pair
    writer.prepare(10)
    writer.send_until(1)
    writer.give_up_the_rest()
    peer.recv(1 << 16)
    writer.prepare(1)
    upcoming = writer.value_after_next
    writer.send_until(1)
    assert writer.newest_value == upcoming
    assert b"~000.000000001~" in peer.recv(1 << 16)
