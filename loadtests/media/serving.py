"""What it costs the server to serve segments: processor time of a request, bytes for each second somebody listens.

A real server serves a demo song's segments over loopback to listeners who take turns, each on a connection of its own, as
those do who sit in one room; every request wakes the server by itself. Beside it serve the same bytes: a route of Quart on the
same libraries, from memory, which is the least that a route can do, and nginx with sendfile where it is installed.
"""

import http.client
import select
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import trio

from loadtests.clock.table import markdown
from loadtests.machine import processor_seconds
from media.pcm import RATE
from media.segment_format import SEGMENT_FRAMES
from tests.end_to_end.segment_paths import segment_paths
from tests.end_to_end.server_process import START_SECONDS, ServerProcess, free_port

REQUESTS: Final = 4_000
LISTENERS: Final = 100
# Of processor time a request, and of Opus for a second of sound.
BUDGET_MICROS: Final = 200
BUDGET_KILOBYTES: Final = 20
_UNLIMITED: Final = 1_000_000_000
_LOOK_SECONDS: Final = 0.05
_CALM_SECONDS: Final = 2.0
_CALM_SHARE: Final = 0.05
_MOST_LOOKS: Final = 60
# What is made at once when a track begins.
_SEGMENTS: Final = 15
# As Chromium 156 asks for a segment.
_HEADERS: Final = (
    'Connection: keep-alive\r\nsec-ch-ua-platform: "Linux"\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 '
    '(KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36\r\nsec-ch-ua: "Chromium";v="156", "Not A(Brand";v="24"\r\n'
    "sec-ch-ua-mobile: ?0\r\nAccept: */*\r\nSec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\n"
    "Accept-Encoding: gzip, deflate\r\nAccept-Language: en-US,en;q=0.9\r\n"
    "Cookie: hathor=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n"
)


@dataclass(frozen=True, slots=True)
class ServingFigures:
    """Of one way to serve.

    Attributes:
        way: In words.
        micros: Processor time of the server for each request.
        kilobytes: What one request brings over the wire, head included; 1000 bytes each.
    """

    way: str
    micros: float
    kilobytes: float


@dataclass(frozen=True, slots=True)
class Serving:
    """What was measured.

    Attributes:
        worker_millis: Processor time that the media workers took during all requests to our server.
        kilobytes_a_second: What a listener fetches for each second of sound, heads included.
    """

    ways: Sequence[ServingFigures]
    worker_millis: float
    kilobytes_a_second: float


