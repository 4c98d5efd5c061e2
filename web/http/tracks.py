"""``/api/tracks``: find recordings, and their pictures."""

from typing import Annotated

import msgspec
import trio
from quart import Response, request
from quart_trio import QuartTrio

from hathor_rt.ids import TrackId, is_id
from hathor_rt.library.ports import SegmentFile
from hathor_rt.refusals import BadRequest, UnknownTrack
from hathor_rt.storage.ports import Track
from media.recording_facts import RecordingFacts
from sync.units import SampleCount, micros_of_samples
from web.bodies import answer, read_body, read_number
from web.headers import PRIVATE_IMMUTABLE
from web.http.stored_files import pieces, reply_to
from web.services import WebServices

MOST_FOUND = 200
MOST_LOOKED_UP = 500
LONGEST_QUERY = 200
# Of waveforms, in bytes; `media/analysis/peaks.py`, which the server does not load, says the same.
ZOOMS_PER_SECOND = (2, 20, 200)


class TrackBody(msgspec.Struct, frozen=True):
    """A recording. `length` in Micros, exact once measured. What listening told is null until then."""

    track: str
    title: str
    artist: str
    album: str
    length: int
    is_available: bool
    has_cover: bool
    note: str
    tempo_bpm: float | None
    key: str | None
    energy_estimate: float | None
    mood_estimate: str | None


class FactsBody(msgspec.Struct, frozen=True):
    """Answer of ``GET /api/tracks/<track>/facts``. Instants in Micros; see `media/recording_facts.py` for the rest."""

    audible_from: int | None
    audible_until: int | None
    tempo_bpm: float | None
    tempo_confidence: float
    is_tempo_steady: bool
    beats: list[int]
    key: str
    key_confidence: float
    tuning_cents: float
    energy_estimate: float | None
    valence_estimate: float | None
    mood_estimate: str


class FoundBody(msgspec.Struct, frozen=True):
    """Answer of ``GET /api/tracks``. `total`: tracks that hold every word, on all pages together."""

    tracks: list[TrackBody]
    total: int


class LookupBody(msgspec.Struct, frozen=True):
    """Answer of ``POST /api/tracks/lookup``."""

    tracks: list[TrackBody]


class Lookup(msgspec.Struct, frozen=True):
    """Body of ``POST /api/tracks/lookup``."""

    tracks: Annotated[list[str], msgspec.Meta(max_length=MOST_LOOKED_UP)]


class TracksResource:
    """The library, for those who may see it."""

    def __init__(self, services: WebServices) -> None:
        self._services = services
        self._library = services.application.library

    def register(self, app: QuartTrio) -> None:
        """Add the routes."""
        app.add_url_rule("/api/tracks", "tracks", self.search)
        app.add_url_rule("/api/tracks/lookup", "lookup", self.lookup, methods=["POST"])
        app.add_url_rule("/api/tracks/<track>/cover", "cover", self.cover)
        app.add_url_rule("/api/tracks/<track>/peaks", "peaks", self.peaks)
        app.add_url_rule("/api/tracks/<track>/facts", "facts", self.facts)

    async def search(self) -> Response:
        """Tracks that hold every word of the query. Refuses with `not-allowed`, `invite-required`."""
        await self._require_library()
        query = request.args.get("q", "")[:LONGEST_QUERY]
        limit = read_number("limit", 50, least=1, most=MOST_FOUND)
        offset = read_number("offset", 0, least=0, most=1_000_000)
        found = await self._library.search(query, limit=limit, offset=offset)
        total = await self._services.application.storage.tracks.count(query)
        return answer(FoundBody([_track(each) for each in found], total))

    async def lookup(self) -> Response:
        """The tracks of a queue by their ids; unknown ones are left out. A queue's reader may know what is in it."""
        await self._services.visits.person()
        body = await read_body(Lookup)
        wanted = [TrackId(each) for each in body.tracks if is_id(each)]
        return answer(LookupBody([_track(each) for each in await self._library.many(wanted)]))

    async def cover(self, track: str) -> Response:
        """The picture of a track, if it has one."""
        return await _file_response(await self._library.cover(_track_id(track)), "this track has no picture")

    async def peaks(self, track: str) -> Response:
        """The waveform of a track, once it is measured."""
        per_second = read_number("per_second", 20, least=2, most=200)
        if per_second not in ZOOMS_PER_SECOND:
            raise BadRequest(f"per_second is one of {', '.join(map(str, ZOOMS_PER_SECOND))}")
        file = await self._library.peaks(_track_id(track), per_second=per_second)
        return await _file_response(file, "the waveform is not measured yet")

    async def facts(self, track: str) -> Response:
        """Tempo, beats, key and their like, once somebody listened."""
        facts = await self._library.facts(_track_id(track))
        if facts is None:
            raise UnknownTrack("nobody has listened to this track yet")
        return answer(_facts(facts))

    async def _require_library(self) -> None:
        person = await self._services.visits.person()
        await self._services.instance.require_library(
            is_admitted=self._services.visits.current.is_admitted,
            sits_in_a_room=self._services.is_seated(person.principal),
        )


def _track_id(text: str) -> TrackId:
    if not is_id(text):
        raise UnknownTrack("no track has an id like this")
    return TrackId(text)


def _track(track: Track) -> TrackBody:
    return TrackBody(
        track=track.track,
        title=track.title,
        artist=track.artist,
        album=track.album,
        length=track.length_estimate if track.frames is None else micros_of_samples(track.frames),
        is_available=track.is_available,
        has_cover=track.cover_blob is not None,
        note=track.note,
        tempo_bpm=track.tempo_bpm,
        key=track.musical_key,
        energy_estimate=track.energy_estimate,
        mood_estimate=track.mood_estimate,
    )


def _facts(facts: RecordingFacts) -> FactsBody:
    return FactsBody(
        audible_from=_micros(facts.audible_from),
        audible_until=_micros(facts.audible_until),
        tempo_bpm=facts.tempo_bpm,
        tempo_confidence=facts.tempo_confidence,
        is_tempo_steady=facts.is_tempo_steady,
        beats=[micros_of_samples(SampleCount(frame)) for frame in facts.beats],
        key=facts.key,
        key_confidence=facts.key_confidence,
        tuning_cents=facts.tuning_cents,
        energy_estimate=facts.energy_estimate,
        valence_estimate=facts.valence_estimate,
        mood_estimate=facts.mood_estimate,
    )


def _micros(frame: int | None) -> int | None:
    return None if frame is None else micros_of_samples(SampleCount(frame))


async def _file_response(file: SegmentFile | None, otherwise: str) -> Response:
    if file is None:
        raise UnknownTrack(otherwise)
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        byte_count = (await trio.Path(file.path).stat()).st_size
    except FileNotFoundError as error:
        raise UnknownTrack(otherwise) from error
    reply = reply_to(
        headers,
        byte_count=byte_count,
        etag=file.etag,
        content_type=file.content_type,
        cache_control=PRIVATE_IMMUTABLE,
    )
    content = b"".join([piece async for piece in pieces(file.path, reply.start, reply.stop)])
    return Response(content, reply.status, dict(reply.headers))
