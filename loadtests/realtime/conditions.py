"""What a measurement was made under."""

import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from loadtests.machine import processor
from loadtests.realtime.process_costs import Costs
from loadtests.realtime.servers import SERVER_CORE, Running

GENERATOR_CORE: Final = max(os.sched_getaffinity(0))
# Above this the generator may be what is measured.
BUSY: Final = 0.85
# As for a desktop's sound: what else runs on the machine may wait for a minute.
_NICENESS: Final = -15


@contextmanager
def ahead_of_others() -> Iterator[bool]:
    """Put this process on the generator's core, and it and every server it starts ahead of what else runs here.

    Yields:
        Whether this user may have that priority.
    """
    os.sched_setaffinity(0, {GENERATOR_CORE})
    try:
        os.setpriority(os.PRIO_PROCESS, 0, _NICENESS)
    except PermissionError:
        yield False
        return
    # Where the kernel shares processor time among sessions first, the session's priority is the one that counts.
    session = Path("/proc/self/autogroup")
    if not session.exists():
        yield True
        return
    session.write_text(f"{_NICENESS}")
    try:
        yield True
    finally:
        session.write_text("0")


def machine(is_ahead: bool) -> str:
    """Date, processor, cores and system, in words; `is_ahead`: what `ahead_of_others` answered."""
    return (
        f"{datetime.now(UTC).date().isoformat()}, {processor()}, Linux {platform.release()}, "
        f"Python {platform.python_version()}; server on core {SERVER_CORE}, generator on core {GENERATOR_CORE}, "
        f"{'raised' if is_ahead else 'ordinary'} priority for both"
    )


@dataclass(slots=True)
class Window:
    """A stretch of time and what it cost the server and the generator. Begins when it is made.

    Attributes:
        seconds: How long it was.
        server: Seconds of processor time of the server.
        waited: Seconds for which the server could have run, but something else had its core.
        generator: Share of its core that the generator used, 0..1.
        memory: Growth of the server's resident memory, bytes.
    """

    running: Running
    seconds: float = 0.0
    server: float = 0.0
    waited: float = 0.0
    generator: float = 0.0
    memory: int = 0
    _before: Costs = field(init=False)
    _began: float = field(init=False)
    _cpu: float = field(init=False)

    def __post_init__(self) -> None:
        self._before = self.running.costs()
        self._cpu = time.process_time()
        self._began = time.perf_counter()

    def close(self) -> "Window":
        """End it."""
        self.seconds = time.perf_counter() - self._began
        self.generator = (time.process_time() - self._cpu) / self.seconds
        after = self.running.costs()
        self.server = after.cpu - self._before.cpu
        self.waited = after.waited - self._before.waited
        self.memory = after.memory - self._before.memory
        return self

    @property
    def is_bound_by_generator(self) -> bool:
        """Whether the generator was busy enough to be the bottleneck."""
        return self.generator > BUSY
