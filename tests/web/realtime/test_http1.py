"""HTTP connections as browsers and proxies use them, over real sockets."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio
from trio_websocket import wrap_client_stream

from sync.wire.frames import PROTOCOL_VERSION, Hello, Welcome
from tests.fakes.website import Client, Website, parse_response, running_website


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Website]:
    async with running_website(tmp_path, stale_reader_seconds=1) as running:
        yield running


def get(site: Website, target: str, extra: str = "") -> bytes:
    return f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\n{extra}\r\n".encode()


async def read_answer(stream: trio.SocketStream) -> bytes:
    """One answer with a Content-Length."""
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = await stream.receive_some()
        assert chunk, data
        data += chunk
    length = int(parse_response(data).headers["content-length"])
    while len(data.partition(b"\r\n\r\n")[2]) < length:
        data += await stream.receive_some()
    return data


async def test_connection_close_ends_the_connection(site: Website) -> None:
    with trio.fail_after(2):
        answer = parse_response(await site.exchange(get(site, "/healthz", "Connection: close\r\n")))
    assert (answer.status, answer.body) == (200, b'{"ok":true}')


async def test_a_connection_serves_many_requests(site: Website) -> None:
    async with await site.connect() as stream:
        for _ in range(3):
            await stream.send_all(get(site, "/healthz"))
            with trio.fail_after(2):
                assert parse_response(await read_answer(stream)).status == 200


async def test_requests_sent_ahead_are_answered_in_order(site: Website) -> None:
    async with await site.connect() as stream:
        await stream.send_all(get(site, "/healthz") + get(site, "/api/nothing") + get(site, "/healthz"))
        with trio.fail_after(2):
            data = b""
            while data.count(b"HTTP/1.1 ") < 3 or not data.endswith(b'{"ok":true}'):
                data += await stream.receive_some()
    assert [int(part.split()[0]) for part in data.split(b"HTTP/1.1 ")[1:]] == [200, 404, 200]


async def test_a_connection_that_served_pages_may_become_a_socket(site: Website) -> None:
    """Reverse proxies reuse connections for upgrades."""
    cookie = await site.guest()
    async with await site.connect() as stream:
        await stream.send_all(get(site, "/healthz"))
        await read_answer(stream)
        async with trio.open_nursery() as nursery:
            socket = await wrap_client_stream(
                nursery, stream, f"127.0.0.1:{site.port}", "/ws", extra_headers=[(b"Cookie", cookie.encode())]
            )
            client = Client(socket)
            await client.send(Hello(PROTOCOL_VERSION, "tests"))
            assert isinstance(await client.receive(), Welcome)
            await socket.aclose()


WEBSOCKET = (
    "Connection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)


async def test_a_client_that_sends_frames_before_it_was_answered_is_refused(site: Website) -> None:
    with trio.fail_after(2):
        answer = parse_response(await site.exchange(get(site, "/ws", WEBSOCKET) + b"\x82\x80\x00\x00\x00\x00"))
    assert (answer.status, answer.json()["code"]) == (400, "bad-request")


async def test_upgrades_of_other_paths_and_to_http2_are_not_followed(site: Website) -> None:
    assert parse_response(await site.exchange(get(site, "/api/instance", WEBSOCKET))).status in {400, 404}
    answer = await site.exchange(get(site, "/healthz", "Connection: Upgrade, close\r\nUpgrade: h2c\r\n"))
    assert parse_response(answer).status == 200
    assert (await site.exchange(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")).startswith(b"HTTP/1.1 4")


async def test_a_request_for_the_socket_that_is_no_upgrade_is_a_page_that_is_not_there(site: Website) -> None:
    assert (await site.request("GET", "/ws")).status == 404


async def test_an_endless_head_is_cut_off(site: Website) -> None:
    with trio.fail_after(3):
        answer = await site.exchange(get(site, "/healthz", f"X-Long: {'x' * 20_000}\r\n"))
    assert answer.startswith(b"HTTP/1.1 4")


@pytest.mark.parametrize("garbage", [b"\x00\x01\x02\r\n\r\n", b"HELLO\r\n\r\n", b"\r\n\r\n\r\n\r\nx y\r\n\r\n"])
async def test_what_is_no_http_is_answered_and_closed(site: Website, garbage: bytes) -> None:
    with trio.fail_after(3):
        answer = await site.exchange(garbage)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
    assert (await site.request("GET", "/healthz")).status == 200


async def test_an_oversized_body_is_refused_with_an_answer_that_arrives(site: Website) -> None:
    cookie = await site.guest()
    with trio.fail_after(3):
        answer = await site.request("POST", "/api/rooms", cookie=cookie, json={"name": "x" * 100_000})
    assert answer.status == 413
    assert answer.json()["code"] == "request-entity-too-large"


@pytest.mark.slow
async def test_a_client_that_stops_reading_an_answer_is_dropped(site: Website, tmp_path: Path) -> None:
    path = site.delivery.add_segment(tmp_path, bytes(8 * 1024 * 1024))
    stream = await site.connect()
    async with stream:
        await stream.send_all(get(site, path))
        began = trio.current_time()
        received = 0
        await trio.sleep(1.5)
        with trio.fail_after(3):
            try:
                while chunk := await stream.receive_some():
                    received += len(chunk)
            except trio.BrokenResourceError:
                pass
        assert received < 8 * 1024 * 1024
        assert trio.current_time() - began < 3
