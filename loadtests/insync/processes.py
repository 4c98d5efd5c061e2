"""The processes of one browser: what they cost, and what happens when they stand still."""

import os
import signal
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from loadtests.insync.priority import descendants
from loadtests.machine import processor_seconds

# What a browser with one tab runs for that tab: the page with its workers and audio worklet, the mixing and output of its
# sound, and the drawing of its pictures. The rest (browser, network, storage) is named beside it.
TAB: Final = frozenset({"renderer", "audio", "gpu"})
_AUDIO: Final = "--utility-sub-type=audio.mojom.AudioService"


class Processes:
    """Of the browser whose profile lies in `profile`, started by this process or one below it."""

    def __init__(self, profile: Path) -> None:
        self._mark = f"--user-data-dir={profile}"

    def by_kind(self) -> dict[str, set[int]]:
        """Process ids: ``renderer``, ``gpu``, ``audio``, ``network`` …, ``browser`` for the first one."""
        root = next((each for each in descendants(os.getpid()) if self._is_root(_words(each))), None)
        if root is None:
            return {}
        kinds: dict[str, set[int]] = {"browser": {root}}
        for process in descendants(root):
            kinds.setdefault(_kind(_words(process)), set()).add(process)
        return kinds

    def seconds(self) -> dict[str, float]:
        """Processor time of each kind so far."""
        return {kind: sum(_seconds(each) for each in found) for kind, found in self.by_kind().items()}

    def thread_seconds(self, kind: str) -> dict[str, float]:
        """Processor time of one kind's threads so far, by the threads' names, to a hundredth of a second."""
        found: dict[str, float] = {}
        for process in self.by_kind().get(kind, set()):
            for name, used in _threads(process):
                found[name] = found.get(name, 0.0) + used
        return found

    @contextmanager
    def standing_still(self, kinds: Collection[str] | None = None) -> Iterator[None]:
        """SIGSTOP for all of them, or for some kinds, as long as the block runs."""
        stopped = {each for kind, found in self.by_kind().items() if kinds is None or kind in kinds for each in found}
        assert stopped, f"this browser has no {kinds}"
        try:
            _to_all(stopped, signal.SIGSTOP)
            yield
        finally:
            _to_all(stopped, signal.SIGCONT)

    def _is_root(self, words: list[str]) -> bool:
        return self._mark in words and not any(word.startswith("--type=") for word in words)


def share_of_a_core(
    seconds: Callable[[], dict[str, float]], now: Callable[[], float], wait: Callable[[], None]
) -> dict[str, float]:
    """Percent of one core that each kind used while `wait` ran."""
    before, began = seconds(), now()
    wait()
    passed, after = now() - began, seconds()
    return {kind: 100 * max(0.0, after[kind] - before.get(kind, 0.0)) / passed for kind in after}


def _kind(words: list[str]) -> str:
    if _AUDIO in words:
        return "audio"
    kind = next((word.removeprefix("--type=") for word in words if word.startswith("--type=")), "other")
    sub = next((word for word in words if word.startswith("--utility-sub-type=")), "")
    return "gpu" if kind == "gpu-process" else sub.removeprefix("--utility-sub-type=").split(".")[0] or kind


def _words(process: int) -> list[str]:
    try:
        written = Path(f"/proc/{process}/cmdline").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return []
    # Chromium writes the titles of its children as one string with spaces; Linux separates real arguments by NUL.
    return written.replace("\0", " ").split()


def _seconds(process: int) -> float:
    try:
        return processor_seconds(process)
    except OSError:
        return 0.0


def _threads(process: int) -> Iterator[tuple[str, float]]:
    for task in Path(f"/proc/{process}/task").glob("*/stat"):
        try:
            before, _, after = task.read_text().rpartition(")")
        except (FileNotFoundError, ProcessLookupError):
            continue
        # proc_pid_stat(5): the 14th and 15th fields, in ticks; the name in parentheses is the second.
        user, system = after.split()[11:13]
        yield before.partition("(")[2], (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _to_all(processes: Collection[int], which: signal.Signals) -> None:
    for process in processes:
        try:
            os.kill(process, which)
        except ProcessLookupError:
            continue
