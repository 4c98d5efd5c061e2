"""``POST /api/uploads/<group>/<name>``: one sound file, its bytes as the body, taken before the application.

The application would hold what comes faster than the disk takes it in memory; here the next bytes are asked for when the last
are written. Several files are several requests with the same group, so that each has its own progress, error and end.
"""

import re
from http import HTTPStatus
from typing import Final
from urllib.parse import unquote

import structlog
import trio
from hypercorn.typing import ASGIFramework, ASGIReceiveCallable, ASGISendCallable, HTTPScope, Scope

from hathor_rt.ids import is_id
from hathor_rt.library.uploads import Upload, Uploaded
from hathor_rt.refusals import BadRequest, UnknownPrincipal, UploadStalled
from sync.refusal import Refusal
from web.hosts import Hosts
from web.http.asgi_answers import refuse, tell
from web.locality import is_from_here
from web.principal import Cookies
from web.proxies import Proxies
from web.services import WebServices

PREFIX: Final = "/api/uploads/"
_PATH: Final = re.compile(rb"/api/uploads/([0-9a-z]{1,40})/([^/?]{1,1000})")
# A browser whose network has gone says nothing of it.
_STALL_SECONDS: Final = 30
# After a refusal: what is read of a file that is not wanted, so that the answer arrives before the connection ends.
_MOST_UNWANTED_BYTES: Final = 64 * 1024 * 1024
_UNWANTED_SECONDS: Final = 10

_log = structlog.get_logger("hathor.http")


class Uploading:
    """ASGI layer: takes uploads, hands everything else to `inner`.

    Args:
        services: Who may upload, and who takes it.
        cookies: Tells who is asking.
        hosts: Which Host and Origin headers are ours.
        proxies: Whose forwarded addresses are believed.
        inner: The application.
    """

    def __init__(
        self, services: WebServices, cookies: Cookies, hosts: Hosts, proxies: Proxies, inner: ASGIFramework
    ) -> None:
        self._services = services
        self._cookies = cookies
        self._hosts = hosts
        self._proxies = proxies
        self._inner = inner

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] != "POST" or not scope["path"].startswith(PREFIX):
            await self._inner(scope, receive, send)
            return
        body = _Body(receive)
        try:
            uploaded = await self._take(scope, body)
        except _Gone:
            _log.info("upload broken off")
        except Refusal as refusal:
            self._services.application.observations.refusals[refusal.code] += 1
            await refuse(send, refusal)
            await body.drain()
        else:
            await tell(send, HTTPStatus.CREATED if uploaded.is_new else HTTPStatus.OK, uploaded)

    async def _take(self, scope: HTTPScope, body: "_Body") -> Uploaded:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        matched = _PATH.fullmatch(scope["raw_path"].partition(b"?")[0])
        group = matched[1].decode() if matched else ""
        await self._require_right(scope, headers)
        if matched is None or not is_id(group):
            raise BadRequest("a file is sent to /api/uploads/<group>/<name>, with an id for the group")
        length = headers.get("content-length", "")
        if not length.isascii() or not length.isdigit() or len(length) > 15:
            raise BadRequest("an upload says its length: Content-Length is missing")
        uploads = self._services.application.uploads
        async with uploads.receive(int(length)) as upload:
            while piece := await body.read():
                await upload.write(piece)
            return await self._finish(upload, group, unquote(matched[2].decode("latin-1"), errors="replace"), body)

    async def _finish(self, upload: Upload, group: str, name: str, body: "_Body") -> Uploaded:
        """Decoding takes a while; nobody decodes for whoever has left."""
        finished: list[Uploaded | Refusal] = []
        async with trio.open_nursery() as nursery:
            nursery.start_soon(body.until_gone, nursery.cancel_scope)
            try:
                finished.append(await self._services.application.uploads.finish(upload, group, name))
            except Refusal as refusal:
                finished.append(refusal)
            nursery.cancel_scope.cancel()
        if not finished:
            raise _Gone
        if isinstance(finished[0], Refusal):
            raise finished[0]
        return finished[0]

    async def _require_right(self, scope: HTTPScope, headers: dict[str, str]) -> None:
        """Raises `ForeignHost`, `ForeignOrigin`, `UnknownPrincipal`, `NotAllowed`."""
        client = scope.get("client")
        arrival = self._proxies.arrival(client[0] if client else "", headers, is_tls=scope["scheme"] == "https")
        self._hosts.require_host(arrival.host)
        self._hosts.require_origin(headers.get("origin"), arrival.host)
        presented = self._cookies.read(headers.get("cookie", ""))
        if presented is None:
            raise UnknownPrincipal("no valid identity came with the request; ask for /api/session first")
        person = await self._services.application.guests.get(presented.identity.principal)
        await self._services.instance.require_upload(
            person.principal,
            is_admitted=presented.identity.is_admitted,
            is_local=is_from_here(arrival.address, headers),
        )


class _Gone(Exception):
    """The client has left."""


class _Body:
    """What the client sends, taken as fast as it is asked for."""

    def __init__(self, receive: ASGIReceiveCallable) -> None:
        self._receive = receive
        self._has_ended = False

    async def read(self) -> bytes:
        """The next bytes; empty: that was all. Raises `_Gone`, `UploadStalled`."""
        while not self._has_ended:
            with trio.move_on_after(_STALL_SECONDS) as patience:
                event = await self._receive()
            if patience.cancelled_caught:
                raise UploadStalled("nothing came of the file for half a minute")
            if event["type"] != "http.request":
                raise _Gone
            self._has_ended = not event["more_body"]
            if event["body"]:
                return bytes(event["body"])
        return b""

    async def drain(self) -> None:
        """Read on for a while without keeping anything."""
        left = _MOST_UNWANTED_BYTES
        with trio.move_on_after(_UNWANTED_SECONDS):
            try:
                while left > 0 and (piece := await self.read()):
                    left -= len(piece)
            except (_Gone, UploadStalled):
                pass

    async def until_gone(self, scope: trio.CancelScope) -> None:
        """Cancel `scope` when the client leaves. After the last of the body only."""
        while (await self._receive())["type"] != "http.disconnect":
            pass
        scope.cancel()
