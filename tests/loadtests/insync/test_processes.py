import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from loadtests.insync.processes import Processes, share_of_a_core

# Starts a child as Chromium would, says when it runs, and waits for the end of its input.
PARENT = """
import os, subprocess, sys
words = [sys.executable, "-c", "print('up', flush=True); input()", *os.environ["WORDS"].split()]
child = subprocess.Popen(words, stdin=subprocess.PIPE)
sys.stdin.read()
child.communicate(b"\\n")
"""


@pytest.fixture
def profile(tmp_path: Path) -> Iterator[Path]:
    words = "--type=utility --utility-sub-type=audio.mojom.AudioService"
    process = subprocess.Popen(
        [sys.executable, "-c", PARENT, f"--user-data-dir={tmp_path}"],
        env={**os.environ, "WORDS": words},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    yield tmp_path
    process.communicate(timeout=10)


def stands_still(process: int, expected: bool) -> bool:
    """Whether it does as expected before long: signals arrive when the kernel next looks at a process."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if (Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "T") == expected:
            return True
        os.sched_yield()
    return False


def test_processes_are_told_apart_by_what_they_do(profile: Path) -> None:
    kinds = Processes(profile).by_kind()
    assert sorted(kinds) == ["audio", "browser"]
    assert kinds["audio"] != kinds["browser"]
    assert set(Processes(profile).seconds()) == {"audio", "browser"}


def test_threads_are_told_by_their_names(profile: Path) -> None:
    threads = Processes(profile).thread_seconds("audio")
    assert len(threads) == 1
    assert next(iter(threads)).startswith("python")
    assert all(0 <= seconds < 60 for seconds in threads.values())
    assert Processes(profile).thread_seconds("renderer") == {}


def test_a_stranger_has_none(profile: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert Processes(tmp_path_factory.mktemp("other")).by_kind() == {}


def test_some_stand_still_and_go_on(profile: Path) -> None:
    processes = Processes(profile)
    (audio,) = processes.by_kind()["audio"]
    (root,) = processes.by_kind()["browser"]
    with processes.standing_still({"audio"}):
        assert stands_still(audio, True)
        assert stands_still(root, False)
    assert stands_still(audio, False)
    with processes.standing_still():
        assert stands_still(audio, True)
        assert stands_still(root, True)
    assert stands_still(audio, False)
    assert stands_still(root, False)


def test_who_is_not_there_cannot_stand_still(profile: Path) -> None:
    with pytest.raises(AssertionError, match="has no"), Processes(profile).standing_still({"renderer"}):
        pass


def test_the_share_is_of_one_core_and_of_new_processes_too() -> None:
    seen = iter([{"renderer": 1.0}, {"renderer": 1.5, "audio": 0.1}])
    instants = iter([10.0, 20.0])
    shares = share_of_a_core(lambda: next(seen), lambda: next(instants), lambda: None)
    assert shares == {"renderer": pytest.approx(5.0), "audio": pytest.approx(1.0)}
