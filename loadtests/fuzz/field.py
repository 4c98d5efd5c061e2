"""The server under attack, and two honest people in one of its rooms who notice when something is wrong with it."""

import json
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

import trio

from tests.end_to_end.server_process import ServerProcess
from tests.end_to_end.socket_client import SocketClient, connected, make_guest

_PATIENCE_SECONDS: Final = 20.0


class Broken(AssertionError):
    """An attack did harm: the server died, a room no longer answers, or memory grew beyond the bound."""


@dataclass(frozen=True, slots=True)
class Site:
    """A room and the invite that opens it."""

    room: str
    invite: str


class Field:
    """Where attacks take place.

    Args:
        server: Running, with the demo library.
        site: The room that is attacked; whoever has its invite may come in.
        tracks: What the library holds.
        witnesses: Two who are inside; the first one, its host, edits, the second one sees it.
        random: Decides everything that is left to chance.
    """

    def __init__(
        self,
        server: ServerProcess,
        site: "Site",
        tracks: list[str],
        witnesses: tuple[SocketClient, SocketClient],
        random: Random,
    ) -> None:
        self.server = server
        self.site = site
        self.tracks = tracks
        self.random = random
        self._witnesses = witnesses
        self._process_id = server.process_id
        self._edits = 0

    @property
    def queue(self) -> str:
        """Name of the document that guests may edit."""
        return f"queue:{self.site.room}"

    @asynccontextmanager
    async def guest(self) -> AsyncIterator[SocketClient]:
        """Somebody new, greeted, in no room yet."""
        cookie = await trio.to_thread.run_sync(make_guest, self.server)
        async with connected(self.server, cookie) as client:
            yield client

    async def require_health(self) -> None:
        """One witness adds an entry, the other must see it, and the first must hear that it is saved.

        Raises:
            Broken: It does not come within 20 s, or the process is another one.
        """
        if not self._is_alive():
            raise Broken("the server process died")
        editor, reader = self._witnesses
        self._edits += 1
        name = f"w{self._edits}"
        try:
            with trio.fail_after(_PATIENCE_SECONDS):
                intent = await editor.add(name, self.tracks[0])
                while editor.saved() < intent or name not in reader.entries():
                    if editor.is_over or reader.is_over:
                        raise Broken("a witness was thrown out")
                    await trio.sleep(0.01)
        except trio.TooSlowError:
            raise Broken(f"the room no longer takes edits; its last word was {editor.frames[-1]}") from None
        # Frames are kept for waiting; hours of them are not needed.
        del editor.frames[:-50], reader.frames[:-50]

    def _is_alive(self) -> bool:
        return self.server.process_id == self._process_id and Path(f"/proc/{self._process_id}/fd").is_dir()

    def resident_megabytes(self) -> float:
        """Resident memory of the server process."""
        lines = Path(f"/proc/{self._process_id}/status").read_text().splitlines()
        [kilobytes] = [int(line.split()[1]) for line in lines if line.startswith("VmRSS:")]
        return kilobytes / 1024


@asynccontextmanager
async def field(server: ServerProcess, seed: int) -> AsyncIterator[Field]:
    """Two witnesses in a new room of a running server."""
    cookies = [await trio.to_thread.run_sync(make_guest, server) for _ in range(2)]
    site = await trio.to_thread.run_sync(new_site, server, cookies[0])
    tracks = await trio.to_thread.run_sync(known_tracks, server, cookies[0])
    async with connected(server, cookies[0]) as editor, connected(server, cookies[1]) as reader:
        await editor.enter(site.room, site.invite)
        await reader.enter(site.room, site.invite)
        yield Field(server, site, tracks, (editor, reader), Random(seed))


def new_site(server: ServerProcess, cookie: str) -> Site:
    """A room of the guest with `cookie`. Blocks."""
    content = _asked(server, cookie, "api/rooms", json.dumps({"name": "Friday night"}).encode())
    return Site(content["room"], content["invite"])


def known_tracks(server: ServerProcess, cookie: str) -> list[str]:
    """Ids of the first tracks of the library. Blocks."""
    return [str(track["track"]) for track in _asked(server, cookie, "api/tracks?q=")["tracks"]]


def _asked(server: ServerProcess, cookie: str, path: str, body: bytes | None = None) -> Any:
    headers = {"Cookie": cookie, "Content-Type": "application/json"}
    request = urllib.request.Request(server.url + path, data=body, headers=headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)
