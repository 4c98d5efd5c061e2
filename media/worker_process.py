"""One worker process as the pool holds it: started when first needed, given one job at a time, ended without asking."""

import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import trio

from media.jobs import Work
from media.messages import (
    Assignment,
    Deframer,
    Failed,
    LostStep,
    Measured,
    Progress,
    Ready,
    Report,
    Segmented,
    Separated,
    framed,
    report,
)

Outcome = Measured | Segmented | Separated | Failed

# A dying process is collected by the kernel in milliseconds; one stuck in a disk wait must not hold up a shutdown.
_COLLECT_SECONDS: Final = 1.0


class WorkerDied(Exception):
    """The process ended, or answered nonsense, in the middle of a job."""


@dataclass(frozen=True, slots=True)
class WorkerFolders:
    """Where workers write; all made on demand. They lie on the file system of the blob store, so results move by rename."""

    scratch: Path
    """One folder per process below it, for finished results."""
    cache: Path
    """Decoded sound (`media/pcm_cache.py`)."""
    compiled: Path
    """Machine code of the kernels."""
    cache_bytes: int


class WorkerProcess:
    """A running process. Made by `start_worker`; `close` must be called on every path."""

    def __init__(self, process: trio.Process) -> None:
        self._process = process
        self._deframer = Deframer()
        self._unread: list[Report] = []

    @property
    def process_id(self) -> int:
        """The operating system's number of the process."""
        return self._process.pid

    async def work(self, key: str, work: Work, tell: Callable[[float], None]) -> Outcome:
        """Have one job done.

        After cancellation the process is still at it and must be closed.

        Raises:
            WorkerDied: There is no outcome and never will be.
        """
        assert self._process.stdin is not None
        try:
            await self._process.stdin.send_all(framed(Assignment(key, work)))
        except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
            raise WorkerDied("the process is gone") from error
        while True:
            match await self._next_report():
                case Progress(fraction=fraction):
                    tell(fraction)
                case Ready():
                    raise WorkerDied("the process said twice that it is ready")
                case Measured() | Segmented() | Separated() | Failed() as outcome:
                    if outcome.key != key:
                        raise WorkerDied(f"expected an outcome of {key}, got one of {outcome.key}")
                    return outcome

    async def ready(self) -> None:
        """Wait until the process has loaded and compiled everything. Raises `WorkerDied`."""
        if not isinstance(first := await self._next_report(), Ready):
            raise WorkerDied(f"expected the process to say that it is ready, got {first}")

    async def close(self) -> None:
        """Kill the process and collect it. Not stopped by cancellation; takes one second at most."""
        # SIGKILL at once: everything a worker writes appears by rename, so there is nothing to put in order.
        self._process.kill()
        with trio.move_on_after(_COLLECT_SECONDS, shield=True):
            await self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                await trio.aclose_forcefully(pipe)

    async def _next_report(self) -> Report:
        assert self._process.stdout is not None
        try:
            while not self._unread:
                received = await self._process.stdout.receive_some()
                if not received:
                    raise WorkerDied(f"the process ended{await self._how()}")
                self._unread += [report(body) for body in self._deframer.feed(bytes(received))]
        except (LostStep, trio.BrokenResourceError) as error:
            raise WorkerDied(f"the process cannot be understood: {error}") from error
        return self._unread.pop(0)

    async def _how(self) -> str:
        with trio.move_on_after(_COLLECT_SECONDS):
            status = await self._process.wait()
            return f" by {signal.Signals(-status).name}" if status < 0 else f" with status {status}"
        return ""


async def start_worker(folders: WorkerFolders, name: str) -> WorkerProcess:
    """Start a process and return at once; it is warm when `WorkerProcess.ready` returns.

    Args:
        folders: Shared by all workers of the pool.
        name: Names its own scratch folder.
    """
    command = [
        sys.executable,
        # Without -P a folder called media in the current directory would be run in place of ours.
        "-P",
        "-m",
        "media.worker",
        "--scratch",
        str(folders.scratch / name),
        "--cache",
        str(folders.cache),
        "--cache-bytes",
        str(folders.cache_bytes),
        "--compiled",
        str(folders.compiled),
    ]
    process = await trio.lowlevel.open_process(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    return WorkerProcess(process)


StartWorker = Callable[[WorkerFolders, str], Awaitable[WorkerProcess]]
"""`start_worker`, or what tests put in its place."""
