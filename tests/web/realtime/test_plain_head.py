"""Plain requests are read, and as h11 reads them; everything else is left to h11."""

import h11
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from web.realtime.plain_head import LONGEST_HEAD, PlainHead, plain_head

BROWSER = (
    b"GET /segments/abc/def/1?x=1 HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nConnection: keep-alive\r\n"
    b"Accept: */*\r\nAccept-Encoding: gzip, deflate\r\nX-Seen: a\r\nx-seen:b \r\n\r\n"
)


def test_what_a_browser_sends_is_read() -> None:
    head = plain_head(BROWSER)
    assert head is not None
    assert (head.method, head.target) == ("GET", "/segments/abc/def/1?x=1")
    assert head.headers["x-seen"] == "a,b"
    assert head.headers["connection"] == "keep-alive"


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
    assert plain_head(unusual) is None


FIELDS = st.lists(
    st.tuples(
        st.sampled_from((b"X-A", b"x-a", b"Cookie", b"Connection", b"host", b"Te", b"Upgrade", b"A B", b"")),
        st.sampled_from((b":", b": ", b":\t", b" :", b"")),
        st.text(alphabet=" \tabc,;=:\x00\x7f\xe9\r\n", max_size=6).map(lambda text: text.encode("latin-1")),
    ),
    max_size=4,
)


@given(
    method=st.sampled_from((b"GET", b"HEAD", b"PUT")),
    target=st.text(alphabet="/a?%#\x7f\xe9 ", max_size=6).map(lambda text: b"/" + text.encode("latin-1")),
    fields=FIELDS,
)
@example(method=b"GET", target=b"/ws", fields=[(b"Cookie", b":", b" a=b ")])
def test_what_is_read_is_what_h11_reads(method: bytes, target: bytes, fields: list[tuple[bytes, bytes, bytes]]) -> None:
    extra = b"".join(name + colon + value + b"\r\n" for name, colon, value in fields)
    head = method + b" " + target + b" HTTP/1.1\r\nHost: a\r\n" + extra + b"\r\n"
    read = plain_head(head)
    if read is None:
        return
    connection = h11.Connection(h11.SERVER)
    connection.receive_data(head)
    request = connection.next_event()
    assert isinstance(request, h11.Request)
    headers: dict[str, str] = {}
    for raw_name, raw_value in request.headers:
        name, value = raw_name.decode(), raw_value.decode()
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    assert read == PlainHead(request.method.decode(), request.target.decode(), headers)
    assert connection.trailing_data == (b"", False)
