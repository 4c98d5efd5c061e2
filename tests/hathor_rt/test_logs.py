import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from hathor_rt.logs import REDACTED, configure_logs, redact


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What is logged as JSON; the process logs as before afterwards."""
    root = logging.getLogger()
    before, level, was = root.handlers[:], root.level, structlog.get_config()
    stream = io.StringIO()
    configure_logs("json", "info", stream)
    yield stream
    root.handlers, root.level = before, level
    structlog.configure(**was)


def written(lines: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_a_line_says_what_happened_where(lines: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(connection="c1", room="r1"):
        structlog.get_logger("hathor.tests").info("entered", sound=True)
    (line,) = written(lines)
    assert line["event"] == "entered"
    assert (line["connection"], line["room"], line["sound"], line["level"]) == ("c1", "r1", True, "info")
    assert "timestamp" in line


def test_lines_of_libraries_look_the_same(lines: io.StringIO) -> None:
    logging.getLogger("some.library").warning("disk %s", "slow")
    (line,) = written(lines)
    assert (line["event"], line["level"]) == ("disk slow", "warning")


def test_less_severe_lines_are_left_out(lines: io.StringIO) -> None:
    structlog.get_logger("hathor.tests").debug("detail")
    logging.getLogger("trio-websocket").info("frame")
    assert written(lines) == []


def test_capabilities_never_reach_the_log(lines: io.StringIO) -> None:
    log = structlog.get_logger("hathor.tests")
    log.info("request", invite="s3cret", ticket="s3cret", cookie="s3cret", url="http://h/r/abc?i=s3cret&x=1")
    log.info("GET /segments/s3cret/0123/4 Cookie: theme=dark; hathor=s3cret; a=b")
    log.error("failed", exc_info=ValueError("no room at http://h/?k=s3cret"))
    text = lines.getvalue()
    assert "s3cret" not in text
    assert len(written(lines)) == 3
    assert "no room at http://h/?k=" in text


def test_what_is_no_secret_stays() -> None:
    line = {"event": "saved", "room": "abc", "count": 3, "invite": ""}
    assert redact(None, "info", dict(line)) == line
    assert redact(None, "info", {"event": "x", "token": "abc"})["token"] == REDACTED


def test_text_lines_are_for_people(lines: io.StringIO) -> None:
    stream = io.StringIO()
    configure_logs("text", "info", stream)
    structlog.get_logger("hathor.tests").warning("disk is slow", wait_ms=12)
    assert "disk is slow" in stream.getvalue()
    assert "wait_ms=12" in stream.getvalue()
    assert "\x1b" not in stream.getvalue()


def test_the_token_of_a_document_is_cut_from_paths() -> None:
    line = {"event": "GET /yjs/scratch:s1?x=1&token=0123456789abcdef HTTP/1.1", "error": "at '/yjs/a?token=abc'"}
    cut = redact(None, "info", dict(line))
    assert cut == {
        "event": f"GET /yjs/scratch:s1?x=1&token={REDACTED} HTTP/1.1",
        "error": f"at '/yjs/a?token={REDACTED}'",
    }
