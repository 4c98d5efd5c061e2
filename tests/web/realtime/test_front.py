"""The port: plain and encrypted, pages and sockets, crowds, half-open peers and the end."""

import resource
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog.testing
import trio
import trio.testing
from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable, Scope
from trio_websocket import ConnectionClosed

from hathor_rt.tls.authority import open_authority
from hathor_rt.tls.contexts import server_context
from sync.wire.frames import PROTOCOL_VERSION, Changed, Ending, Enter, Entered, Hello, Probe, ProbeReply, Welcome
from tests.fakes.sockets import gateway_stand
from tests.fakes.website import Client, Website, parse_response, running_website
from web.proxies import Proxies
from web.realtime.front import Front, most_connections
from web.realtime.routes import SocketRoute
from web.serving import open_listeners

UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec_WebSocket_Version": "13",
    "Sec_WebSocket_Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Website]:
    async with running_website(tmp_path) as running:
        yield running


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    now = datetime.now(UTC)
    authority = open_authority(tmp_path_factory.mktemp("tls"), "laptop", now)
    made = authority.server_certificate(("localhost", "127.0.0.1"), now)
    client = ssl.create_default_context(cafile=str(authority.certificate_file))
    client.set_alpn_protocols(["h2", "http/1.1"])
    return server_context(made.chain, made.key), client


@pytest.fixture
async def encrypted(
    tmp_path: Path, certificates: tuple[ssl.SSLContext, ssl.SSLContext]
) -> AsyncIterator[tuple[Website, ssl.SSLContext]]:
    async with running_website(tmp_path, tls=certificates[0]) as running:
        yield running, certificates[1]


async def over_tls(site: Website, context: ssl.SSLContext, request: bytes) -> bytes:
    stream = trio.SSLStream(await site.connect(), context, server_hostname="127.0.0.1", https_compatible=True)
    async with stream:
        await stream.send_all(request)
        assert stream.selected_alpn_protocol() == "http/1.1"
        return b"".join([chunk async for chunk in stream])


async def test_pages_and_sockets_share_the_port(site: Website) -> None:
    assert (await site.request("GET", "/healthz")).status == 200
    async with site.client(await site.guest()) as client:
        await client.send(Probe(1, 2))
        assert isinstance(await client.receive(), ProbeReply)


async def test_https_shares_it_too(encrypted: tuple[Website, ssl.SSLContext]) -> None:
    site, trusted = encrypted
    assert (await site.request("GET", "/healthz")).status == 200
    request = b"GET /api/session HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    with trio.fail_after(3):
        answer = parse_response(await over_tls(site, trusted, request))
    assert answer.status == 200
    assert "Secure" in answer.headers["set-cookie"]


async def test_a_socket_over_tls_gets_broadcasts_too(encrypted: tuple[Website, ssl.SSLContext]) -> None:
    site, trusted = encrypted
    room = await site.room()
    cookie = await site.guest()
    async with AsyncExitStack() as stack:
        clients = []
        for tls in (trusted, None, trusted):
            client = Client(await stack.enter_async_context(site.socket(cookie, tls=tls)))
            await client.send(Hello(PROTOCOL_VERSION, "tests"), Enter(room))
            assert isinstance(await client.receive(), Welcome)
            assert isinstance(await client.receive(), Entered)
            clients.append(client)
        for size in (10, 50_000):
            change = Changed(f"queue:{room}", bytes(size))
            assert site.rooms.publish(change) == [True, True, True]
            for client in clients:
                assert await client.receive() == change


async def test_https_where_there_is_none_is_told_in_plain_words(site: Website) -> None:
    async with await site.connect() as stream:
        await stream.send_all(b"\x16\x03\x01" + bytes(300))
        with trio.fail_after(2):
            answer = await stream.receive_some()
    assert b"does not speak https" in answer


async def test_a_pages_large_answer_comes_whole_over_tls(
    encrypted: tuple[Website, ssl.SSLContext], tmp_path: Path
) -> None:
    site, trusted = encrypted
    content = bytes(range(256)) * 12_000
    path = site.delivery.add_segment(tmp_path, content)
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode()
    with trio.fail_after(10):
        assert parse_response(await over_tls(site, trusted, request)).body == content


@pytest.mark.parametrize(
    "first", [b"", b"G", b"GET / HT", b"\x16", b"\x16\x03\x01\x02\x00", b"GET / HTTP/1.1\r\nHost: x\r\n"]
)
async def test_half_open_peers_are_let_go(
    encrypted: tuple[Website, ssl.SSLContext], autojump_clock: trio.testing.MockClock, first: bytes
) -> None:
    site, _ = encrypted
    async with await site.connect() as stream:
        if first:
            await stream.send_all(first)
        began = trio.current_time()
        with trio.fail_after(30):
            try:
                while await stream.receive_some():
                    pass
            except trio.BrokenResourceError:
                pass
        assert 9 < trio.current_time() - began < 25


async def test_peers_that_come_and_go_leave_nothing_behind(site: Website) -> None:
    for sent in (b"", b"\x16", b"GET", b"GET /ws HTTP/1.1\r\n"):
        async with await site.connect() as stream:
            if sent:
                await stream.send_all(sent)
    await trio.testing.wait_all_tasks_blocked(0.02)
    assert (await site.request("GET", "/healthz")).status == 200


@pytest.mark.parametrize(
    ("origin", "status"), [("https://attacker.example", 403), ("null", 403), ("http://127.0.0.1", 403)]
)
async def test_sockets_of_other_sites_are_refused_at_the_door(site: Website, origin: str, status: int) -> None:
    answer = await site.request("GET", "/ws", cookie=await site.guest(), Origin=origin, **UPGRADE)
    assert (answer.status, answer.json()["code"]) == (status, "foreign-origin")


