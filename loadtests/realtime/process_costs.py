"""What processes cost, as the kernel counts it."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Costs:
    """Of a process and all below it, since they began.

    Attributes:
        cpu: Seconds on a core, user and system.
        waited: Seconds of being able to run while something else had the core.
        memory: Resident bytes now.
    """

    cpu: float
    waited: float
    memory: int


def costs_of(root: int) -> Costs:
    """What the process `root` and its descendants cost so far; ended threads and children count."""
    cpu = waited = 0.0
    memory = 0
    for process in _with_descendants(root):
        folder = Path(f"/proc/{process}")
        try:
            threads = [(thread / "schedstat").read_text().split() for thread in (folder / "task").iterdir()]
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            pages = int((folder / "statm").read_text().split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        # The sum over threads is exact but forgets those that ended; the process' own sum is exact to a hundredth of a second.
        ticks = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
        cpu += max(sum(int(thread[0]) for thread in threads) / 1e9, ticks)
        waited += sum(int(thread[1]) for thread in threads) / 1e9
        memory += pages * os.sysconf("SC_PAGE_SIZE")
    return Costs(cpu, waited, memory)


def _with_descendants(root: int) -> list[int]:
    found = [root]
    for process in found:
        found += _children(process)
    return found


def _children(process: int) -> list[int]:
    children: list[int] = []
    try:
        for thread in Path(f"/proc/{process}/task").iterdir():
            children += map(int, (thread / "children").read_text().split())
    except (FileNotFoundError, ProcessLookupError):
        pass
    return children
