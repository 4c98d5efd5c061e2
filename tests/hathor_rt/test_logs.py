import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
import trio
import trio.testing

from hathor_rt.documents.directory import OwnerDirectory
from hathor_rt.ids import RoomId
from hathor_rt.logs import REDACTED, configure_logs, redact
from hathor_rt.rooms.ports import Outlet, Seat, Visitor
from sync.wire.frames import Ending, Enter, Opened
from tests.fakes.rooms import FakeRooms
from tests.fakes.sockets import gateway_stand


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


class Lamp:
    """An owner that fails as soon as it serves."""

    def __init__(self) -> None:
        self.closed = trio.Event()

    async def run(self) -> None:
        structlog.get_logger("hathor.tests").info("serving")
        raise RuntimeError("burnt out")

    def dismiss(self, ending: Ending) -> None:
        return


async def test_lines_of_a_room_carry_its_id_and_not_the_connection_that_opened_it(
    lines: io.StringIO, nursery: trio.Nursery
) -> None:
    async def load(_name: str) -> Lamp:
        structlog.get_logger("hathor.tests").info("loading")
        await trio.lowlevel.checkpoint()
        return Lamp()

    directory = OwnerDirectory[str, Lamp](nursery, load, "room")
    with structlog.contextvars.bound_contextvars(connection="c1"):
        await directory.open("r1")
        structlog.get_logger("hathor.tests").info("entered")
    await trio.testing.wait_all_tasks_blocked()
    told = {str(line["event"]): (line.get("room"), line.get("connection")) for line in written(lines)}
    assert told == {
        "loading": ("r1", None),
        "serving": ("r1", None),
        "room crashed": ("r1", None),
        "entered": (None, "c1"),
    }


async def test_lines_of_a_connection_carry_its_id_and_the_room_it_enters(lines: io.StringIO, tmp_path: Path) -> None:
    stand = gateway_stand(tmp_path)
    record, _ = await stand.rooms.create((await stand.person()).principal, "Room")

    class Telling(FakeRooms):
        __slots__ = ()

        async def enter(self, room: RoomId, visitor: Visitor, outlet: Outlet, *, invite: str, sound: bool) -> Seat:
            structlog.get_logger("hathor.tests").info("entering")
            return await super().enter(room, visitor, outlet, invite=invite, sound=sound)

    stand.rooms.__class__ = Telling
    async with stand.client(await stand.person()) as client, stand.client(await stand.person()) as other:
        assert client.welcome is not None
        assert other.welcome is not None
        await client.send(Enter(record.room))
        await client.receive()
        own = client.welcome.connection
        # A room's task may find a reader slow; the line is about the connection all the same.
        with structlog.contextvars.bound_contextvars(room="another"):
            for _ in range(400):
                stand.rooms.seats[0].outlet.send(Opened("queue:r1", 1, bytes(60_000), b""))
    told = [(line["event"], line.get("connection"), line.get("room")) for line in written(lines)]
    assert ("connected", own, None) in told
    assert ("connected", other.welcome.connection, None) in told
    assert ("entering", own, record.room) in told
    assert ("slow reader dismissed", own, "another") in told
