"""``/api/manifests/<track>``: how to fetch a track's sound. The one place where the right to hear is judged."""

from typing import Final, cast

import trio
from quart import Response, request
from quart_trio import QuartTrio

from hathor_rt.ids import RoomId, TrackId, is_id
from hathor_rt.refusals import BadRequest, TooMany, UnknownRoom, UnknownTrack
from media.bend import LEAST_TEMPO_PERMILLE, MOST_PITCH_CENTS, MOST_TEMPO_PERMILLE, Bend
from media.rendition import OPUS_KILOBITS, STANDARD_KILOBITS, Codec
from sync.refusal import NotAllowed
from sync.timeline.vibe import Vibe
from web.bodies import answer, read_number
from web.limits import Limits
from web.services import WebServices

_CODECS: Final = ("opus", "flac")
# Each has a segment made, about a tenth of a second of a processor. A track and a choice are one; a slider that asks for every
# step on its way is not meant. What the room's own vibe needs is not counted.
BENDS_PER_MINUTE: Final = 60
LONGEST_STEM: Final = 40
# A day of sound at 48 kHz: longer than any recording the library takes.
_MOST_FRAMES: Final = 24 * 3600 * 48_000


class ManifestResource:
    """Manifests of what someone's room plays."""

    def __init__(self, services: WebServices) -> None:
        self._services = services
        self._bends = Limits(BENDS_PER_MINUTE)

    def register(self, app: QuartTrio) -> None:
        """Add the routes."""
        app.add_url_rule("/api/manifests/<track>", "manifest", self.read)

    async def read(self, track: str) -> Response:
        """The manifest, for someone who sits in a room whose queue holds the track."""
        person = await self._services.visits.person()
        room = request.args.get("room", "")
        codec = request.args.get("codec", "opus")
        near = read_number("near", 0, least=0, most=_MOST_FRAMES)
        kilobits = read_number("kilobits", STANDARD_KILOBITS, least=OPUS_KILOBITS[0], most=OPUS_KILOBITS[-1])
        bend = _bend()
        stem = request.args.get("stem", "")[:LONGEST_STEM]
        if not is_id(track):
            raise UnknownTrack("no track has an id like this")
        if codec not in _CODECS:
            raise BadRequest(f"codec is one of {', '.join(_CODECS)}")
        if kilobits not in OPUS_KILOBITS:
            raise BadRequest(f"kilobits is one of {', '.join(map(str, OPUS_KILOBITS))}")
        if not is_id(room):
            raise UnknownRoom("name the room that plays the track: ?room=")
        if not await self._services.application.rooms.may_hear(RoomId(room), person.principal, TrackId(track)):
            raise NotAllowed("enter a room that plays this track to hear it")
        vibe = Vibe(bend.tempo_permille, bend.pitch_cents, bend.keeps_formants)
        # What the room itself sounds like was granted to whoever turned it, and all who listen need it.
        is_own = not bend.is_plain and not self._services.application.rooms.plays_so(RoomId(room), vibe)
        if is_own and self._bends.take(person.principal, trio.current_time()):
            raise TooMany("too many tempos and pitches within a minute; this one can be asked for in a moment")
        delivery = self._services.application.delivery
        wish = cast("Codec", codec)
        return answer(
            await delivery.manifest(TrackId(track), wish, near_frame=near, bend=bend, stem=stem, kilobits=kilobits)
        )


def _bend() -> Bend:
    """Tempo, pitch and formants that the current request asks for; nothing said: the recording as it is."""
    tempo = read_number("tempo", 1000, least=LEAST_TEMPO_PERMILLE, most=MOST_TEMPO_PERMILLE)
    pitch = read_number("pitch", 0, least=-MOST_PITCH_CENTS, most=MOST_PITCH_CENTS)
    return Bend(tempo, pitch, read_number("formants", 0, least=0, most=1) == 1)
