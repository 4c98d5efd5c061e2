"""Plain requests for a socket are recognised, and read as h11 reads them; everything else is left to h11."""

import h11
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from web.realtime.http1 import LONGEST_HEAD, Upgrade
from web.realtime.upgrade_head import recognised

BROWSER = (
    b"GET /yjs/scratch:s1?token=abc&v=1 HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nConnection: keep-alive, Upgrade\r\n"
    b"Upgrade: websocket\r\nOrigin: http://127.0.0.1:8000\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nX-Seen: a\r\nx-seen:b \r\n\r\n"
)


def test_what_a_browser_sends_is_recognised() -> None:
    upgrade = recognised(BROWSER)
    assert upgrade is not None
    assert (upgrade.path, upgrade.query, upgrade.is_modern, upgrade.has_more) == (
        "/yjs/scratch:s1",
        "token=abc&v=1",
        True,
        False,
    )
    assert upgrade.headers["x-seen"] == "a,b"
    assert upgrade.headers["sec-websocket-key"] == "AAAAAAAAAAAAAAAAAAAAAA=="


@pytest.mark.parametrize(
    "unusual",
    [
        b"",
        BROWSER[:-2],
        BROWSER + b"\x81",
        BROWSER + BROWSER,
        BROWSER.replace(b"GET", b"POST"),
        BROWSER.replace(b"HTTP/1.1", b"HTTP/1.0"),
        BROWSER.replace(b"\r\n", b"\n"),
        BROWSER.replace(b"GET /", b"GET http://elsewhere/"),
        BROWSER.replace(b"Upgrade: websocket", b"Upgrade: h2c"),
        BROWSER.replace(b"Upgrade: websocket", b"Upgrade: websocket, h2c"),
        BROWSER.replace(b"Host:", b"Host :"),
        BROWSER.replace(b"Host: 127.0.0.1:8000\r\n", b""),
        BROWSER.replace(b"X-Seen: a", b"Host: elsewhere"),
        BROWSER.replace(b"X-Seen: a", b"Content-Length: 3"),
        BROWSER.replace(b"X-Seen: a", b"Transfer-Encoding: chunked"),
        BROWSER.replace(b"X-Seen: a", b"Expect: 100-continue"),
        BROWSER.replace(b"X-Seen: a", b"X-Seen: a\r\n folded"),
        BROWSER.replace(b"X-Seen: a", b"X-Seen: \xe9"),
        BROWSER.replace(b"X-Seen: a", b"X-Seen: a\x00"),
        BROWSER.replace(b"X-Seen: a", b"X-Seen: " + b"a" * LONGEST_HEAD),
    ],
)
def test_what_is_unusual_is_left_to_those_who_look_closer(unusual: bytes) -> None:
    assert recognised(unusual) is None


FIELDS = st.lists(
    st.tuples(
        st.sampled_from((b"X-A", b"x-a", b"Cookie", b"Connection", b"host", b"Te", b"Upgrade", b"A B", b"")),
        st.sampled_from((b":", b": ", b":\t", b" :", b"")),
        st.text(alphabet=" \tabc,;=:\x00\x7f\xe9\r\n", max_size=6).map(lambda text: text.encode("latin-1")),
    ),
    max_size=4,
)


@given(
    target=st.text(alphabet="/a?%#\x7f\xe9 ", max_size=6).map(lambda text: b"/" + text.encode("latin-1")), fields=FIELDS
)
@example(target=b"/ws", fields=[(b"Cookie", b":", b" a=b ")])
def test_what_is_recognised_is_what_h11_reads(target: bytes, fields: list[tuple[bytes, bytes, bytes]]) -> None:
    extra = b"".join(name + colon + value + b"\r\n" for name, colon, value in fields)
    head = b"GET " + target + b" HTTP/1.1\r\nHost: a\r\nUpgrade: WebSocket\r\n" + extra + b"\r\n"
    upgrade = recognised(head)
    if upgrade is None:
        return
    connection = h11.Connection(h11.SERVER)
    connection.receive_data(head)
    request = connection.next_event()
    assert isinstance(request, h11.Request)
    headers: dict[str, str] = {}
    for raw_name, raw_value in request.headers:
        name, value = raw_name.decode(), raw_value.decode()
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    path, _, query = request.target.decode().partition("?")
    assert upgrade == Upgrade(path, query, is_modern=True, has_more=False, headers=headers)
    assert connection.trailing_data == (b"", False)
