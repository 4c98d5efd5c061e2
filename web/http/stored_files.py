"""Files that never change under their address: whole, by tag, or in part (RFC 9110 sections 8.8, 13 and 14)."""

import re
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final

import trio

# One thread hop costs about 60 us, so pieces are large; two of them in memory per request are few.
PIECE_BYTES: Final = 512 * 1024

_RANGE: Final = re.compile(r"bytes=(\d*)-(\d*)")


@dataclass(frozen=True, slots=True)
class Reply:
    """Status and headers of an answer, and which bytes of the file follow (`start` … `stop`, exclusive)."""

    status: HTTPStatus
    headers: tuple[tuple[str, str], ...]
    start: int
    stop: int


def reply_to(request: Mapping[str, str], *, byte_count: int, etag: str, content_type: str, cache_control: str) -> Reply:
    """How to answer a GET or HEAD for a file.

    Args:
        request: The request's headers, names in lower case.
        byte_count: Length of the file.
        etag: Its tag, without quotes.
        content_type: Its media type.
        cache_control: For the header of that name.
    """
    tag = f'"{etag}"'
    common: tuple[tuple[str, str], ...] = (("ETag", tag), ("Cache-Control", cache_control), ("Accept-Ranges", "bytes"))
    if is_known(request.get("if-none-match", ""), tag):
        return Reply(HTTPStatus.NOT_MODIFIED, common, 0, 0)
    part = _part(request, byte_count, tag)
    match part:
        case None:
            status, start, stop = HTTPStatus.OK, 0, byte_count
        case (start, stop) if start < stop:
            status = HTTPStatus.PARTIAL_CONTENT
            common += (("Content-Range", f"bytes {start}-{stop - 1}/{byte_count}"),)
        case _:
            unsatisfied = (("Content-Range", f"bytes */{byte_count}"), ("Content-Length", "0"))
            return Reply(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, common + unsatisfied, 0, 0)
    return Reply(status, (*common, ("Content-Type", content_type), ("Content-Length", str(stop - start))), start, stop)


def is_known(if_none_match: str, tag: str) -> bool:
    """Whether the client holds what `tag` (quoted) names; weak tags count, as RFC 9110 section 13.1.2 wants."""
    held = [part.strip().removeprefix("W/") for part in if_none_match.split(",")]
    return tag in held or held == ["*"]


async def pieces(path: Path, start: int, stop: int) -> AsyncGenerator[bytes, None]:
    """The bytes `start` … `stop` of a file, in pieces of at most 512 KiB."""
    async with await trio.open_file(path, "rb") as file:
        await file.seek(start)
        left = stop - start
        while left > 0:
            piece = await file.read(min(left, PIECE_BYTES))
            if not piece:
                return  # it was cut short behind our back; the connection ends before its announced length
            left -= len(piece)
            yield piece


def _part(request: Mapping[str, str], byte_count: int, tag: str) -> tuple[int, int] | None:
    """The asked part; None for the whole file; an empty part if it lies outside."""
    matched = _RANGE.fullmatch(request.get("range", "").replace(" ", ""))
    # Several parts at once are nothing a player needs; the standard lets a server answer with the whole file instead.
    if matched is None or matched[0] == "bytes=-":
        return None
    if request.get("if-range", tag) != tag:
        return None
    first, last = matched[1][:16], matched[2][:16]
    if not first:
        return max(0, byte_count - int(last)), byte_count
    if last and int(last) < int(first):
        return None
    return int(first), min(byte_count, int(last) + 1) if last else byte_count
