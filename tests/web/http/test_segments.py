import math
from collections.abc import Mapping
from pathlib import Path

import pytest
import structlog.testing
import trio
import trio.testing

from hathor_rt.refusals import DamagedFile, StillRendering
from tests.fakes.library import RENDITION, SIGNATURE
from tests.fakes.website import Response, Website, parse_response, running_website

CONTENT = bytes(range(256)) * 5000


async def test_a_segment_is_sent_for_good(site: Website, tmp_path: Path) -> None:
    path = site.delivery.add_segment(tmp_path, CONTENT)
    answer = await site.request("GET", path)
    assert (answer.status, answer.body) == (200, CONTENT)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "audio/flac"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    again = await site.request("GET", path, If_None_Match=answer.headers["etag"])
    assert (again.status, again.body) == (304, b"")


async def test_a_part_of_it_is_sent_as_a_part(site: Website, tmp_path: Path) -> None:
    path = site.delivery.add_segment(tmp_path, CONTENT)
    answer = await site.request("GET", path, Range="bytes=1000-600999")
    assert (answer.status, answer.body) == (206, CONTENT[1000:601_000])
    assert answer.headers["content-range"] == f"bytes 1000-600999/{len(CONTENT)}"
    outside = await site.request("GET", path, Range="bytes=99999999-")
    assert (outside.status, outside.headers["content-range"]) == (416, f"bytes */{len(CONTENT)}")


async def test_its_head_can_be_asked_for(site: Website, tmp_path: Path) -> None:
    answer = await site.request("HEAD", site.delivery.add_segment(tmp_path, CONTENT))
    assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"", str(len(CONTENT)))


async def test_segments_are_read_only(site: Website, tmp_path: Path) -> None:
    answer = await site.request("POST", site.delivery.add_segment(tmp_path, CONTENT))
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    "path",
    [
        f"/segments/{SIGNATURE}/{RENDITION}/7", f"/segments/w0rthless/{RENDITION}/0", "/segments/", "/segments/a/b/c",
        f"/segments/{SIGNATURE}/{RENDITION}/-1", f"/segments/{SIGNATURE}/{RENDITION}/0/x",
        f"/segments/..%2f..%2fetc/{RENDITION}/0", f"/segments/{SIGNATURE}/{RENDITION}/99999999",
    ],
)  # fmt: skip
async def test_what_is_no_segment_is_unknown(site: Website, tmp_path: Path, path: str) -> None:
    site.delivery.add_segment(tmp_path, CONTENT)
    answer = await site.request("GET", path)
    assert (answer.status, answer.json()["code"]) == (404, "unknown-segment")
    assert answer.headers["cache-control"] == "no-store"


async def test_one_that_is_being_made_may_be_asked_for_again(site: Website) -> None:
    site.delivery.refuses = StillRendering("in a moment")
    answer = await site.request("GET", f"/segments/{SIGNATURE}/{RENDITION}/0")
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    site.delivery.refuses = DamagedFile("no sound")
    assert (await site.request("GET", f"/segments/{SIGNATURE}/{RENDITION}/0")).status == 422


async def test_one_that_was_evicted_in_this_moment_is_asked_for_again(site: Website, tmp_path: Path) -> None:
    path = site.delivery.add_segment(tmp_path, CONTENT)
    (tmp_path / "segment-0").unlink()
    assert (await site.request("GET", path)).status == 404


