"""SIGKILL of the real server during edits and playback: what was acknowledged is there, and the music goes on in place."""

import json
import urllib.request
from collections.abc import Callable

import pytest
import trio

from sync.timeline.transport import position_at
from sync.units import Micros
from sync.wire.frames import Done, Play, Probe, ProbeReply
from tests.end_to_end.server_process import ServerProcess
from tests.end_to_end.socket_client import SocketClient, connected, make_guest

pytestmark = pytest.mark.slow
KILLS = 5


def demo(server: ServerProcess, cookie: str) -> tuple[str, list[str]]:
    """The demo room and the library's tracks."""

    def get(path: str) -> dict[str, object]:
        request = urllib.request.Request(server.url + path, headers={"Cookie": cookie})
        with urllib.request.urlopen(request, timeout=10) as answer:
            content: dict[str, object] = json.load(answer)
            return content

    room = str(get("api/instance")["demo_room"])
    tracks = [track["track"] for track in get("api/tracks?q=")["tracks"]]  # type: ignore[attr-defined]  # JSON
    return room, tracks


async def edit_until_cut_off(client: SocketClient, tracks: list[str], first: int) -> None:
    """Add as fast as the server acknowledges a few in advance, until the connection breaks."""
    number = first
    try:
        while not client.is_over:
            await client.add(f"k{number}", tracks[number % len(tracks)])
            number += 1
            await trio.sleep(0.002)
    except Exception:  # the socket fails in whatever way a killed server makes it fail
        return


async def test_no_acknowledged_edit_is_lost_when_the_server_is_killed(
    make_server: Callable[..., ServerProcess],
) -> None:
    server = make_server().start()
    cookie = make_guest(server)
    room, tracks = demo(server, cookie)
    acknowledged: set[str] = set()
    for kill in range(KILLS):
        first = kill * 10_000
        async with connected(server, cookie) as client, trio.open_nursery() as nursery:
            await client.enter(room)
            nursery.start_soon(edit_until_cut_off, client, tracks, first)
            await trio.sleep(0.15 + 0.1 * kill)
            await trio.to_thread.run_sync(server.kill)
            nursery.cancel_scope.cancel()
        acknowledged |= {f"k{first + number}" for number in range(client.saved())}
        server.start()
    async with connected(server, cookie) as client:
        await client.enter(room)
        assert len(acknowledged) > 20
        assert acknowledged <= client.entries().keys()
        assert client.refusals() == []


async def test_music_goes_on_in_place_after_a_kill(make_server: Callable[..., ServerProcess]) -> None:
    server = make_server().start()
    cookie = make_guest(server)
    room, _ = demo(server, cookie)
    async with connected(server, cookie) as client:
        await client.enter(room, sound=True)
        await client.command(Play())
        await client.wait_for(Done)
        before = client.transport()
        await trio.sleep(1)
        await trio.to_thread.run_sync(server.kill)
    server.start()
    async with connected(server, cookie) as client:
        await client.enter(room, sound=True)
        after = client.transport()
        await client.send(Probe(1, 0))
        now = Micros((await client.wait_for(ProbeReply)).answered)
    assert after.status == "playing"
    assert after.clock_epoch != before.clock_epoch
    # Both timebases are CLOCK_MONOTONIC of one boot, so the two lines must be the same line.
    assert position_at(after, now) == position_at(before, now)
