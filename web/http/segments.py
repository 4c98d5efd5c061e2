"""``/segments/<signature>/<rendition>/<index>``: sound, served before the application.

Every listener fetches one every few seconds, and a route of the application costs several hundred microseconds. The URL is
the right to it (a keyed hash of the rendition), so there is nobody to ask who is asking.

Those who listen together fetch the same segments within seconds. The first of them has it found, or made, and read from disk
(`Segments.__call__`); the others get it from memory, without any of the machinery of HTTP (`Segments.at_once`). Both say the
same (test: `test_both_ways_say_the_same`).
"""

import re
import time
from collections.abc import Mapping
from email.utils import formatdate
from http import HTTPStatus
from typing import Final

import trio
from hypercorn.typing import ASGIFramework, ASGIReceiveCallable, ASGISendCallable, HTTPScope, Scope

from hathor_rt.library.ports import Delivery
from hathor_rt.observations import Observations
from hathor_rt.refusals import BadRequest, UnknownSegment
from sync.refusal import Refusal
from web.answers import ErrorBody
from web.headers import GUARDS, IMMUTABLE
from web.http.asgi_answers import refuse, start, tell
from web.http.segment_memory import KeptSegment, SegmentMemory
from web.http.stored_files import PIECE_BYTES, Reply, reply_to
from web.realtime.plain_head import plain_head

PREFIX: Final = "/segments/"
_BEGINNINGS: Final = (f"GET {PREFIX}".encode(), f"HEAD {PREFIX}".encode())
_PATH: Final = re.compile(r"/segments/([0-9A-Za-z_-]{8,64})/([0-9A-Za-z_-]{8,400})/(\d{1,6})")

# As the lines of an answer.
_GUARDS: Final = "".join(f"{name.lower()}: {value}\r\n" for name, value in GUARDS)


class Segments:
    """ASGI layer: answers for segments, hands everything else to `inner`.

    Args:
        delivery: Finds segments, waits for those being made.
        inner: The application.
        observations: Counts what is sent.
        memory_bytes: Bound of the segments held in memory.
    """

    def __init__(
        self, delivery: Delivery, inner: ASGIFramework, observations: Observations, *, memory_bytes: int
    ) -> None:
        self._delivery = delivery
        self._inner = inner
        self._observations = observations
        self._memory = SegmentMemory(memory_bytes)

    def at_once(self, data: bytes) -> list[bytes] | None:
        """The whole answer, in pieces, to the request that `data` is from its first byte to its last.

        None: it is no plain request for a segment that is in memory, and goes the long way.
        """
        head = plain_head(data) if data.startswith(_BEGINNINGS) else None
        if head is None or head.headers.get("connection", "keep-alive").lower() != "keep-alive":
            return None
        kept = None if "upgrade" in head.headers else self._memory.get(head.target, trio.current_time())
        if kept is None:
            return None
        reply = _reply(head.headers, kept)
        lines = [f"{name.lower()}: {value}\r\n" for name, value in reply.headers]
        first = f"HTTP/1.1 {reply.status.value} {reply.status.phrase}\r\n{''.join(lines)}{_GUARDS}".encode("latin-1")
        first += b"date: " + formatdate(time.time(), usegmt=True).encode() + b"\r\n\r\n"
        body = _pieces(kept.content, reply) if head.method == "GET" else []
        self._count("memory", kept, body)
        return [first + body[0], *body[1:]] if body else [first]

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
            wrong = BadRequest("segments are read, nothing else")
            told = ErrorBody(wrong.code, wrong.reason)
            await tell(send, HTTPStatus.METHOD_NOT_ALLOWED, told, (("Allow", "GET, HEAD"),))
            return
        try:
            kept, source = await self._find(scope["path"])
        except Refusal as refusal:
            self._observations.refusals[refusal.code] += 1
            await refuse(send, refusal)
            return
        request = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        reply = _reply(request, kept)
        await start(send, reply.status, reply.headers)
        body = _pieces(kept.content, reply) if scope["method"] == "GET" else []
        self._count(source, kept, body)
        for piece in body:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _find(self, path: str) -> tuple[KeptSegment, str]:
        """A segment, and where it was: in memory or on disk."""
        matched = _PATH.fullmatch(path)
        if matched is None:
            raise UnknownSegment("no segment has an address like this")
        signature, rendition, index = matched[1], matched[2], int(matched[3])
        # The one spelling that manifests have: "007" leads here, but is not kept beside "7".
        path = f"{PREFIX}{signature}/{rendition}/{index}"
        kept = self._memory.get(path, trio.current_time())
        if kept is not None:
            return kept, "memory"
        file = await self._delivery.segment(signature, rendition, index)
        try:
            content = await trio.Path(file.path).read_bytes()
        except FileNotFoundError as error:
            # Evicted from the cache between finding and opening; asking again has it made anew.
            raise UnknownSegment("the segment has just been put away; ask again") from error
        kept = KeptSegment(content, file.content_type, file.etag, file.quality)
        self._memory.put(path, kept, trio.current_time())
        return kept, "disk"

    def _count(self, source: str, kept: KeptSegment, body: list[bytes]) -> None:
        self._observations.segments[source] += 1
        self._observations.segment_bytes[kept.quality] += sum(map(len, body))


async def _until_gone(receive: ASGIReceiveCallable, scope: trio.CancelScope) -> None:
    """Nobody waits for a segment whose listener has skipped on."""
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()


def _reply(request: Mapping[str, str], kept: KeptSegment) -> Reply:
    return reply_to(
        request,
        byte_count=len(kept.content),
        etag=kept.etag,
        content_type=kept.content_type,
        cache_control=IMMUTABLE,
    )


def _pieces(content: bytes, reply: Reply) -> list[bytes]:
    """What of the content is sent. A piece has its own deadline, so a slow reader of much is not one who has stopped."""
    return [content[at : min(at + PIECE_BYTES, reply.stop)] for at in range(reply.start, reply.stop, PIECE_BYTES)]