async def test_nobody_waits_for_a_listener_who_skipped_on(site: Website) -> None:
    site.delivery.hangs = True
    async with await site.connect() as stream:
        await stream.send_all(f"GET /segments/{SIGNATURE}/{RENDITION}/0 HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        await trio.testing.wait_all_tasks_blocked(0.02)
        assert not site.delivery.given_up.is_set()
    with trio.fail_after(1):
        await site.delivery.given_up.wait()


async def test_a_bug_behind_a_segment_is_answered(site: Website) -> None:
    site.delivery.refuses = ZeroDivisionError("a bug")
    with structlog.testing.capture_logs() as lines:
        assert (await site.request("GET", f"/segments/{SIGNATURE}/{RENDITION}/0")).status == 500
    assert [line["event"] for line in lines] == ["Error in ASGI Framework"]
    assert (await site.request("GET", "/healthz")).status == 200


class Listener:
    """Requests one after the other on one connection, as a browser sends them."""

    def __init__(self, site: Website, stream: trio.SocketStream) -> None:
        self._site = site
        self._stream = stream

    async def ask(
        self, path: str, *, method: str = "GET", in_parts: bool = False, headers: Mapping[str, str] | None = None
    ) -> Response:
        lines = {"Host": f"127.0.0.1:{self._site.port}", "Connection": "keep-alive", **(headers or {})}
        fields = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        head = f"{method} {path} HTTP/1.1\r\n{fields}\r\n".encode()
        for part in (head[:7], head[7:]) if in_parts else (head,):
            await trio.testing.wait_all_tasks_blocked(0.01)
            await self._stream.send_all(part)
        raw = b""
        with trio.fail_after(3):
            while not self._is_whole(raw, method):
                raw += await self._stream.receive_some()
        return parse_response(raw, has_body=method != "HEAD")

    def _is_whole(self, raw: bytes, method: str) -> bool:
        head, end, body = raw.partition(b"\r\n\r\n")
        if not end:
            return False
        length = int(parse_response(head + end).headers.get("content-length", "0"))
        return len(body) == (length if method == "GET" else 0)


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET", {}), ("HEAD", {}), ("GET", {"If-None-Match": '"tag0"'}), ("GET", {"If-None-Match": '"other"'}),
        ("GET", {"Range": "bytes=1000-600999"}), ("HEAD", {"Range": "bytes=5-"}), ("GET", {"Range": "bytes=99999999-"}),
        ("GET", {"Range": "bytes=0-3", "If-Range": '"other"'}), ("GET", {"range": "bytes=0-3", "Cookie": "a=b"}),
    ],
)  # fmt: skip
async def test_both_ways_say_the_same(site: Website, tmp_path: Path, method: str, headers: dict[str, str]) -> None:
    path = site.delivery.add_segment(tmp_path, CONTENT)
    async with await site.connect() as stream:
        listener = Listener(site, stream)
        found = await listener.ask(path, method=method, headers=headers)
        (tmp_path / "segment-0").unlink()
        long_way = await listener.ask(path, method=method, in_parts=True, headers=headers)
        at_once = await listener.ask(path, method=method, headers=headers)
    assert found.body == long_way.body == at_once.body
    assert found.status == long_way.status == at_once.status
    for answer in (found, long_way, at_once):
        assert answer.headers.pop("date").endswith("GMT")
    assert found.headers == long_way.headers == at_once.headers
    assert site.application.observations.segments == {"disk": 1, "memory": 2}
    assert site.application.observations.segment_bytes == {"flac": 3 * len(found.body)}


async def test_requests_for_other_things_go_on_being_answered_between_segments(site: Website, tmp_path: Path) -> None:
    path = site.delivery.add_segment(tmp_path, CONTENT)
    async with await site.connect() as stream:
        listener = Listener(site, stream)
        answers = [await listener.ask(each) for each in (path, path, "/healthz", path, "/healthz", "/healthz", path)]
    assert [answer.status for answer in answers] == [200] * 7
    assert answers[2].json() == {"ok": True}
    assert answers[6].body == CONTENT


async def test_another_spelling_of_an_address_is_not_kept_beside_it(site: Website, tmp_path: Path) -> None:
    path = site.delivery.add_segment(tmp_path, CONTENT)
    for each in (path, f"{path[:-1]}000", path.replace("/segments", "/%73egments")):
        assert (await site.request("GET", each)).body == CONTENT
    assert site.application.observations.segments == {"disk": 1, "memory": 2}


async def test_nothing_is_kept_where_there_is_no_memory_for_it(tmp_path: Path) -> None:
    async with running_website(tmp_path, segment_memory_megabytes=0) as site:
        path = site.delivery.add_segment(tmp_path, CONTENT)
        async with await site.connect() as stream:
            listener = Listener(site, stream)
            assert [(await listener.ask(path)).body == CONTENT for _ in range(2)] == [True, True]
        assert site.application.observations.segments == {"disk": 2}


async def test_a_wrong_signature_finds_nothing_in_memory_either(site: Website, tmp_path: Path) -> None:
    path = site.delivery.add_segment(tmp_path, CONTENT)
    async with await site.connect() as stream:
        listener = Listener(site, stream)
        assert (await listener.ask(path)).status == 200
        assert (await listener.ask(path.replace(SIGNATURE, "s1gnature1"))).status == 404
    assert site.application.observations.refusals == {"unknown-segment": 1}


@pytest.mark.parametrize("said", [b"", b"GET /healthz HTTP/1.1\r\nHo"])
async def test_who_says_nothing_more_after_a_segment_is_let_go(
    site: Website, tmp_path: Path, autojump_clock: trio.testing.MockClock, said: bytes
) -> None:
    path = site.delivery.add_segment(tmp_path, CONTENT)
    autojump_clock.autojump_threshold = math.inf
    async with await site.connect() as stream:
        listener = Listener(site, stream)
        for _ in range(2):
            assert (await listener.ask(path)).status == 200
        await stream.send_all(said)
        autojump_clock.autojump_threshold = 0
        with trio.fail_after(30):
            assert await stream.receive_some() == b""


async def test_a_listener_between_two_segments_does_not_keep_the_server_from_stopping(
    site: Website, tmp_path: Path
) -> None:
    path = site.delivery.add_segment(tmp_path, CONTENT)
    async with await site.connect() as stream:
        listener = Listener(site, stream)
        for _ in range(2):
            assert (await listener.ask(path)).status == 200
        site.stopping.set()
        with trio.fail_after(2):
            assert await stream.receive_some() == b""


async def test_segments_do_not_count_as_api_requests(tmp_path: Path) -> None:
    async with running_website(tmp_path, api_per_minute=1) as site:
        path = site.delivery.add_segment(tmp_path, b"sound")
        assert [(await site.request("HEAD", path)).status for _ in range(4)] == [200] * 4
