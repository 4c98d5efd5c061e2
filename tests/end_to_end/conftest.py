"""Servers with the demo library for end-to-end tests."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from media.compiling import compile_bends
from tests.end_to_end.server_process import ServerProcess


@pytest.fixture(scope="session")
def demo_data(demo_music: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder after the first start: demo library scanned and measured, demo room made."""
    data = tmp_path_factory.mktemp("template") / "data"
    data.mkdir()
    (data / "demo").symlink_to(demo_music, target_is_directory=True)
    ServerProcess(data).command("library", "demo")
    # Compiled once for all copies, not by every server in the background of its test.
    assert compile_bends(data / "compiled")
    return data


@pytest.fixture
def make_server(demo_data: Path, tmp_path: Path) -> Iterator[Callable[..., ServerProcess]]:
    """Starts servers on copies of the demo data; stops them all at the end."""
    servers: list[ServerProcess] = []

    def make(name: str = "data", **settings: object) -> ServerProcess:
        data = tmp_path / name
        if not data.exists():
            shutil.copytree(demo_data, data, symlinks=True)
        server = ServerProcess(data, **settings)  # type: ignore[arg-type]  # settings by name
        servers.append(server)
        return server

    yield make
    for server in servers:
        server.stop()
