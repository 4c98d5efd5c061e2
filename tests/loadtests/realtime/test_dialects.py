"""What servers say is unwrapped, whichever way they wrap it."""

import pytest

from loadtests.realtime.dialects import Hocuspocus, Told, YWebsocket
from sync.wire import yjs


def test_plain_messages_are_those_of_the_server() -> None:
    dialect = YWebsocket("/yjs/scratch:", "token=t")
    assert dialect.path("x") == "/yjs/scratch:x?token=t"
    assert [yjs.decode(message) for message in dialect.greeting("x")] == [
        yjs.Step1(b"\x00"),
        yjs.Edited(b"\x00\x00", is_answer=True),
    ]
    assert yjs.decode(dialect.edit("x", b"abc")) == yjs.Edited(b"abc", is_answer=False)
    assert dialect.told(yjs.step_2(b"abc")) == Told(b"abc", is_answer=True)
    assert dialect.told(yjs.edited(b"a" * 300)) == Told(b"a" * 300, is_answer=False)


@pytest.mark.parametrize("message", [yjs.step_1(b"\x00"), yjs.aware([]), yjs.query_awareness(), b""])
def test_what_holds_no_update_is_passed_over(message: bytes) -> None:
    assert YWebsocket().told(message) is None


def test_hocuspocus_puts_the_name_in_front() -> None:
    dialect = Hocuspocus()
    assert dialect.greeting("doc")[0] == b"\x03doc\x02\x00\x03any"
    assert dialect.edit("doc", b"abc") == b"\x03doc\x00\x02\x03abc"
    assert dialect.told(b"\x03doc" + yjs.step_2(b"abc")) == Told(b"abc", is_answer=True)
    assert dialect.told(b"\x03doc\x08\x01") is None
