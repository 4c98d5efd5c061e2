"""``/api/stems/<track>``: how far a track is with its stems, and asking for them. Who may hear it may."""

from typing import Final

import trio
from quart import Response, request
from quart_trio import QuartTrio

from hathor_rt.ids import RoomId, TrackId, is_id
from hathor_rt.refusals import TooMany, UnknownRoom, UnknownTrack
from sync.refusal import NotAllowed
from web.bodies import answer
from web.limits import Limits
from web.services import WebServices

# Each is minutes of a processor at worst; a room plays one track at a time.
SEPARATIONS_PER_MINUTE: Final = 6


class StemsResource:
    """Stems of what someone's room plays. Progress is asked for, about once a second; `web` tells it to nobody by itself."""

    def __init__(self, services: WebServices) -> None:
        self._services = services
        self._separations = Limits(SEPARATIONS_PER_MINUTE)

    def register(self, app: QuartTrio) -> None:
        """Add the routes."""
        app.add_url_rule("/api/stems/<track>", "stems", self.read)
        app.add_url_rule("/api/stems/<track>", "separate", self.ask, methods=["POST"])
        app.add_url_rule("/api/stems/<track>", "leave_off", self.cancel, methods=["DELETE"])

    async def read(self, track: str) -> Response:
        """How far it is."""
        await self._require_listener(track)
        return answer(await self._services.application.stems.state(TrackId(track)))

    async def ask(self, track: str) -> Response:
        """Have it taken apart, unless it is or somebody asked before."""
        principal = await self._require_listener(track)
        if self._separations.take(principal, trio.current_time()):
            raise TooMany("too many tracks within a minute; this one can be asked for in a moment")
        return answer(await self._services.application.stems.ask(TrackId(track)))

    async def cancel(self, track: str) -> Response:
        """Leave off, whoever asked for it."""
        await self._require_listener(track)
        return answer(await self._services.application.stems.cancel(TrackId(track)))

    async def _require_listener(self, track: str) -> str:
        """The principal. Raises `UnknownTrack`, `UnknownRoom`, `NotAllowed`."""
        person = await self._services.visits.person()
        room = request.args.get("room", "")
        if not is_id(track):
            raise UnknownTrack("no track has an id like this")
        if not is_id(room):
            raise UnknownRoom("name the room that plays the track: ?room=")
        if not await self._services.application.rooms.may_hear(RoomId(room), person.principal, TrackId(track)):
            raise NotAllowed("enter a room that plays this track to take it apart")
        return person.principal
