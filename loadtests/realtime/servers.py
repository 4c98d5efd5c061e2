"""The servers under load: installed on demand, started on a core of their own, stopped afterwards."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from loadtests.realtime.client import Address
from loadtests.realtime.dialects import Dialect, Hocuspocus, YWebsocket
from loadtests.realtime.process_costs import Costs, costs_of

PEERS: Final = Path(__file__).parent.parent / "peers"
SERVER_CORE: Final = min(os.sched_getaffinity(0))
_NPM: Final = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
_START_SECONDS: Final = 30
_CALM_SECONDS: Final = 0.5
_CALM_SHARE: Final = 0.05
_SETTINGS: Final = {
    "HATHOR_SCRATCH_DOCUMENTS": "1",
    "HATHOR_LOG_LEVEL": "warning",
    "HATHOR_SOCKETS_PER_MINUTE": "1000000",
    "HATHOR_DOCUMENT_CAPACITY": "10000",
    "HATHOR_CONNECTION_CAPACITY": "10000",
    # Twenty writers stand for thousands, so the budget of one connection is lifted; no peer has any.
    "HATHOR_MESSAGES_PER_SECOND": "1000000",
    "HATHOR_MESSAGES_AT_ONCE": "1000000",
    "HATHOR_UPLOAD_KILOBYTES_PER_SECOND": "1000000",
    "HATHOR_UPLOAD_KILOBYTES_AT_ONCE": "1000000",
}


@dataclass(frozen=True, slots=True)
class Running:
    """A server that listens."""

    process: int
    address: Address
    dialect: Dialect

    def costs(self) -> Costs:
        """What it cost so far."""
        return costs_of(self.process)


@dataclass(frozen=True, slots=True)
class Peer:
    """A server somebody else wrote."""

    name: str
    label: str
    dialect: Dialect
    command: tuple[str, ...]
    install: Callable[[Path], None]

    @property
    def folder(self) -> Path:
        """Where its versions are pinned and its start script lies."""
        return PEERS / self.name

    @contextmanager
    def running(self) -> Iterator[Running]:
        """Start it on the servers' core; it is gone afterwards."""
        self.install(self.folder)
        command = [str(self.folder / part) if part.startswith(".venv/") else part for part in self.command]
        with started(command, r"listening on (\d+)", self.folder) as (process, port):
            yield Running(process, ("127.0.0.1", port), self.dialect)


@dataclass(frozen=True, slots=True)
class Hathor:
    """This project's server, as `hathor serve` starts it.

    Attributes:
        settings: Of the environment, besides those every measurement needs.
    """

    name: str = "hathor"
    label: str = "**Hathor RT**"
    settings: tuple[tuple[str, str], ...] = ()

    @property
    def conditions(self) -> str:
        """Settings that differ from the defaults."""
        return ", ".join(f"{key}={value}" for key, value in {**_SETTINGS, **dict(self.settings)}.items())

    @contextmanager
    def running(self) -> Iterator[Running]:
        """Start it with an empty data folder; both are gone afterwards."""
        with tempfile.TemporaryDirectory(prefix="hathor-bench-") as data:
            settings = {"HATHOR_DATA": data, "HATHOR_PORT": "0", **_SETTINGS, **dict(self.settings)}
            environment = {key: value for key, value in os.environ.items() if not key.startswith("HATHOR_")} | settings
            hathor = str(Path(sys.executable).parent / "hathor")
            token = subprocess.run(
                [hathor, "token", "--document", "scratch:*", "--role", "editor"],
                env=environment, capture_output=True, text=True, check=True,
            ).stdout.strip().rpartition("token=")[2]  # fmt: skip
            with started([hathor, "serve"], r"https?://[^/\s]*:(\d+)", Path(data), environment) as (process, port):
                dialect = YWebsocket("/yjs/scratch:", f"token={token}")
                yield Running(process, ("127.0.0.1", port), dialect)


Server = Peer | Hathor


def _with_npm(folder: Path) -> None:
    """Bring what the lock file names, once for each lock file."""
    _once(folder, folder / "package-lock.json", folder / "node_modules", [list(_NPM)])


def _with_pip(folder: Path) -> None:
    """An environment of its own with what the requirements name, once for each list of requirements."""
    python = str(folder / ".venv" / "bin" / "python")
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    steps = [[sys.executable, "-m", "venv", "--clear", ".venv"], [*pip, "-r", "requirements.txt"]]
    _once(folder, folder / "requirements.txt", folder / ".venv", steps)


def _once(folder: Path, pins: Path, result: Path, steps: list[list[str]]) -> None:
    stamp = folder / ".installed"
    if result.is_dir() and stamp.exists() and stamp.read_text() == pins.read_text():
        return
    print(f"installing {folder.name} …", file=sys.stderr)
    for step in steps:
        subprocess.run(step, cwd=folder, check=True)
    stamp.write_text(pins.read_text())


@contextmanager
def started(
    command: list[str], listening: str, folder: Path, environment: Mapping[str, str] | None = None
) -> Iterator[tuple[int, int]]:
    """A process on the servers' core and the port it says it listens on; what it says afterwards goes to a file."""
    taskset = shutil.which("taskset")
    assert taskset is not None, "taskset (util-linux) is missing"
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            [taskset, "-c", str(SERVER_CORE), *command],
            cwd=folder,
            env=environment,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        try:
            port = _port(process, said.fileno(), listening)
            _let_settle(process)
            yield process.pid, port
        except (OSError, AssertionError):
            print(os.pread(said.fileno(), 1 << 20, 0).decode(errors="replace")[-4000:], file=sys.stderr)
            raise
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _let_settle(process: "subprocess.Popen[bytes]") -> None:
    """Wait until a server that just began does nothing more for itself."""
    before = costs_of(process.pid).cpu
    for _ in range(int(_START_SECONDS / _CALM_SECONDS)):
        try:
            process.wait(_CALM_SECONDS)
        except subprocess.TimeoutExpired:
            after = costs_of(process.pid).cpu
            if after - before < _CALM_SECONDS * _CALM_SHARE:
                return
            before = after


def _port(process: "subprocess.Popen[bytes]", said: int, listening: str) -> int:
    for _ in range(_START_SECONDS * 20):
        text = os.pread(said, 1 << 20, 0).decode(errors="replace")
        if found := re.search(listening, text):
            return int(found[1])
        if process.poll() is not None:
            raise RuntimeError(f"the server ended at once: {text[-2000:]}")
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
    raise RuntimeError("the server does not say where it listens")


SERVERS: Final[tuple[Server, ...]] = (
    Hathor(),
    Peer("y-websocket", "@y/websocket-server 0.1.1 (ws 8.23)", YWebsocket(), ("node", "start.mjs"), _with_npm),
    Peer("hocuspocus", "@hocuspocus/server 4.7.0", Hocuspocus(), ("node", "start.mjs"), _with_npm),
    Peer("pycrdt", "pycrdt-websocket 0.16.5 (uvicorn, uvloop)", YWebsocket(), (".venv/bin/python", "start.py"), _with_pip),
)  # fmt: skip
