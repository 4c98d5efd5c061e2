"""Plain requests for a socket are recognised; everything else is left to h11."""

import pytest

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
        BROWSER.replace(b"GET", b"HEAD"),
        BROWSER.replace(b"HTTP/1.1", b"HTTP/1.0"),
        BROWSER.replace(b"Upgrade: websocket", b"Upgrade: h2c"),
        BROWSER.replace(b"Upgrade: websocket", b"Upgrade: websocket, h2c"),
    ],
)
def test_what_is_unusual_is_left_to_those_who_look_closer(unusual: bytes) -> None:
    assert recognised(unusual) is None