async def test_sockets_of_our_own_pages_are_let_in(site: Website) -> None:
    async with site.socket(await site.guest(), origin=f"http://127.0.0.1:{site.port}") as socket:
        client = Client(socket)
        await client.send(Hello(PROTOCOL_VERSION, "tests"))
        assert isinstance(await client.receive(), Welcome)


async def test_a_rebinding_name_is_refused_at_the_door(site: Website) -> None:
    answer = await site.request("GET", "/ws", Host="attacker.example", **UPGRADE)
    assert (answer.status, answer.json()["code"]) == (421, "foreign-host")


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"Sec_WebSocket_Version": "8"}, 426, "wrong-protocol"),
        ({"Sec_WebSocket_Key": "short"}, 400, "bad-request"),
        ({"Connection": "close"}, 400, "bad-request"),
    ],
)
async def test_a_handshake_that_is_none_is_told_why(
    site: Website, changed: dict[str, str], status: int, code: str
) -> None:
    answer = await site.request("GET", "/ws", cookie=await site.guest(), **(UPGRADE | changed))
    assert (answer.status, answer.json()["code"]) == (status, code)
    assert answer.headers["sec-websocket-version"] == "13"


@pytest.mark.parametrize("path", ["/ws", "/healthz"])
async def test_a_socket_is_not_asked_for_with_the_http_of_the_last_century(site: Website, path: str) -> None:
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in UPGRADE.items())
    with trio.fail_after(3):
        answer = await site.exchange(f"GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\n{head}\r\n".encode())
    assert parse_response(answer).status == 400


async def test_the_end_is_said_and_quick(site: Website) -> None:
    cookie = await site.guest()
    async with site.client(cookie) as first, site.client(cookie) as second, await site.connect() as idle:
        began = trio.current_time()
        site.stopping.set()
        for client in (first, second):
            last_word = await client.receive()
            assert isinstance(last_word, Ending)
            assert last_word.code == "going-away"
            assert last_word.retry_after > 0
            with pytest.raises(ConnectionClosed) as closed:
                await client.receive()
            assert closed.value.reason is not None
            assert closed.value.reason.code == 1001
        with trio.fail_after(2):
            await site.stopped.wait()
            assert await idle.receive_some() == b""
        # Well within the second there is: nobody here makes the server wait.
        assert trio.current_time() - began < 0.6
    with pytest.raises(OSError, match="connect"):
        await site.connect()


async def test_a_request_under_way_is_finished_first(site: Website, tmp_path: Path) -> None:
    site.delivery.hangs = True
    gate = trio.Event()
    site.delivery.gate = gate
    path = site.delivery.add_segment(tmp_path, b"sound")
    answers = []

    async def ask() -> None:
        answers.append(await site.request("GET", path))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(ask)
        await trio.testing.wait_all_tasks_blocked(0.02)
        site.stopping.set()
        await trio.testing.wait_all_tasks_blocked(0.02)
        gate.set()
    assert [(answer.status, answer.body) for answer in answers] == [(200, b"sound")]
    with trio.fail_after(1):
        await site.stopped.wait()


@pytest.mark.slow
async def test_a_request_that_does_not_end_is_cut_off(site: Website) -> None:
    site.delivery.hangs = True
    path = "/segments/s1gnature0/0123456789abcdef0123456789abcdef/0"
    async with await site.connect() as stream:
        await stream.send_all(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        await trio.testing.wait_all_tasks_blocked(0.02)
        began = trio.current_time()
        site.stopping.set()
        with trio.fail_after(3):
            await site.stopped.wait()
        assert 0.9 < trio.current_time() - began < 1.6


async def test_one_too_many_is_turned_away_and_the_others_stay(tmp_path: Path) -> None:
    stand = gateway_stand(tmp_path)
    routes = [SocketRoute("/ws", stand.gateway)]
    limits: dict[str, int] = {"capacity": 2, "receive_bytes": 32 * 1024}
    front = Front(
        hello, routes, Proxies(""), stand.time, at_once=lambda data: None, tls=None, stalled_after_seconds=1, **limits
    )
    listeners = await open_listeners("127.0.0.1", 0)
    stopping = trio.Event()
    async with trio.open_nursery() as nursery:

        async def serve() -> None:
            await front.serve(listeners, stopping=stopping, drain_seconds=1)

        async def ask() -> bytes:
            async with await trio.open_tcp_stream(*listeners[0].socket.getsockname()) as stream:
                await stream.send_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                return (await stream.receive_some()).partition(b"\r\n")[0]

        nursery.start_soon(serve)
        async with await trio.open_tcp_stream(*listeners[0].socket.getsockname()):
            assert (await ask()).startswith(b"HTTP/1.1 200")
            async with await trio.open_tcp_stream(*listeners[0].socket.getsockname()):
                assert await ask() == b"HTTP/1.1 503 Service Unavailable"
            await trio.testing.wait_all_tasks_blocked(0.01)
            assert (await ask()).startswith(b"HTTP/1.1 200")
        stopping.set()


async def hello(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello", "more_body": False})


def test_the_crowd_is_bounded_by_what_the_process_may_open() -> None:
    assert most_connections(10) == 10
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    with structlog.testing.capture_logs() as lines:
        assert 64 <= most_connections(10_000_000) <= max(64, soft)
    assert [line["wanted"] for line in lines] == [10_000_000]
