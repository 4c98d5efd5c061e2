"""A real server process for a test: started on a free port in a temporary folder, stopped by its own process id."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

START_SECONDS = 30


class ServerProcess:
    """`hathor serve` as a user would start it.

    Args:
        data: Data folder; kept over restarts.
        settings: Further ``HATHOR_`` variables without the prefix, in lower case.
        port: 0 chooses a free one, which later starts keep. A server with a ``public_url`` does not say which.
    """

    def __init__(self, data: Path, *, port: int = 0, **settings: object) -> None:
        self.data = data
        self.port = port
        self._settings = settings
        self._process: subprocess.Popen[str] | None = None
        self.url = ""

    def start(self, *arguments: str) -> "ServerProcess":
        """Start and wait until it says where it listens. Raises `AssertionError` with its output if it does not."""
        environment = _environment({**self._settings, "data": self.data, "port": self.port})
        with (self.data.parent / f"{self.data.name}.log").open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "hathor_rt.cli", "serve", *arguments],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        assert self._process.stdout is not None
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            line = self._process.stdout.readline()
            found = re.search(r"ready:\s+(https?://[^\s/:]+(?::(\d+))?/?)", line)
            if found:
                self.url, self.port = found[1], self.port or int(found[2])
                return self
            if not line and self._process.poll() is not None:
                break
        raise AssertionError(f"the server did not start: {self.log()}")

    @property
    def process_id(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """SIGKILL to the server process itself, as a crash or the power would."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait(10)
        self._close()

    def _close(self) -> None:
        if self._process is not None and self._process.stdout is not None:
            self._process.stdout.close()

    def stop(self) -> int:
        """SIGTERM, wait, and make sure nothing of it is left. Returns the exit status."""
        if self._process is None:
            return 0
        if self._process.poll() is None:
            self._process.terminate()
        try:
            status = self._process.wait(15)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        finally:
            self._close()
        self._process = None
        return status

    def log(self) -> str:
        """What it wrote to standard error."""
        return (self.data.parent / f"{self.data.name}.log").read_text()

    def command(self, *arguments: str) -> str:
        """Run another `hathor` command on the same data folder; returns what it prints."""
        environment = _environment({**self._settings, "data": self.data, "port": self.port})
        done = subprocess.run(
            [sys.executable, "-m", "hathor_rt.cli", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def _environment(settings: Mapping[str, object]) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HATHOR_")}
    # The logs of a passing test are nobody's business; those of a failing one are printed by it.
    chosen = {"host": "127.0.0.1", **settings}
    return inherited | {f"HATHOR_{name.upper()}": str(value) for name, value in chosen.items()}


def free_port() -> int:
    """A port that was free a moment ago: a server known under another address does not say on which it listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
