"""Media workers apart from the server, real processes all: SIGKILL in the middle of the work costs time and nothing else."""

import http.client
import os
import signal
import subprocess
import sys
import threading  # noqa: TID251  # listeners are blocking clients here
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
import trio

from tests.end_to_end.segment_paths import segment_paths
from tests.end_to_end.server_process import ServerProcess

pytestmark = pytest.mark.slow
SEGMENTS = 12


@contextmanager
def working(data: Path) -> Iterator["subprocess.Popen[str]"]:
    """`hathor work` as a user would start it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HATHOR_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "hathor_rt.cli", "work"],
        env=environment | {"HATHOR_DATA": str(data)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        assert "Stop with Ctrl+C" in process.stdout.readline()
        yield process
    finally:
        process.terminate()
        assert process.wait(15) in (0, -signal.SIGKILL)
        process.stdout.close()


def workers_of(process: int) -> list[int]:
    tasks = Path(f"/proc/{process}/task").glob("*/children")
    return [int(child) for each in tasks for child in each.read_text().split()]


def is_alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def fetched(server: ServerProcess, path: str) -> bytes:
    """A segment, asked for until it is there."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        connection.request("GET", path)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        if answer.status == 200:
            return content
        assert answer.status == 503, content
    raise AssertionError("it never came")


class Crowd:
    """Listeners who fetch all segments at once."""

    def __init__(self, server: ServerProcess, paths: Sequence[str]) -> None:
        self.contents: dict[str, bytes] = {}
        self._threads = [threading.Thread(target=self._fetch, args=(server, path)) for path in paths]
        for thread in self._threads:
            thread.start()

    def _fetch(self, server: ServerProcess, path: str) -> None:
        self.contents[path] = fetched(server, path)

    def wait_for(self, count: int) -> None:
        """Until so many segments have come."""
        deadline = time.monotonic() + 60
        for thread in self._threads:
            while thread.is_alive() and len(self.contents) < count and time.monotonic() < deadline:
                thread.join(0.02)
        assert len(self.contents) >= count

    def is_done(self) -> bool:
        for thread in self._threads:
            thread.join(60)
        return len(self.contents) == len(self._threads)


def test_killed_workers_lose_nothing_and_publish_nothing_by_halves(make_server: Callable[..., ServerProcess]) -> None:
    whole = make_server("undisturbed", listen_ahead_percent=0).start()
    paths = trio.run(segment_paths, whole.data, "First Light", SEGMENTS)
    expected = [fetched(whole, path) for path in paths]
    whole.stop()

    server = make_server("data", media_workers=0, listen_ahead_percent=0).start()
    assert workers_of(server.process_id) == []
    # The same keys: both are copies of one data folder.
    crowd = Crowd(server, paths)
    with working(server.data) as process:
        for came in (1, 4, 7):
            crowd.wait_for(came)
            for worker in workers_of(process.pid):
                os.kill(worker, signal.SIGKILL)
        assert crowd.is_done()
        assert [crowd.contents[path] for path in paths] == expected
        # The whole of it goes, and leaves no process behind.
        [worker] = workers_of(process.pid)
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)
        deadline = time.monotonic() + 10
        while is_alive(worker):
            assert time.monotonic() < deadline
            threading.Event().wait(0.02)
    kept = [path for path in (server.data / "cache").rglob("*") if path.is_file()]
    assert kept
    assert not [path for path in kept if path.parent.name == "partial"]
