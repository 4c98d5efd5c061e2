"""What a figure was measured on: processor and system in words, how busy it was, its limits, what a process cost so far."""

import os
import platform
import resource
import time
from pathlib import Path

# Load average of the last minute; above it, figures of a two-core machine say little about the product.
CALM_LOAD = 2.5


def machine() -> str:
    """Cores, processor and kernel, in words."""
    return f"{processor()}, Linux {platform.release().split('-')[0]}"


def processor() -> str:
    """How many cores of what, in words."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine()
    )
    return f"{os.cpu_count()} cores of {model}"


def allow_many_files() -> int:
    """Raise this process's limit of open files as far as it goes; servers started from here inherit it.

    Returns:
        How many it may open.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def load_average() -> float:
    """Of the last minute."""
    return os.getloadavg()[0]


def resident_bytes(process_id: int) -> int:
    """Memory of a process that is in RAM now, shared pages included."""
    pages = int(Path(f"/proc/{process_id}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def processor_seconds(process_id: int) -> float:
    """Processor time all threads of a process have used since it began, threads that ended included."""
    # How Linux numbers the processor clock of a process (clock_getcpuclockid(3)): CPUCLOCK_SCHED is 2.
    return time.clock_gettime(~process_id << 3 | 2)
