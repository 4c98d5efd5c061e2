from pathlib import Path

import pytest
import structlog.testing
import trio
import trio.testing

from hathor_rt.refusals import DamagedFile, StillRendering
from tests.fakes.library import RENDITION, SIGNATURE
from tests.fakes.website import Website, running_website

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


async def test_segments_do_not_count_as_api_requests(tmp_path: Path) -> None:
    async with running_website(tmp_path, api_per_minute=1) as site:
        path = site.delivery.add_segment(tmp_path, b"sound")
        assert [(await site.request("HEAD", path)).status for _ in range(4)] == [200] * 4
