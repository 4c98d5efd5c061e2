"""``/api/session``: who am I. The one place where strangers become guests."""

import msgspec
from quart import Response
from quart_trio import QuartTrio

from hathor_rt.storage.ports import Principal
from web.bodies import answer, read_body
from web.services import WebServices


class SessionBody(msgspec.Struct, frozen=True):
    """Answer of both methods."""

    principal: str
    device: str
    name: str


class NewName(msgspec.Struct, frozen=True):
    """Body of ``PATCH``."""

    name: str


class SessionResource:
    """The principal behind the cookie."""

    def __init__(self, services: WebServices) -> None:
        self._services = services

    def register(self, app: QuartTrio) -> None:
        """Add the routes."""
        app.add_url_rule("/api/session", "session", self.read)
        app.add_url_rule("/api/session", "rename", self.rename, methods=["PATCH"])

    async def read(self) -> Response:
        """Who is asking; a stranger becomes a guest with a friendly name."""
        return self._answer(await self._services.visits.person_or_guest())

    async def rename(self) -> Response:
        """Take another name. Refuses with `bad-name`."""
        person = await self._services.visits.person()
        body = await read_body(NewName)
        renamed = await self._services.application.guests.rename(person.principal, body.name)
        await self._services.application.rooms.rename_principal(renamed.principal, renamed.name)
        return self._answer(renamed)

    def _answer(self, person: Principal) -> Response:
        identity = self._services.visits.current.identity
        assert identity is not None
        return answer(SessionBody(person.principal, identity.device, person.name))
