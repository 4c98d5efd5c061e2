"""The library as rooms see it: lengths and warm segments, and sound that stays while a room plays it."""

from collections.abc import Sequence

from hathor_rt.ids import RoomId, TrackId
from hathor_rt.library.delivery import SegmentDelivery
from hathor_rt.library.recordings import LibraryRecordings
from sync.timeline.vibe import PLAIN, Vibe
from sync.units import Micros, SampleCount


class RoomRecordings:
    """`Recordings` of a running server."""

    def __init__(self, recordings: LibraryRecordings, delivery: SegmentDelivery) -> None:
        self._recordings = recordings
        self._delivery = delivery

    async def exists(self, tracks: Sequence[TrackId]) -> frozenset[TrackId]:
        """See `Recordings.exists`."""
        return await self._recordings.exists(tracks)

    async def frames(self, track: TrackId) -> SampleCount:
        """See `Recordings.frames`."""
        return await self._recordings.frames(track)

    async def warm(self, track: TrackId, position: Micros, vibe: Vibe = PLAIN) -> None:
        """See `Recordings.warm`."""
        await self._recordings.warm(track, position, vibe)

    async def beats(self, track: TrackId) -> Sequence[Micros]:
        """See `Recordings.beats`."""
        return await self._recordings.beats(track)

    async def hold(self, room: RoomId, track: TrackId | None) -> None:
        """See `Recordings.hold`."""
        await self._delivery.pin(room, track)
