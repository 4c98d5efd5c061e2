from pathlib import Path

import pytest

from media.compiling import compile_bends


@pytest.fixture(scope="session")
def compiled_bends(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which everything that bent renditions need is compiled."""
    folder = tmp_path_factory.mktemp("compiled")
    assert compile_bends(folder)
    return folder
