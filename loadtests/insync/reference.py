"""Another product's way of playing together, to be measured beside ours: ``python -m loadtests.insync.reference FLAC``.

Written from a description of beatsync's published sources (commit 1e0e466 of 2026-03), not from the sources themselves:
room time by the quickest of the last sixteen probe pairs, the whole file decoded beforehand, one ``start(when)`` that the
told output latency is taken off from, a lead of 1.5 round trips and 200 ms within 400 … 3000 ms, 1500 ms for who comes
late, and no correction while it plays. What is left out: its rooms, its queue, its manual nudge.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

import trio
from hypercorn.config import Config
from hypercorn.trio import serve
from hypercorn.typing import ASGIFramework
from quart import Response, websocket
from quart_trio import QuartTrio

_PAGE: Final = Path(__file__).parent / "reference.html"
_LEAST_LEAD_MS: Final = 400.0
_MOST_LEAD_MS: Final = 3_000.0
_LATE_LEAD_MS: Final = 1_500.0
# A member that reads so little is slower than anything measured here.
_BACKLOG: Final = 1_000
_STOP_SECONDS: Final = 10


@dataclass(slots=True)
class Room:
    """The one room. Instants are milliseconds of this process's monotonic clock.

    Attributes:
        position: Seconds of the track at `began_at` while it plays, or where it is paused.
        trips_ms: Best round trip of each member who has told one.
    """

    position: float = 0.0
    began_at: float | None = None
    members: dict[int, trio.MemorySendChannel[str]] = field(default_factory=dict)
    trips_ms: dict[int, float] = field(default_factory=dict)

    @property
    def lead_ms(self) -> float:
        """How far ahead a command is scheduled."""
        return min(_MOST_LEAD_MS, max(_LEAST_LEAD_MS, 1.5 * max(self.trips_ms.values(), default=0.0) + 200))

    def answered(self, member: int, message: dict[str, object], arrived: float) -> dict[str, object] | None:
        """What the sender of a message is told, if anything; the others are told by the way."""
        match message["kind"]:
            case "probe":
                return {**message, "kind": "answer", "arrived": arrived, "left": _now_ms()}
            case "trip":
                self.trips_ms[member] = float(str(message["trip"]))
                return None
            case "ready":
                return None if self.began_at is None else self._play_from(arrived + _LATE_LEAD_MS)
            case "play" if self.began_at is None:
                self.began_at = arrived + self.lead_ms
                self._tell_all({"kind": "play", "at": self.began_at, "position": self.position})
                return None
            case "pause" if self.began_at is not None:
                at = arrived + self.lead_ms
                self.position += max(0.0, at - self.began_at) / 1e3
                self.began_at = None
                self._tell_all({"kind": "pause", "at": at})
                return None
            case _:
                return None

    def _play_from(self, at: float) -> dict[str, object]:
        assert self.began_at is not None
        return {"kind": "play", "at": at, "position": self.position + (at - self.began_at) / 1e3}

    def _tell_all(self, message: dict[str, object]) -> None:
        for sender in self.members.values():
            sender.send_nowait(json.dumps(message))


def application(track: Path) -> QuartTrio:
    """Page, track and socket."""
    app = QuartTrio(__name__)
    room = Room()
    shown, sounds = _PAGE.read_text(), track.read_bytes()

    @app.get("/")
    @app.get("/r/<name>")
    async def page(name: str = "") -> Response:
        return Response(shown, content_type="text/html")

    @app.get("/track")
    async def music() -> Response:
        return Response(sounds, content_type="audio/flac")

    @app.websocket("/socket")
    async def talk() -> None:
        sender, receiver = trio.open_memory_channel[str](_BACKLOG)
        member = id(sender)
        room.members[member] = sender
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_pass_on, receiver)
                while True:
                    message = json.loads(await websocket.receive())
                    answer = room.answered(member, message, _now_ms())
                    if answer is not None:
                        await sender.send(json.dumps(answer))
        finally:
            del room.members[member]
            room.trips_ms.pop(member, None)

    return app


async def _pass_on(receiver: trio.MemoryReceiveChannel[str]) -> None:
    async for message in receiver:
        await websocket.send(message)


def _now_ms() -> float:
    return time.monotonic() * 1e3


@contextmanager
def reference_server(track: Path) -> Iterator[int]:
    """A process that serves `track` to whoever comes, on the port given, for as long as the block runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "loadtests.insync.reference", str(track)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, "the reference did not start"
        yield int(line)
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(_STOP_SECONDS)
        process.stdout.close()


async def _main(track: Path) -> None:
    config = Config()
    config.bind = ["127.0.0.1:0"]
    app: ASGIFramework = application(track)
    async with trio.open_nursery() as nursery:
        binds: list[str] = await nursery.start(partial(serve, app, config))
        print(binds[0].rpartition(":")[2], flush=True)


if __name__ == "__main__":
    trio.run(_main, Path(sys.argv[1]))
