"""Properties are checked for what they say, not for how long the machine takes.

By default they look at new examples in every run. `make test` looks at the same ones each time, so that one commit has
one verdict; what `make check` finds beyond them is mended and kept as an example.
"""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from media.compiling import compile_bends

settings.register_profile("exploring", deadline=None)
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("exploring")

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def demo_music() -> Path:
    """The composed demo library; made once per checkout (`make test` has made it already)."""
    folder = ROOT / "var" / "demo"
    subprocess.run([sys.executable, "-m", "media.composer", str(folder)], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="session")
def compiled_bends(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which everything that bent renditions need is compiled."""
    folder = tmp_path_factory.mktemp("compiled")
    assert compile_bends(folder)
    return folder
