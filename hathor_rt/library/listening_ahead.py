"""Listening to the library before anybody plays it: a task that finds out the facts of one recording after the other.

What rooms are about to play comes first, then the library in the order it came in. It takes turns with doing nothing, and
everything somebody waits for goes before it, so it costs patience and nothing else. Facts made by another version are made
again the same way.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog
import trio

from hathor_rt.ids import TrackId
from hathor_rt.library.recordings import LibraryRecordings
from hathor_rt.refusals import DamagedFile, TrackUnavailable, UnknownTrack
from hathor_rt.storage.ports import Track, TrackStore
from media.recording_facts import FACTS_VERSION
from sync.refusal import Refusal
from sync.units import MICROS_PER_SECOND

# Nothing to do, or storage is away: how soon somebody looks again. A scan of new music is noticed within this.
LOOK_EVERY_SECONDS: Final = 30.0
# A server that has just started has other things to do: people are waiting for it.
FIRST_LOOK_SECONDS: Final = 20.0
_PAGE: Final = 100
# A worker cannot be interrupted: whoever waits for it waits for the rest of one recording at most. Longer ones are heard when
# they are played.
LONGEST_AHEAD: Final = 3600 * MICROS_PER_SECOND

_log = structlog.get_logger("hathor.library")


class ListeningAhead:
    """The task; `run` it in the nursery of the services.

    Args:
        tracks: The library's records.
        recordings: Listens.
        upcoming: Tracks that are about to be played, the nearest first.
        percent: Share of the time that is spent listening, 1 … 100.
        rest: Sleeps for so many seconds; another one in tests.
    """

    def __init__(
        self,
        tracks: TrackStore,
        recordings: LibraryRecordings,
        upcoming: Callable[[], Sequence[TrackId]],
        *,
        percent: int,
        rest: Callable[[float], Awaitable[None]] = trio.sleep,
    ) -> None:
        self._tracks = tracks
        self._recordings = recordings
        self._upcoming = upcoming
        self._percent = percent
        self._rest = rest
        # Damaged or missing files: not tried again by this process.
        self._refused: set[TrackId] = set()
        self._page: list[tuple[int, Track]] = []
        self._after = 0

    async def run(self) -> None:
        """Listen for as long as the task lives."""
        await self._rest(FIRST_LOOK_SECONDS)
        while True:
            began = trio.current_time()
            try:
                record = await self._next()
                if record is not None:
                    await self._listen(record)
            except Refusal as refusal:  # storage is full or away
                _log.warning("not listening ahead for now", code=refusal.code, reason=refusal.reason)
                record = None
            if record is None:
                await self._rest(LOOK_EVERY_SECONDS)
            else:
                took = trio.current_time() - began
                await self._rest(took * (100 - self._percent) / self._percent)

    async def _listen(self, record: Track) -> None:
        try:
            await self._recordings.listen(record)
        except (DamagedFile, TrackUnavailable, UnknownTrack) as refusal:
            _log.info("a recording cannot be listened to", track=record.track, code=refusal.code, reason=refusal.reason)
            self._refused.add(record.track)

    async def _next(self) -> Track | None:
        """The recording to listen to now; None if all that can be heard has been."""
        wanted = list(dict.fromkeys(self._upcoming()))
        known = await self._tracks.many(wanted)
        for track in wanted:
            if track in known and self._is_due(known[track]):
                return known[track]
        while True:
            while self._page:
                self._after, record = self._page.pop(0)
                if self._is_due(record) and record.length_estimate <= LONGEST_AHEAD:
                    return record
            self._page = list(await self._tracks.unheard(FACTS_VERSION, after=self._after, limit=_PAGE))
            if not self._page:
                # From the beginning the next time: files come back, and new ones have higher numbers.
                self._after = 0
                return None

    def _is_due(self, record: Track) -> bool:
        return record.is_available and record.facts_version != FACTS_VERSION and record.track not in self._refused
