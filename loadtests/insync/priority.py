"""Processor time for those who stand for machines of their own.

Two browsers of a measurement are two people's machines, which do not compile or test anything meanwhile. Chromium gives
its audio threads real-time priority by itself, but not the thread that talks to PulseAudio ("threaded-ml") nor the one
that feeds the page's player; under load these are heard as gaps.
"""

import os
from pathlib import Path
from typing import Final

# What PulseAudio asks for by itself (`nice-level` of its daemon.conf is -11).
_NICENESS: Final = -11


def raise_priority_of_children() -> bool:
    """Raise the priority of all threads of all processes below this one. Returns whether this user may do that."""
    for process in _descendants(os.getpid()):
        for thread in _entries(Path(f"/proc/{process}/task")):
            try:
                os.setpriority(os.PRIO_PROCESS, thread, _NICENESS)
            except PermissionError:
                return False
            except ProcessLookupError:
                continue
    return True


def _descendants(root: int) -> set[int]:
    parents = {process: _parent(process) for process in _entries(Path("/proc"))}
    found = {root}
    while True:
        more = {process for process, parent in parents.items() if parent in found} - found
        if not more:
            return found - {root}
        found |= more


def _parent(process: int) -> int | None:
    try:
        # The name before it, in parentheses, may contain spaces.
        return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return None


def _entries(folder: Path) -> list[int]:
    try:
        return [int(entry.name) for entry in folder.iterdir() if entry.name.isdigit()]
    except (FileNotFoundError, ProcessLookupError):
        return []
