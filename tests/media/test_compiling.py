import subprocess
import sys
import time
from pathlib import Path

import pytest

from media.compiling import compile_bends
from media.spans.warm_up import stamp

pytestmark = pytest.mark.slow


def test_everything_is_compiled_into_the_folder_once(compiled_bends: Path) -> None:
    assert stamp(compiled_bends).exists()
    kernels = {path: path.stat().st_mtime_ns for path in compiled_bends.rglob("*.nb?")}
    assert any("vocoder_kernels" in path.name for path in kernels)
    assert any("formants" in path.name for path in kernels)
    # A second process finds the stamp.
    assert compile_bends(compiled_bends)
    assert {path: path.stat().st_mtime_ns for path in compiled_bends.rglob("*.nb?")} == kernels


def test_it_ends_with_whoever_started_it(tmp_path: Path) -> None:
    command = [sys.executable, "-P", "-m", "media.compiling", str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        deadline = time.monotonic() + 60
        while not list(tmp_path.glob("compiling.lock")):
            assert time.monotonic() < deadline
            time.sleep(0.02)  # noqa: TID251 - another process
        process.communicate(timeout=5)
    assert process.returncode == 1
    assert not stamp(tmp_path).exists()


def test_a_folder_that_cannot_be_written_is_no_crash_of_the_caller(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    assert not compile_bends(file)
