"""``/healthz`` and ``/readyz``: for supervisors, not for people."""

from http import HTTPStatus

import trio
from quart import Response
from quart_trio import QuartTrio

from hathor_rt.ids import RoomId
from sync.refusal import Refusal
from web.bodies import answer
from web.services import WebServices

# A supervisor asks every few seconds; storage that takes longer than this is as good as down.
_STORAGE_SECONDS = 2


class HealthResource:
    """Whether this process lives, and whether it can do its work."""

    def __init__(self, services: WebServices) -> None:
        self._services = services

    def register(self, app: QuartTrio) -> None:
        """Add the routes."""
        app.add_url_rule("/healthz", "healthz", self.alive)
        app.add_url_rule("/readyz", "readyz", self.ready)

    async def alive(self) -> Response:
        """Answers as long as the loop turns."""
        return answer({"ok": True})

    async def ready(self) -> Response:
        """503 with what is missing until storage answers and workers run."""
        missing: list[str] = []
        if not await self._storage_answers():
            missing.append("storage")
        if not self._services.are_workers_ready():
            missing.append("workers")
        if missing:
            return answer({"ok": False, "missing": missing}, HTTPStatus.SERVICE_UNAVAILABLE)
        return answer({"ok": True})

    async def _storage_answers(self) -> bool:
        try:
            with trio.move_on_after(_STORAGE_SECONDS):
                await self._services.application.storage.rooms.get(RoomId("0"))
                return True
        except Refusal:
            pass
        return False
