import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
import trio

from hathor_rt.headless.address import Address
from hathor_rt.headless.refusals import NoRoom, TurnedAway, Unreachable
from hathor_rt.headless.visitor import Visitor
from media.bend import PLAIN, Bend

Answer = tuple[int, object]


class Site:
    """Answers by request line; a stranger gets a cookie. Kept requests are (line, cookie, body)."""

    def __init__(self, answers: dict[str, Answer]) -> None:
        self._answers = answers
        self.requests: list[tuple[str, str, str]] = []

    async def serve(self, stream: trio.SocketStream) -> None:
        data = b""
        while b"\r\n\r\n" not in data:
            data += await stream.receive_some()
        head, _, body = data.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
        while len(body) < int(headers.get("content-length", 0)):
            body += await stream.receive_some()
        line = lines[0].removesuffix(" HTTP/1.1")
        self.requests.append((line, headers.get("cookie", ""), body.decode()))
        status, content = self._answers.get(line, (404, {"code": "not-found", "reason": "nothing is here"}))
        encoded = content if isinstance(content, bytes) else json.dumps(content).encode()
        cookie = (
            "Set-Cookie: hathor=me; Max-Age=1000; Path=/; HttpOnly; SameSite=Lax\r\n" if "cookie" not in headers else ""
        )
        answer = f"HTTP/1.1 {status} X\r\nContent-Length: {len(encoded)}\r\n{cookie}Connection: close\r\n\r\n"
        await stream.send_all(answer.encode() + encoded)


@asynccontextmanager
async def site(answers: dict[str, Answer]) -> AsyncIterator[tuple[Site, Callable[..., Visitor]]]:
    served = Site(answers)
    async with trio.open_nursery() as nursery:
        (listener,) = await nursery.start(partial(trio.serve_tcp, host="127.0.0.1"), served.serve, 0)
        port = listener.socket.getsockname()[1]

        def visitor(cookies: Path | None = None, **place: str) -> Visitor:
            return Visitor(Address("http", "127.0.0.1", port, **place), None, cookies)

        yield served, visitor
        nursery.cancel_scope.cancel()


SESSION = {"principal": "p1", "device": "d1", "name": "Quiet Otter"}
NAMED = {**SESSION, "name": "Kitchen"}
CARD = {"room": "r1", "name": "Friday", "listeners": 1}


async def test_a_stranger_becomes_a_guest_and_takes_its_name() -> None:
    async with site({"GET /api/session": (200, SESSION), "PATCH /api/session": (200, NAMED)}) as (served, make):
        visitor = make()
        session = await trio.to_thread.run_sync(visitor.introduce, "Kitchen")
        assert session.name == "Kitchen"
        assert served.requests[1] == ("PATCH /api/session", "hathor=me", '{"name":"Kitchen"}')
        assert visitor.cookie_header() == "hathor=me"


async def test_a_guest_that_is_kept_comes_back_as_the_same(tmp_path: Path) -> None:
    cookies = tmp_path / "me" / "cookies.txt"
    async with site({"GET /api/session": (200, NAMED)}) as (served, make):
        for _ in range(2):
            await trio.to_thread.run_sync(make(cookies).introduce, "Kitchen")
        assert [cookie for _, cookie, _ in served.requests] == ["", "hathor=me"]
    assert cookies.stat().st_mode & 0o077 == 0


async def test_a_damaged_file_makes_a_new_guest(tmp_path: Path) -> None:
    cookies = tmp_path / "cookies.txt"
    cookies.write_text("something else")
    async with site({"GET /api/session": (200, NAMED)}) as (served, make):
        await trio.to_thread.run_sync(make(cookies).introduce, "Kitchen")
        assert served.requests[0][1] == ""


async def test_the_servers_invite_is_shown_first() -> None:
    async with site({"GET /?k=t0ken": (200, b"<html>"), "GET /api/session": (200, NAMED)}) as (served, make):
        await trio.to_thread.run_sync(make(key="t0ken").introduce, "Kitchen")
        assert [line for line, _, _ in served.requests] == ["GET /?k=t0ken", "GET /api/session"]


async def test_the_room_is_the_links_or_the_one_open_to_everybody() -> None:
    answers: dict[str, Answer] = {
        "GET /api/instance": (200, {"name": "Hathor RT", "demo_room": "r1"}),
        "GET /api/rooms/r1": (200, CARD),
        "GET /api/rooms/r1?i=t0ken": (200, {**CARD, "name": "Saturday"}),
    }
    async with site(answers) as (_, make):
        assert await trio.to_thread.run_sync(make().find_room) == ("r1", "Friday")
        assert await trio.to_thread.run_sync(make(room="r1", invite="t0ken").find_room) == ("r1", "Saturday")


async def test_refusals_are_told_in_the_servers_words() -> None:
    answers: dict[str, Answer] = {
        "GET /api/instance": (200, {"demo_room": ""}),
        "GET /api/rooms/r1": (404, {"code": "unknown-room", "reason": "no such room"}),
        "GET /api/session": (502, b"Bad gateway"),
    }
    async with site(answers) as (_, make):
        with pytest.raises(NoRoom):
            await trio.to_thread.run_sync(make().find_room)
        with pytest.raises(TurnedAway, match="no such room") as told:
            await trio.to_thread.run_sync(make(room="r1").find_room)
        assert told.value.code == "unknown-room"
        with pytest.raises(TurnedAway) as told:
            await trio.to_thread.run_sync(make().introduce, "Kitchen")
        assert told.value.code == "http-502"


async def test_something_else_that_answers_is_told_so() -> None:
    async with site({"GET /api/session": (200, b"<html>")}) as (_, make):
        with pytest.raises(Unreachable, match="is no Hathor RT server"):
            await trio.to_thread.run_sync(make().introduce, "Kitchen")


async def test_a_track_has_a_name_for_people_even_if_the_server_is_away() -> None:
    found = {"tracks": [{"track": "t1", "title": "First Light", "artist": "Ilmar Vey"}]}
    async with site({"POST /api/tracks/lookup": (200, found)}) as (_, make):
        visitor = make()
        assert await trio.to_thread.run_sync(visitor.track_name, "t1") == "Ilmar Vey – First Light"
    assert await trio.to_thread.run_sync(visitor.track_name, "t1") == "t1"


async def test_a_bent_track_is_asked_for_by_its_bend() -> None:
    manifest = {
        "track": "t1",
        "rendition": "r",
        "codec": "opus",
        "frames": 1,
        "segment_frames": 1,
        "pre_roll_frames": 0,
        "description": "",
        "gain_db": 0.0,
        "segments": [],
    }
    plain = "GET /api/manifests/t1?room=r1&codec=opus&near=7"
    bent = f"{plain}&tempo=800&pitch=-200&formants=1"
    async with site({plain: (200, manifest), bent: (200, manifest)}) as (_, make):
        visitor = make()
        for bend in (PLAIN, Bend(800, -200, keeps_formants=True)):
            told = await trio.to_thread.run_sync(visitor.manifest, "r1", "t1", "opus", 7, bend)
            assert told.track == "t1"
