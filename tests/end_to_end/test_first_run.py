"""What somebody who has just cloned the repository meets: one command, a URL, music; and the same command on the next day."""

import os
import re
import shutil
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.end_to_end.browsers import chromium, device, listen_now, wait_in_step
from tests.end_to_end.server_process import free_port

pytestmark = [pytest.mark.slow, pytest.mark.browser]
ROOT = Path(__file__).parent.parent.parent
# Everything is installed and composed: on a machine that runs tests, and that may have to fetch every package.
PATIENCE_SECONDS = 900
SOUND_SECONDS = 10
STAMPS = ("run", "node", "npm", "client", "demo")


class FreshClone:
    """The committed state of this repository, as a stranger gets it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "clone"
        self.port = free_port()
        self._data = folder / "data"
        source = subprocess.run(
            ["git", "-c", "safe.directory=*", "clone", "--quiet", str(ROOT), str(self.folder)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert source.returncode == 0, source.stderr

    @property
    def environment(self) -> dict[str, str]:
        """That of a login shell: nothing of the environment, the settings or the make that run this test."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("HATHOR_", "MAKE", "MFLAGS", "VIRTUAL_ENV", "PYTEST", "COV_"))
        }
        path = [each for each in os.environ["PATH"].split(":") if not each.startswith(str(ROOT))]
        chosen = {"PATH": ":".join(path), "HATHOR_PORT": str(self.port), "HATHOR_DATA": str(self._data)}
        return inherited | chosen

    @contextmanager
    def running(self) -> Iterator["MakeRun"]:
        """`make run`, until it is stopped as by Ctrl+C."""
        output = self.folder.parent / "output.txt"
        with output.open("w") as sink:
            process = subprocess.Popen(
                ["make", "run", "STEMS=0"],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        started = MakeRun(process, output)
        try:
            yield started
        finally:
            started.stop()

    def stamps(self) -> dict[str, int]:
        """When each part was installed or built."""
        return {name: (self.folder / ".make" / name).stat().st_mtime_ns for name in STAMPS}

    def changes(self) -> str:
        """What git sees beside the committed files."""
        command = ["git", "-c", "safe.directory=*", "status", "--porcelain"]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=True).stdout


class MakeRun:
    """One `make run`, with everything that it started in one process group."""

    def __init__(self, process: subprocess.Popen[bytes], output: Path) -> None:
        self._process = process
        self._output = output

    def said(self) -> str:
        return self._output.read_text()

    def url(self) -> str:
        """What it prints; waits for it."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if found := re.search(r"ready:\s+(\S+)", self.said()):
                return found[1]
            assert self._process.poll() is None, self.said()
            time.sleep(0.02)  # noqa: TID251  # another process sets no event
        raise AssertionError(self.said())

    def stop(self) -> None:
        """Ctrl+C, which reaches the whole group; fails if anything of it outlives that."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGINT)
        try:
            self._process.wait(20)
            deadline = time.monotonic() + 10
            while self.is_there and time.monotonic() < deadline:
                time.sleep(0.05)  # noqa: TID251  # as above
            assert not self.is_there
        finally:
            if self.is_there:
                os.killpg(self._process.pid, signal.SIGKILL)

    @property
    def is_there(self) -> bool:
        """Whether any process of the group lives."""
        try:
            os.killpg(self._process.pid, 0)
        except ProcessLookupError:
            return False
        return True


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[FreshClone]:
    made = FreshClone(tmp_path)
    yield made
    # Hundreds of megabytes of packages, which nobody looks at again.
    shutil.rmtree(tmp_path)


@pytest.fixture
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


def test_from_a_fresh_clone_to_sound_and_at_once_the_next_time(clone: FreshClone, browser: Browser) -> None:
    began = time.monotonic()
    with clone.running() as run:
        url = run.url()
        up = time.monotonic()
        assert url == f"http://localhost:{clone.port}/"
        stranger = device(browser)
        clicks = listen_now(stranger.page, url)
        wait_in_step(stranger.page)
        sounding = time.monotonic()
        stranger.context.close()
        assert "█▄▄▄█" in run.said(), "no QR code"
    assert clicks <= 2
    assert sounding - up <= SOUND_SECONDS
    assert stranger.problems == []
    assert "Traceback" not in run.said()
    assert clone.changes() == ""

    installed = clone.stamps()
    again = time.monotonic()
    with clone.running() as run:
        with urllib.request.urlopen(run.url(), timeout=10) as answer:
            assert answer.status == 200
        answered = time.monotonic()
    assert clone.stamps() == installed
    assert "──" not in run.said(), "something was installed, built or composed again"
    print(f"installed and composed in {up - began:.0f} s, sound {sounding - up:.1f} s later, ", end="")
    print(f"second start to the first answer {answered - again:.2f} s")
