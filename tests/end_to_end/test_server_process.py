"""The process as its operator sees it: size, start, settings, endings."""

import json
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.end_to_end.server_process import ServerProcess

pytestmark = pytest.mark.slow
AUDIO_STACK = ("numpy", "numba", "torch", "scipy", "av", "soxr", "PIL")


class Visitor:
    """Someone with a cookie jar."""

    def __init__(self, server: ServerProcess) -> None:
        self._base = server.url
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        self.fetch("api/session")

    def fetch(self, path: str) -> dict[str, object]:
        with self._opener.open(self._base + path, timeout=10) as answer:
            content: dict[str, object] = json.load(answer)
            return content


def resident_megabytes(process_id: int) -> float:
    status = Path(f"/proc/{process_id}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) / 1000


def test_a_server_with_the_demo_library_is_small_and_free_of_the_audio_stack(
    make_server: Callable[..., ServerProcess],
) -> None:
    server = make_server().start()
    visitor = Visitor(server)
    assert visitor.fetch("healthz") == {"ok": True}
    assert visitor.fetch("readyz") == {"ok": True}
    assert visitor.fetch("api/instance")["demo_room"]
    assert len(visitor.fetch("api/tracks?q=")["tracks"]) >= 6  # type: ignore[arg-type]  # JSON
    assert resident_megabytes(server.process_id) <= 80
    mapped = Path(f"/proc/{server.process_id}/maps").read_text()
    assert [name for name in AUDIO_STACK if f"/site-packages/{name}" in mapped] == []


def test_importing_the_server_imports_nothing_of_the_audio_stack() -> None:
    probe = f"import sys, hathor_rt.cli.serve; print([n for n in {AUDIO_STACK!r} if n in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", probe], text=True).strip() == "[]"


def test_it_ends_in_order_when_asked_to(make_server: Callable[..., ServerProcess]) -> None:
    server = make_server().start()
    began = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - began < 10


def test_a_port_in_use_is_told_in_one_line(make_server: Callable[..., ServerProcess]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        server = make_server(port=taken.getsockname()[1])
        with pytest.raises(AssertionError):
            server.start()
        assert "[port-in-use]" in server.log()
        assert "Traceback" not in server.log()


def test_a_misspelt_setting_is_told_in_one_line(make_server: Callable[..., ServerProcess]) -> None:
    server = make_server(prot=1)
    with pytest.raises(AssertionError):
        server.start()
    assert "HATHOR_PROT is no setting" in server.log()
    assert "Traceback" not in server.log()


def test_a_room_made_on_the_command_line_is_there_with_its_queue(make_server: Callable[..., ServerProcess]) -> None:
    server = make_server()
    link = server.command("room", "create", "Friday", "--add", "").strip()
    server.start()
    room, invite = link.rpartition("/r/")[2].split("?i=")
    card = Visitor(server).fetch(f"api/rooms/{room}?i={invite}")
    assert card["name"] == "Friday"


def test_data_of_a_newer_version_is_refused_and_untouched(make_server: Callable[..., ServerProcess]) -> None:
    server = make_server()
    database = server.data / "hathor.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999_future'")
        connection.commit()
        before = list(connection.iterdump())
    with pytest.raises(AssertionError):
        server.start()
    assert "[newer-data]" in server.log()
    with closing(sqlite3.connect(database)) as connection:
        assert list(connection.iterdump()) == before