class Listener:
    """A connection that is kept."""

    def __init__(self, port: int, tls: ssl.SSLContext | None = None) -> None:
        plain = socket.create_connection(("127.0.0.1", port))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._wire = plain if tls is None else tls.wrap_socket(plain, server_hostname="localhost")
        self._head = f"HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{_HEADERS}\r\n"

    def fetch(self, path: str) -> int:
        """Bytes of the answer, which must be a whole segment."""
        self._wire.sendall(f"GET {path} {self._head}".encode())
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._receive()
        head, _, body = data.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        length = next(
            int(line.partition(b":")[2]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
        )
        left = length - len(body)
        while left > 0:
            left -= len(self._receive())
        assert left == 0
        return len(head) + 4 + length

    def close(self) -> None:
        """Hang up."""
        self._wire.close()

    def _receive(self) -> bytes:
        data = self._wire.recv(1 << 18)
        assert data, "the server closed"
        return data


def measure(music: Path, folder: Path, *, requests: int = REQUESTS, listeners: int = LISTENERS) -> Serving:
    """Figures of every way.

    Args:
        music: A folder with one recording.
        folder: For data, belongs to this alone.
        requests: To each.
        listeners: Who take turns.
    """
    data = folder / "data"
    data.mkdir(exist_ok=True)
    ServerProcess(data).command("library", "add", str(music))
    paths = trio.run(segment_paths, data, "", _SEGMENTS)
    with ExitStack() as stack:
        with _server(data) as server:
            files = folder / "files"
            byte_count = _keep(files, server.port, paths)
            trusted = ssl.create_default_context(cafile=str(data / "tls" / "authority.pem"))
            workers = _children(server.process_id)
            _let_settle(workers)
            before = sum(map(processor_seconds, workers))
            ways = [
                _ask("ours", server.port, paths, server.process_id, requests, listeners),
                _ask("ours, https", server.port, paths, server.process_id, requests, listeners, trusted),
            ]
            worker_millis = 1000 * (sum(map(processor_seconds, workers)) - before)
        with _server(data, segment_memory_megabytes=0) as server:
            ways.append(_ask("ours, each from disk", server.port, paths, server.process_id, requests, listeners))
        for way, peer in (("a route of Quart, from memory", _quart), ("nginx, sendfile", _nginx)):
            started = stack.enter_context(peer(files))
            if started is not None:
                process, port = started
                ways.append(_ask(way, port, paths, process, requests, listeners))
    return Serving(ways, worker_millis, byte_count / (_SEGMENTS * SEGMENT_FRAMES / RATE) / 1000)


@contextmanager
def _server(data: Path, **settings: object) -> Iterator[ServerProcess]:
    server = ServerProcess(data, api_per_minute=_UNLIMITED, listen_ahead_percent=0, **settings)  # type: ignore[arg-type]  # settings by name
    try:
        yield server.start()
    finally:
        server.stop()


def _ask(
    way: str,
    port: int,
    paths: Sequence[str],
    process: int,
    requests: int,
    listeners: int,
    tls: ssl.SSLContext | None = None,
) -> ServingFigures:
    """Listeners take turns; all of them are connected, and have fetched one segment, before anything counts."""
    crowd = [Listener(port, tls) for _ in range(listeners)]
    for each in (*paths, *paths):
        crowd[0].fetch(each)
    for listener in crowd:
        listener.fetch(paths[0])
    before = processor_seconds(process)
    # All fetch one segment before any of them fetches the next.
    byte_count = sum(crowd[n % listeners].fetch(paths[n // listeners % len(paths)]) for n in range(requests))
    spent = processor_seconds(process) - before
    for listener in crowd:
        listener.close()
    return ServingFigures(way, 1e6 * spent / requests, byte_count / requests / 1000)


def _let_settle(workers: Sequence[int]) -> None:
    """Wait until workers have compiled what they compile before anybody asks for it."""
    spent = 0.0
    for _ in range(_MOST_LOOKS):
        before, spent = spent, sum(map(processor_seconds, workers))
        if spent - before < _CALM_SECONDS * _CALM_SHARE:
            return
        select.select([], [], [], _CALM_SECONDS)


def _children(process: int) -> list[int]:
    tasks = Path(f"/proc/{process}/task").glob("*/children")
    return [int(child) for each in tasks for child in each.read_text().split()]


def _keep(folder: Path, port: int, paths: Sequence[str]) -> int:
    """Fetch segments into files under the paths they have here, for servers of plain files; how many bytes that took."""
    byte_count = 0
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for path in paths:
        connection.request("GET", path)
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status == 200, content
        place = folder / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        byte_count += len(content) + sum(len(name) + len(value) + 4 for name, value in answer.getheaders())
    connection.close()
    return byte_count


@contextmanager
def _quart(files: Path) -> Iterator[tuple[int, int] | None]:
    port = free_port()
    command = [sys.executable, "-m", "loadtests.media.quart_route", str(files), str(port)]
    with _started(command, port) as process:
        yield process.pid, port


@contextmanager
def _nginx(files: Path) -> Iterator[tuple[int, int] | None]:
    """One process that does everything; None: it is not installed."""
    program = shutil.which("nginx")
    if program is None:
        yield None
        return
    port, folder = free_port(), files.parent
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; open_file_cache max=1000;\n"
        f"client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f; "
        f"uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;\n"
        f"server {{ listen 127.0.0.1:{port}; root {files}; etag on; }} }}\n"
    )
    with _started([program, "-c", str(folder / "nginx.conf"), "-p", str(folder)], port) as process:
        yield process.pid, port


@contextmanager
def _started(command: Sequence[str], port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that listens on the port."""
    process = subprocess.Popen(command)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not _listens(port):
            assert time.monotonic() < deadline, f"{command[0]} does not listen"
            with suppress(subprocess.TimeoutExpired):
                status = process.wait(_LOOK_SECONDS)
                raise AssertionError(f"{command[0]} ended at once with status {status}")
        yield process
    finally:
        process.terminate()
        process.wait(10)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def serving_table(figures: Serving) -> str:
    """One row for each way, and what follows for a listener."""
    rows = [["segments served by", "CPU µs a request", "kB a request", f"bar {BUDGET_MICROS} µs"]]
    for each in figures.ways:
        verdict = "–"
        if each.way.startswith("ours"):
            verdict = "kept" if each.micros <= BUDGET_MICROS else "missed"
        rows.append([each.way, f"{each.micros:.0f}", f"{each.kilobytes:.1f}", verdict])
    return (
        f"{markdown(rows)}\n\nA listener fetches {figures.kilobytes_a_second:.1f} kB of Opus for each second of sound, heads "
        f"included (bar {BUDGET_KILOBYTES} kB). Workers took {figures.worker_millis:.1f} ms meanwhile."
    )


def tell() -> str:
    """The table, measured now; composes the demo library first if need be."""
    demo = Path("var/demo").absolute()
    subprocess.run([sys.executable, "-m", "media.composer", str(demo)], check=True, stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory(prefix="hathor-serving-") as name:
        folder = Path(name)
        (folder / "music").mkdir()
        (folder / "music" / "a.flac").symlink_to(next(iter(sorted(demo.glob("*.flac")))))
        return serving_table(measure(folder / "music", folder))
