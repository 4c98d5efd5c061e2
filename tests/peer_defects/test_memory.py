"""What is closed is gone: memory does not grow with the number of documents and rooms that were ever open."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.slow
@pytest.mark.parametrize(("what", "times", "most_megabytes"), [("documents", 2000, 6), ("rooms", 240, 4)])
def test_thousands_that_were_opened_edited_and_closed_leave_nothing_and_crash_nothing(
    what: str, times: int, most_megabytes: float
) -> None:
    """pycrdt 0.14: a document whose observers are not dropped leaks; one dropped inside a callback ends the process.

    Without dropping the observers a document leaves 65 kB, a room 800 kB. Every third one is closed by a commit that fails.
    """
    command = [sys.executable, "-m", "tests.peer_defects.coming_and_going", what, str(times)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    assert float(done.stdout) < most_megabytes
