from http import HTTPStatus
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.http.stored_files import PIECE_BYTES, Reply, is_known, pieces, reply_to


def reply(byte_count: int = 1000, **request: str) -> Reply:
    headers = {name.replace("_", "-"): value for name, value in request.items()}
    return reply_to(headers, byte_count=byte_count, etag="abc", content_type="audio/flac", cache_control="immutable")


def test_a_file_is_sent_whole_with_its_tag() -> None:
    answer = reply()
    headers = dict(answer.headers)
    assert (answer.status, answer.start, answer.stop) == (HTTPStatus.OK, 0, 1000)
    assert (headers["ETag"], headers["Content-Length"], headers["Accept-Ranges"]) == ('"abc"', "1000", "bytes")


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-0", 0, 1), ("bytes=10-19", 10, 20), ("bytes=990-", 990, 1000), ("bytes=-10", 990, 1000),
        ("bytes=-5000", 0, 1000), ("bytes=0-99999999999999999999", 0, 1000), ("bytes = 5-6", 5, 7),
    ],
)  # fmt: skip
def test_a_part_is_sent_as_a_part(asked: str, start: int, stop: int) -> None:
    answer = reply(range=asked)
    headers = dict(answer.headers)
    assert (answer.status, answer.start, answer.stop) == (HTTPStatus.PARTIAL_CONTENT, start, stop)
    assert headers["Content-Range"] == f"bytes {start}-{stop - 1}/1000"
    assert headers["Content-Length"] == str(stop - start)


@pytest.mark.parametrize("asked", ["bytes=1000-", "bytes=5000-6000", "bytes=-0"])
def test_a_part_outside_is_refused_with_the_length(asked: str) -> None:
    answer = reply(range=asked)
    assert answer.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
    assert dict(answer.headers)["Content-Range"] == "bytes */1000"
    assert answer.start == answer.stop


@pytest.mark.parametrize(
    "asked", ["", "bytes=", "bytes=-", "bytes=9-5", "bytes=0-1,5-6", "lines=1-2", "bytes=a-b", "0-5"]
)
def test_what_is_no_single_part_is_answered_whole(asked: str) -> None:
    assert reply(range=asked).status == HTTPStatus.OK


def test_what_the_client_holds_is_not_sent_again() -> None:
    for held in ('"abc"', 'W/"abc"', '"x", "abc"', "*"):
        answer = reply(if_none_match=held)
        assert (answer.status, answer.start, answer.stop) == (HTTPStatus.NOT_MODIFIED, 0, 0)
        assert dict(answer.headers)["ETag"] == '"abc"'
    assert reply(if_none_match='"other"').status == HTTPStatus.OK


def test_a_part_of_another_version_is_sent_whole() -> None:
    assert reply(range="bytes=0-1", if_range='"other"').status == HTTPStatus.OK
    assert reply(range="bytes=0-1", if_range='"abc"').status == HTTPStatus.PARTIAL_CONTENT


def test_no_tag_is_known_to_somebody_who_holds_nothing() -> None:
    assert not is_known("", '"abc"')


@given(st.text(), st.integers(0, 5000))
def test_any_range_stays_inside_the_file(asked: str, byte_count: int) -> None:
    answer = reply(byte_count, range=f"bytes={asked}")
    assert 0 <= answer.start <= answer.stop <= byte_count


@pytest.mark.parametrize("byte_count", [0, 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES])
async def test_pieces_are_the_file(tmp_path: Path, byte_count: int) -> None:
    content = bytes(index % 251 for index in range(byte_count))
    (tmp_path / "file").write_bytes(content)
    read = [piece async for piece in pieces(tmp_path / "file", 0, byte_count)]
    assert b"".join(read) == content
    assert all(0 < len(piece) <= PIECE_BYTES for piece in read)


async def test_a_file_that_was_cut_short_ends_early(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    assert b"".join([piece async for piece in pieces(tmp_path / "file", 1, 100)]) == b"bc"
