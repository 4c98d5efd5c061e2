"""The generator against the real server: every scenario runs to its end, and everybody ends with the same."""

import subprocess
import sys

import pytest

from loadtests.realtime.scenarios import SCENARIOS


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENARIOS)
def test_every_client_of_a_scenario_converges(name: str) -> None:
    command = [sys.executable, "-m", "loadtests.realtime", "--quick", "--only", name, "--peers", "hathor"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert SCENARIOS[name].title in done.stdout
    assert "| **Hathor RT** |" in done.stdout
