import os
import subprocess
import sys

import pytest

from loadtests.insync.priority import carries_sound, descendants


@pytest.mark.parametrize(
    "name",
    [
        "pulseaudio",
        "null-sink",
        "parec",
        "threaded-ml",
        "AudioOutputDevi",
        "AudioThread",
        "Realtime AudioW",
        "Semi-Realtime A",
    ],
)
def test_threads_that_carry_sound_are_known_by_what_the_kernel_calls_them(name: str) -> None:
    assert len(name) <= 15
    assert carries_sound(name)


@pytest.mark.parametrize("name", ["chromium", "Compositor", "ThreadPoolAudio", "DedicatedWorker", "python"])
def test_all_others_are_ordinary(name: str) -> None:
    assert not carries_sound(name)


def test_children_of_children_are_found() -> None:
    child = "subprocess.Popen([sys.executable, '-c', 'input()'])"
    words = f"import subprocess, sys; print({child}.pid, flush=True); sys.stdin.read()"
    process = subprocess.Popen([sys.executable, "-c", words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    grandchild = int(process.stdout.readline())
    assert {process.pid, grandchild} <= descendants(os.getpid())
    assert descendants(grandchild) == set()
    process.communicate("\n", timeout=10)
