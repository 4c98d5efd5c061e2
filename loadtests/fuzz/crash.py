"""SIGKILL of the server at random moments while several people edit: what was acknowledged must be there afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

import trio

from loadtests.fuzz.field import Broken, Site, known_tracks, new_site
from tests.end_to_end.server_process import ServerProcess
from tests.end_to_end.socket_client import SocketClient, connected, make_guest

_EDITORS: Final = 3
_EDIT_SECONDS: Final = 0.004
_LONGEST_LIFE_SECONDS: Final = 0.8
# So that no queue grows beyond what its clients can read quickly.
_KILLS_PER_ROOM: Final = 5


@dataclass(frozen=True, slots=True)
class Endured:
    """`kills` sudden deaths, over which `acknowledged` edits were said to be saved, all of which are there."""

    kills: int
    acknowledged: int


async def crashes(server: ServerProcess, kills: int, seed: int) -> Endured:
    """Kill a running `server` `kills` times, a random time after the editors have come in, and start it again.

    Raises:
        Broken: An acknowledged edit is missing, an honest edit was refused, or two replicas differ.
    """
    random = Random(seed)
    cookies = [await trio.to_thread.run_sync(make_guest, server) for _ in range(_EDITORS)]
    track = (await trio.to_thread.run_sync(known_tracks, server, cookies[0]))[0]
    total = 0
    done = 0
    while done < kills:
        site = await trio.to_thread.run_sync(new_site, server, cookies[0])
        acknowledged: set[str] = set()
        for _ in range(min(_KILLS_PER_ROOM, kills - done)):
            done += 1
            acknowledged |= await _life(
                server, cookies, site, track, f"k{done}", random.uniform(0, _LONGEST_LIFE_SECONDS)
            )
            await trio.to_thread.run_sync(server.start)
            await _check(server, cookies, site, acknowledged)
        total += len(acknowledged)
    return Endured(kills, total)


async def _life(
    server: ServerProcess, cookies: Sequence[str], site: Site, track: str, name: str, seconds: float
) -> set[str]:
    """From the editors' entrance to the server's death; returns the entries that were said to be saved."""
    saved: set[str] = set()
    async with trio.open_nursery() as nursery:
        ready = [trio.Event() for _ in cookies]
        for index, cookie in enumerate(cookies):
            nursery.start_soon(_edit, server, cookie, site, track, f"{name}e{index}n", ready[index], saved)
        for each in ready:
            await each.wait()
        await trio.sleep(seconds)
        await trio.to_thread.run_sync(server.kill)
    return saved


async def _edit(
    server: ServerProcess, cookie: str, site: Site, track: str, prefix: str, ready: trio.Event, saved: set[str]
) -> None:
    """Add entries until the connection breaks; then note those that were acknowledged."""
    client: SocketClient | None = None
    try:
        async with connected(server, cookie) as client:
            await client.enter(site.room, site.invite)
            ready.set()
            number = 0
            while not client.is_over:
                number += 1
                await client.add(f"{prefix}{number}", track)
                await trio.sleep(_EDIT_SECONDS)
    except Exception:  # the socket fails in whatever way a killed server makes it fail
        if not ready.is_set():
            raise
    if client is not None:
        saved |= {f"{prefix}{number}" for number in range(1, client.saved() + 1)}


async def _check(server: ServerProcess, cookies: Sequence[str], site: Site, acknowledged: set[str]) -> None:
    seen: list[dict[str, dict[str, object]]] = []
    for cookie in cookies[:2]:
        async with connected(server, cookie) as client:
            await client.enter(site.room, site.invite)
            seen.append(client.entries())
            if client.refusals():
                raise Broken(f"refused after a restart: {client.refusals()[0]}")
    missing = acknowledged - seen[0].keys()
    if missing:
        raise Broken(f"{len(missing)} acknowledged edits are missing, {sorted(missing)[0]} first")
    if seen[0] != seen[1]:
        raise Broken("two replicas differ")
