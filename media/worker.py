"""A worker process: ``python -m media.worker --scratch DIR --cache DIR --cache-bytes N --compiled DIR``.

It reads assignments from standard input and writes reports to standard output (`media/messages.py`), one job at a time. It
ends when standard input ends. A second thread waits for that, so the process dies with its server even in the middle of a
job. (PR_SET_PDEATHSIG would not do: it fires when the *thread* that started the process ends, and the server starts its
processes from short-lived threads.)

Whatever goes wrong with a file is reported as `Failed`; an error of the program ends the process, and the pool starts
another.
"""

import argparse
import os
import queue
import resource
import signal
import sys
import threading  # noqa: TID251 - this process has no event loop; the thread only waits for the end of standard input
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

from media.job_limits import most_bytes
from media.memory_limit import limited_memory
from media.messages import Assignment, Deframer, Failed, LostStep, Progress, Ready, Report, assignment, framed
from media.problem import MediaProblem

# Rendering must never take the processor from the event loop.
_NICENESS: Final = 5
# Of the whole process, whatever it loads; a job has its own limit (`media/job_limits.py`).
_MOST_MEMORY_BYTES: Final = 8 * 1024**3
_PROGRESS_EVERY_SECONDS: Final = 0.25
_BENDS_AFTER_SECONDS: Final = 3.0
_READ_BYTES: Final = 65_536


def main() -> None:
    """Run until standard input ends."""
    arguments = _arguments()
    # Ctrl+C reaches every process of the terminal; the server ends its workers itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Reports go to a copy of standard output; anything that prints lands in the log instead of between two messages.
    reports = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    os.nice(_NICENESS)
    _limit_memory()
    assignments: queue.SimpleQueue[Assignment] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, assignments), daemon=True).start()
    _serve(arguments, assignments, reports)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="media.worker", description="Decodes, measures and encodes for a Hathor RT server."
    )
    parser.add_argument(
        "--scratch", type=Path, required=True, help="folder of this process alone, for finished results"
    )
    parser.add_argument("--cache", type=Path, required=True, help="folder of decoded sound, shared with other workers")
    parser.add_argument("--cache-bytes", type=int, required=True, help="bound of the decoded sound, 138 MB or more")
    parser.add_argument(
        "--compiled", type=Path, required=True, help="folder of compiled kernels, shared with other workers"
    )
    return parser.parse_args()


def _limit_memory() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = _MOST_MEMORY_BYTES if hard == resource.RLIM_INFINITY else min(_MOST_MEMORY_BYTES, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


def _listen(source: BinaryIO, assignments: "queue.SimpleQueue[Assignment]") -> None:
    """Hand over what comes; end the process at once when nothing can come any more."""
    deframer = Deframer()
    status = 0
    try:
        while received := os.read(source.fileno(), _READ_BYTES):
            for body in deframer.feed(received):
                assignments.put(assignment(body))
    except LostStep as error:
        sys.stderr.write(f"media.worker: {error}\n")
        status = 1
    # Files appear by rename only, so nothing needs to be put in order.
    os._exit(status)


def _serve(arguments: argparse.Namespace, assignments: "queue.SimpleQueue[Assignment]", reports: BinaryIO) -> None:
    import numba

    from media.kernel_folder import kernel_folder

    # Must be set before the first kernel is defined, hence the imports inside this function.
    numba.config.CACHE_DIR = str(kernel_folder(arguments.compiled))  # type: ignore[attr-defined]  # numba fills its config at run time
    from media.pcm_cache import LEAST_BYTES, PcmCache
    from media.render import Renderer
    from media.unfinished_stems import FOLDER

    def say(report: Report) -> None:
        reports.write(framed(report))

    cache = PcmCache(arguments.cache, max(LEAST_BYTES, arguments.cache_bytes))
    renderer = Renderer(cache, arguments.scratch, arguments.cache.with_name(FOLDER))
    renderer.warm_up()
    say(Ready(os.getpid()))
    # Bent renditions come after: whoever waits for plain sound does not wait for these, too.
    threading.Thread(target=_warm_up_bends, args=(arguments.compiled,), daemon=True).start()
    while True:
        wanted = assignments.get()
        try:
            with limited_memory(most_bytes(wanted.work)):
                outcome: Report = renderer.render(wanted.work, _throttled(wanted.key, say))
        except MediaProblem as problem:
            outcome = Failed(wanted.key, problem.code, problem.reason)
        except MemoryError:
            outcome = Failed(
                wanted.key, "out-of-memory", "Working on this file takes more memory than any sound file should."
            )
        say(outcome)


def _warm_up_bends(compiled: Path) -> None:
    """Load what bent renditions need, once it is compiled. A job that cannot wait for that compiles it by itself."""
    from media.compiling import compile_bends
    from media.spans.warm_up import warm_up

    # Loading takes 0.4 s under the interpreter's lock; who started this process may be waiting for its first segments.
    time.sleep(_BENDS_AFTER_SECONDS)  # noqa: TID251 - a thread that does nothing else
    if compile_bends(compiled):
        warm_up()


def _throttled(key: str, say: Callable[[Report], None]) -> Callable[[float], None]:
    """Progress now and then instead of for each of thousands of blocks."""
    said_at = time.monotonic()

    def tell(fraction: float) -> None:
        nonlocal said_at
        if time.monotonic() - said_at >= _PROGRESS_EVERY_SECONDS:
            said_at = time.monotonic()
            say(Progress(key, fraction))

    return tell


if __name__ == "__main__":
    main()
