import hashlib
import http.server
import threading  # noqa: TID251  # a server beside the test, which has no event loop
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from media.problem import MediaProblem
from media.stems.fetching import fetch, remote_called
from media.stems.listing import Remote
from tests.media.stems.fakes import model_file


class Handler(http.server.BaseHTTPRequestHandler):
    content = b""
    promised = 0

    def do_GET(self) -> None:
        if self.path != "/model.safetensors":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(self.promised or len(self.content)))
        self.end_headers()
        self.wfile.write(self.content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # named by its base class
        """Say nothing."""


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[Remote]:
    content = model_file(tmp_path / "source.safetensors").read_bytes()
    Handler.content, Handler.promised = content, 0
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/model.safetensors"
    yield Remote("far", url, 1, hashlib.sha256(content).hexdigest(), "ask first")
    server.shutdown()
    thread.join()
    server.server_close()


def refusal(remote: Remote, folder: Path) -> str:
    with pytest.raises(MediaProblem) as caught:
        fetch(remote, folder, lambda _: None)
    assert list(folder.glob("*")) == []
    assert list(folder.glob(".*")) == []
    return caught.value.code


def test_a_model_is_fetched_into_the_folder(remote: Remote, tmp_path: Path) -> None:
    told: list[float] = []
    path, sha256 = fetch(remote, tmp_path / "models", told.append)
    assert path == tmp_path / "models" / "far.safetensors"
    assert path.read_bytes() == Handler.content
    assert sha256 == remote.sha256
    assert told[-1] == 1.0


def test_another_file_than_promised_is_not_kept(remote: Remote, tmp_path: Path) -> None:
    assert refusal(replace(remote, sha256="0" * 64), tmp_path / "models") == "damaged-model"


def test_something_that_is_no_model_is_not_kept(remote: Remote, tmp_path: Path) -> None:
    Handler.content = b"<html>sign in first</html>"
    assert refusal(replace(remote, sha256=""), tmp_path / "models") == "damaged-model"


def test_a_flood_is_left(remote: Remote, tmp_path: Path) -> None:
    Handler.content = bytes(2_500_000)
    assert refusal(remote, tmp_path / "models") == "damaged-model"


def test_a_download_that_breaks_off_is_told(remote: Remote, tmp_path: Path) -> None:
    Handler.promised = len(Handler.content) + 10
    assert refusal(remote, tmp_path / "models") == "model-missing"


def test_what_is_not_there_is_told(remote: Remote, tmp_path: Path) -> None:
    assert refusal(replace(remote, url=remote.url + "x"), tmp_path / "models") == "model-missing"


def test_only_models_of_the_table_are_fetched(remote: Remote) -> None:
    assert remote_called("far", [remote]) is remote
    with pytest.raises(MediaProblem, match="there are far"):
        remote_called("near", [remote])
