"""``/``, ``/r/<room>`` and the files of the built client."""

from http import HTTPStatus
from typing import Final

from quart import Response, redirect, request
from quart_trio import QuartTrio
from werkzeug.wrappers import Response as WerkzeugResponse

from web.client_files import ClientFile
from web.headers import IMMUTABLE, content_policy
from web.http.stored_files import is_known
from web.services import WebServices

_NOT_BUILT: Final = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Hathor RT</title>
<h1>The server runs, but its pages are not built</h1>
<p>Run <code>make setup</code> in the source folder and reload this page.</p></html>
"""


class PagesResource:
    """The pages. Which room is shown is decided by the page itself."""

    def __init__(self, services: WebServices) -> None:
        self._services = services

    def register(self, app: QuartTrio) -> None:
        """Add the routes."""
        app.add_url_rule("/", "home", self.home)
        app.add_url_rule("/r/<room>", "room_page", self.room)
        app.add_url_rule("/assets/<path:name>", "asset", self.asset)
        app.add_url_rule("/<name>", "client_file", self.file)

    async def home(self) -> Response | WerkzeugResponse:
        """The front page. ``?k=`` with the instance's invite admits its bearer and then disappears from the address."""
        token = request.args.get("k", "")
        if token and self._services.invite.is_genuine(token):
            await self._services.visits.admit()
            answer = redirect("/", HTTPStatus.SEE_OTHER)
            answer.headers["Cache-Control"] = "no-store"
            return answer
        return await self._page()

    async def room(self, room: str) -> Response:
        """A room's page; the same file for every room, so an unknown one looks no different."""
        return await self._page()

    async def asset(self, name: str) -> Response:
        """A built file, whose name changes with its content."""
        found = await self._services.client.get(f"assets/{name}")
        return _missing() if found is None else _file(found, IMMUTABLE)

    async def file(self, name: str) -> Response:
        """A file at the top: icons, the web manifest, a service worker. May change under its name."""
        found = await self._services.client.get(name)
        return _missing() if found is None else _file(found, "no-cache")

    async def _page(self) -> Response:
        found = await self._services.client.get("index.html")
        if found is None:
            headers = {"Cache-Control": "no-store", "Retry-After": "10"}
            return Response(
                _NOT_BUILT, HTTPStatus.SERVICE_UNAVAILABLE, headers, content_type="text/html; charset=utf-8"
            )
        response = _file(found, "no-cache")
        response.headers["Content-Security-Policy"] = content_policy(self._services.visits.current.arrival.host)
        return response


def _file(file: ClientFile, cache_control: str) -> Response:
    headers = {"ETag": file.etag, "Cache-Control": cache_control, "Vary": "Accept-Encoding"}
    if is_known(request.headers.get("If-None-Match", ""), file.etag):
        return Response(b"", HTTPStatus.NOT_MODIFIED, headers)
    content = file.content
    if file.packed is not None and "gzip" in request.headers.get("Accept-Encoding", ""):
        headers["Content-Encoding"] = "gzip"
        content = file.packed
    return Response(content, HTTPStatus.OK, headers, content_type=file.content_type)


def _missing() -> Response:
    return Response("Not found.\n", HTTPStatus.NOT_FOUND, {"Cache-Control": "no-store"}, content_type="text/plain")
