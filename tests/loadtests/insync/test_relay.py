import json
import socket
from dataclasses import asdict

import pytest
import trio
import trio.testing

from loadtests.insync.links import Link, Way
from loadtests.insync.relay import obey, relay


def test_each_browser_has_a_way_of_its_own_to_the_server() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        relay([Link(), Link(up_ms=1)], server.getsockname()[1]) as running,
    ):
        assert len(set(running.ports)) == 2
        for card in (0, 1):
            assert running.base(card) == f"http://127.0.0.1:{running.ports[card]}/"
            with socket.create_connection(("127.0.0.1", running.ports[card])) as device:
                arrived, _ = server.accept()
                with arrived:
                    running.change(card, Link(down_ms=1))
                    running.stall(card, 0.001)
                    device.sendall(b"up")
                    assert arrived.recv(10) == b"up"
                    arrived.sendall(b"down")
                    assert device.recv(10) == b"down"


async def test_orders_are_for_the_card_they_name(autojump_clock: trio.testing.MockClock) -> None:
    ways = [Way(Link()), Way(Link())]
    obey(ways, json.dumps({"card": 1, "link": asdict(Link(up_ms=7))}).encode())
    obey(ways, json.dumps({"card": 1, "stall_seconds": 0.5}).encode())
    assert [way.link.up_ms for way in ways] == [0, 7]
    began = trio.current_time()
    await ways[0].until_open(began)
    assert trio.current_time() == began
    await ways[1].until_open(began)
    assert trio.current_time() == pytest.approx(began + 0.5)


async def test_an_order_for_nobody_is_a_mistake_of_the_rig() -> None:
    with pytest.raises(IndexError):
        obey([Way(Link())], b'{"card": 3, "stall_seconds": 1}')
