"""Processor time for those who stand for machines of their own.

Two browsers of a measurement are two people's machines, which do not compile or test anything meanwhile, and which give
sound real-time priority: a desktop's session grants it to PulseAudio and to Chromium's audio threads through RealtimeKit.
Here is no such session, so the measurement grants it. Without that a burst in one browser is heard as a gap in both,
because the sound server they share here (and would not share at home) comes late.
"""

import os
from pathlib import Path
from typing import Final

# What PulseAudio asks for by itself (`nice-level` of its daemon.conf is -11).
_NICENESS: Final = -11
# RealtimeKit grants PulseAudio 5 and its clients less; all that matters is being ahead of everything ordinary.
_REALTIME_PRIORITY: Final = 5
# Names are cut to 15 characters by the kernel. PulseAudio's main thread moves the clients' sound to its mixing threads.
_SOUND_THREADS: Final = (
    "pulseaudio",
    "null-sink",
    "parec",
    "threaded-ml",
    # "Realtime AudioWorklet thread" since Chromium names it so; by "AudioWorklet" alone it was missed (seen in 156).
    "Realtime AudioW",
    "Semi-Realtime A",
    "AudioOutput",
    "AudioThread",
)


def raise_priority_of_children() -> bool:
    """Raise the priority of all threads of all processes below this one, of those that carry sound to real time.

    Returns:
        Whether this user may do that.
    """
    for process in descendants(os.getpid()):
        for thread in _entries(Path(f"/proc/{process}/task")):
            try:
                _raise(process, thread)
            except PermissionError:
                return False
            except (ProcessLookupError, FileNotFoundError):
                continue
    return True


def carries_sound(name: str) -> bool:
    """Whether a thread of that name is one that must not be late, as on a desktop."""
    return name.startswith(_SOUND_THREADS)


def descendants(root: int) -> set[int]:
    """All processes below `root` now."""
    parents = {process: _parent(process) for process in _entries(Path("/proc"))}
    found = {root}
    while True:
        more = {process for process, parent in parents.items() if parent in found} - found
        if not more:
            return found - {root}
        found |= more


def _raise(process: int, thread: int) -> None:
    name = Path(f"/proc/{process}/task/{thread}/comm").read_text()
    if carries_sound(name):
        policy = os.SCHED_RR | os.SCHED_RESET_ON_FORK
        os.sched_setscheduler(thread, policy, os.sched_param(_REALTIME_PRIORITY))
    else:
        os.setpriority(os.PRIO_PROCESS, thread, _NICENESS)


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
