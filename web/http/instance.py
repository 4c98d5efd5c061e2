"""``/api/instance``: what a stranger may know of this server before doing anything."""

from importlib.metadata import version

import msgspec
from quart import Response, request
from quart_trio import QuartTrio

from web.bodies import answer
from web.locality import is_from_here
from web.services import WebServices


class InstanceBody(msgspec.Struct, frozen=True):
    """Answer of ``GET /api/instance``. `demo_room` and `https_url` are empty if there is none."""

    name: str
    version: str
    demo_room: str
    may_create_rooms: bool
    may_upload: bool
    upload_file_bytes: int
    needs_invite: bool
    https_url: str


class InstanceResource:
    """The instance as seen by the one who asks."""

    def __init__(self, services: WebServices) -> None:
        self._services = services

    def register(self, app: QuartTrio) -> None:
        """Add the routes."""
        app.add_url_rule("/api/instance", "instance", self.read)

    async def read(self) -> Response:
        """Name, version, policy, demo room, https address."""
        visit = self._services.visits.current
        instance = self._services.instance
        needs_invite = not visit.is_admitted and await instance.needs_invite()
        listed = None if needs_invite else await instance.listed_room()
        principal = visit.identity.principal if visit.identity else None
        return answer(
            InstanceBody(
                name="Hathor RT",
                version=version("hathor-rt"),
                demo_room=listed or "",
                may_create_rooms=await instance.may_create_room(principal, is_admitted=visit.is_admitted),
                may_upload=await instance.may_upload(
                    principal,
                    is_admitted=visit.is_admitted,
                    is_local=is_from_here(visit.arrival.address, request.headers.keys()),
                ),
                upload_file_bytes=self._services.application.uploads.file_bytes,
                needs_invite=needs_invite,
                https_url=self._services.links.https(visit.arrival),
            )
        )
