"""``/segments/<signature>/<rendition>/<index>``: sound, served before the application.

Every listener fetches one every few seconds, and a route of the application costs several hundred microseconds. The URL is
the right to it (a keyed hash of the rendition), so there is nobody to ask who is asking.
"""

import re
from contextlib import aclosing
from http import HTTPStatus
from typing import Final

import msgspec
import trio
from hypercorn.typing import ASGIFramework, ASGIReceiveCallable, ASGISendCallable, HTTPScope, Scope

from hathor_rt.library.ports import Delivery, SegmentFile
from hathor_rt.refusals import BadRequest, UnknownSegment
from sync.refusal import Refusal
from web.answers import ErrorBody, answer_to
from web.headers import GUARDS, IMMUTABLE
from web.http.stored_files import Reply, pieces, reply_to

PREFIX: Final = "/segments/"
_PATH: Final = re.compile(r"/segments/([0-9A-Za-z_-]{8,64})/([0-9A-Za-z_-]{8,400})/(\d{1,6})")

_Headers = tuple[tuple[str, str], ...]


class Segments:
    """ASGI layer: answers for segments, hands everything else to `inner`.

    Args:
        delivery: Finds segments, waits for those being made.
        inner: The application.
    """

    def __init__(self, delivery: Delivery, inner: ASGIFramework) -> None:
        self._delivery = delivery
        self._inner = inner

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._inner(scope, receive, send)
            return
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_until_gone, receive, nursery.cancel_scope)
            await self._answer(scope, send)
            nursery.cancel_scope.cancel()

    async def _answer(self, scope: HTTPScope, send: ASGISendCallable) -> None:
        if scope["method"] not in {"GET", "HEAD"}:
            await _tell(send, HTTPStatus.METHOD_NOT_ALLOWED, BadRequest("segments are read, nothing else"), "GET, HEAD")
            return
        try:
            segment = await self._find(scope["path"])
            byte_count = (await trio.Path(segment.path).stat()).st_size
        except Refusal as refusal:
            await _tell(send, answer_to(refusal).status, refusal)
            return
        except FileNotFoundError:
            # Evicted from the cache between finding and opening; asking again has it made anew.
            await _tell(send, HTTPStatus.NOT_FOUND, UnknownSegment("the segment has just been put away; ask again"))
            return
        request = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        reply = reply_to(
            request,
            byte_count=byte_count,
            etag=segment.etag,
            content_type=segment.content_type,
            cache_control=IMMUTABLE,
        )
        await _send_file(send, segment, reply, has_body=scope["method"] == "GET")

    async def _find(self, path: str) -> SegmentFile:
        matched = _PATH.fullmatch(path)
        if matched is None:
            raise UnknownSegment("no segment has an address like this")
        return await self._delivery.segment(matched[1], matched[2], int(matched[3]))


async def _until_gone(receive: ASGIReceiveCallable, scope: trio.CancelScope) -> None:
    """Nobody waits for a segment whose listener has skipped on."""
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()


async def _send_file(send: ASGISendCallable, segment: SegmentFile, reply: Reply, *, has_body: bool) -> None:
    await _start(send, reply.status, reply.headers)
    if has_body and reply.start < reply.stop:
        async with aclosing(pieces(segment.path, reply.start, reply.stop)) as content:
            async for piece in content:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _tell(send: ASGISendCallable, status: HTTPStatus, refusal: Refusal, allow: str = "") -> None:
    body = msgspec.json.encode(ErrorBody(refusal.code, refusal.reason))
    headers: _Headers = (
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
    )
    retry_after = answer_to(refusal).retry_after_seconds
    if retry_after is not None:
        headers += (("Retry-After", str(retry_after)),)
    if allow:
        headers += (("Allow", allow),)
    await _start(send, status, headers)
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def _start(send: ASGISendCallable, status: HTTPStatus, headers: _Headers) -> None:
    encoded = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers + GUARDS]
    await send({"type": "http.response.start", "status": status.value, "headers": encoded})
