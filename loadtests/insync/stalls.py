"""When the machine itself stood still: nothing that plays on it can be without a gap then.

One process per core, ahead of everything else there (real-time, above the sound threads), sleeps a few milliseconds at a time
and notes when it was woken late. On a virtual machine that is the host having taken the core away.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

_SLEEP_SECONDS: Final = 0.004
# Timers are late by a fraction of a millisecond on an idle machine; a block of sound lasts ten.
SHORTEST_SECONDS: Final = 0.008
"""Shorter ones are not noted."""
_PRIORITY: Final = 20


@dataclass(frozen=True, slots=True)
class Stall:
    """A core did not run what was due for `seconds`, until `ended` (seconds of the monotonic clock)."""

    ended: float
    seconds: float


class StallWatch:
    """Collects stalls of all cores. `is_watching`: False if this user may not run anything at real-time priority."""

    def __init__(self, processes: list[subprocess.Popen[str]]) -> None:
        self._processes = processes
        self.is_watching = bool(processes)

    def taken(self) -> list[Stall]:
        """Stop watching and give what was seen, in order."""
        found = []
        for process in self._processes:
            process.terminate()
            words = process.communicate(timeout=10)[0].split()
            pairs = zip(words[0::2], words[1::2], strict=False)
            found += [Stall(float(ended), float(seconds)) for ended, seconds in pairs]
        self._processes = []
        return sorted(found, key=lambda stall: stall.ended)


@contextmanager
def stall_watch() -> Iterator[StallWatch]:
    """Watch every core for as long as the block runs, or until `taken`."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "loadtests.insync.stalls", str(core)], stdout=subprocess.PIPE, text=True
        )
        for core in (sorted(os.sched_getaffinity(0)) if _may_be_realtime() else ())
    ]
    try:
        yield StallWatch(processes)
    finally:
        for process in processes:
            process.kill()
            process.wait(5)
            if process.stdout is not None:
                process.stdout.close()


def longest(stalls: list[Stall], began: float, ended: float) -> float:
    """Seconds of the longest stall that touches the time from `began` to `ended`; 0 if there was none."""
    return max(
        (stall.seconds for stall in stalls if began <= stall.ended and stall.ended - stall.seconds <= ended),
        default=0.0,
    )


def _may_be_realtime() -> bool:
    policy, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except PermissionError:
        return False
    os.sched_setscheduler(0, policy, parameters)
    return True


def _watch(core: int) -> None:
    os.sched_setaffinity(0, {core})
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(_PRIORITY))
    last = time.monotonic()
    while True:
        time.sleep(_SLEEP_SECONDS)  # noqa: TID251 (a measuring process without a loop)
        now = time.monotonic()
        late = now - last - _SLEEP_SECONDS
        if late > SHORTEST_SECONDS:
            print(now, round(late, 6), flush=True)
        last = time.monotonic()


if __name__ == "__main__":
    _watch(int(sys.argv[1]))
