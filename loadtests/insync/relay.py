"""Bad networks for some of the browsers: a process that stands between each of them and the server.

A process of its own, because what measures waits in calls that do not know trio, and because its pauses must not depend on
what else this one does. It is told what to do on its standard input, one JSON object a line.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import asdict
from typing import Final

import trio

from loadtests.insync.links import Link, Way, open_entrance

_STOP_SECONDS: Final = 5
_LONGEST_LINE: Final = 4_096


class Relay:
    """A running relay. `ports`: where each card's browser finds the server, in order."""

    def __init__(self, process: subprocess.Popen[str], ports: list[int]) -> None:
        self._process = process
        self.ports = ports

    def base(self, card: int) -> str:
        """Address of the server as the browser of `card` sees it."""
        return f"http://127.0.0.1:{self.ports[card]}/"

    def stall(self, card: int, seconds: float) -> None:
        """Let nothing through for that browser for so long."""
        self._tell({"card": card, "stall_seconds": seconds})

    def change(self, card: int, link: Link) -> None:
        """What is sent from now on goes by another link."""
        self._tell({"card": card, "link": asdict(link)})

    def _tell(self, words: dict[str, object]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()


@contextmanager
def relay(links: Sequence[Link], port: int) -> Iterator[Relay]:
    """One way to the server on `port` for each of `links`, for as long as the block runs."""
    described = json.dumps([asdict(link) for link in links])
    process = subprocess.Popen(
        [sys.executable, "-m", "loadtests.insync.relay", str(port), described],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, "the relay did not start"
        yield Relay(process, [int(word) for word in line.split()])
    finally:
        # The end of its input is its end.
        process.stdin.close()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(_STOP_SECONDS)
        process.stdout.close()


def obey(ways: Sequence[Way], line: bytes) -> None:
    """Do what one line of the input says."""
    words = json.loads(line)
    way = ways[words["card"]]
    if "link" in words:
        way.link = Link(**words["link"])
    if "stall_seconds" in words:
        way.stall(words["stall_seconds"])


async def _serve(port: int, links: list[Link], orders: trio.abc.ReceiveStream) -> None:
    ways = [Way(link) for link in links]
    async with AsyncExitStack() as stack:
        ports = [await stack.enter_async_context(open_entrance(way, port)) for way in ways]
        print(*ports, flush=True)
        begun = b""
        async for data in orders:
            *lines, begun = (begun + data).split(b"\n")
            assert len(begun) < _LONGEST_LINE, "an order without an end"
            for line in lines:
                obey(ways, line)


if __name__ == "__main__":
    trio.run(
        _serve,
        int(sys.argv[1]),
        [Link(**words) for words in json.loads(sys.argv[2])],
        trio.lowlevel.FdStream(sys.stdin.fileno()),
    )
