"""Searching the library, and the pictures that go with its tracks."""

from collections.abc import Sequence
from typing import Final

import trio

from hathor_rt.ids import TrackId
from hathor_rt.library.ports import SegmentFile
from hathor_rt.library.recordings import LibraryRecordings
from hathor_rt.library.sources import Sources
from hathor_rt.library.workshop import BACKGROUND_PRIORITY, ResultStore, Workshop
from hathor_rt.storage.ports import Track, TrackStore
from media.jobs import Measure, MeasureResult, job_key
from media.recording_facts import RecordingFacts

# Bytes a second of the waveform that every recording has had from the beginning.
_USUAL_ZOOM: Final = 20
_PEAKS_CONTENT_TYPE: Final = "application/octet-stream"


class Catalogue:
    """`Library` over the track store.

    Args:
        tracks: The library's records.
        recordings: Measures what has no waveform yet.
        workshop: Measures again what was evicted.
        results: Keeps waveforms.
        covers: Keeps pictures. These cannot be made again, so nothing may be evicted from it.
    """

    def __init__(
        self,
        tracks: TrackStore,
        recordings: LibraryRecordings,
        workshop: Workshop,
        results: ResultStore,
        covers: ResultStore,
    ) -> None:
        self._tracks = tracks
        self._recordings = recordings
        self._workshop = workshop
        self._results = results
        self._covers = covers
        self._sources = Sources(tracks)

    async def search(self, query: str, *, limit: int, offset: int) -> Sequence[Track]:
        """See `Library.search`."""
        return await self._tracks.search(query, limit=limit, offset=offset)

    async def get(self, track: TrackId) -> Track:
        """See `Library.get`."""
        return await self._sources.track(track)

    async def many(self, tracks: Sequence[TrackId]) -> Sequence[Track]:
        """See `Library.many`."""
        known = await self._tracks.many(tracks)
        return [known[track] for track in tracks if track in known]

    async def cover(self, track: TrackId) -> SegmentFile | None:
        """See `Library.cover`. Raises `UnknownTrack`."""
        record = await self._sources.track(track)
        if record.cover_blob is None:
            return None
        path = await self._covers.path(record.cover_blob)
        if path is None:
            return None
        async with await trio.open_file(path, "rb") as file:
            content_type = picture_type(await file.read(16))
        return SegmentFile(path, content_type, record.cover_blob) if content_type is not None else None

    async def peaks(self, track: TrackId, *, per_second: int = 20) -> SegmentFile | None:
        """See `Library.peaks`.

        Raises:
            UnknownTrack: No such track.
            TrackUnavailable: They are not known and the file is not there.
        """
        record = await self._recordings.measured_by_now(await self._sources.track(track))
        digest = None if record is None else await self._peaks_digest(record, per_second)
        if record is None or digest is None:
            return None
        path = await self._results.path(digest)
        if path is None:
            return await self._peaks_again(record)
        return SegmentFile(path, _PEAKS_CONTENT_TYPE, digest)

    async def facts(self, track: TrackId) -> RecordingFacts | None:
        """See `Library.facts`. Raises `UnknownTrack`, `TrackUnavailable`."""
        stored = await self._recordings.facts_by_now(await self._sources.track(track))
        return None if stored is None else stored.facts

    async def _peaks_digest(self, record: Track, per_second: int) -> str | None:
        if per_second == _USUAL_ZOOM:
            return record.peaks_blob
        stored = await self._recordings.facts_by_now(record)
        if stored is None:
            return None
        return stored.overview_blob if per_second < _USUAL_ZOOM else stored.detail_blob

    async def _peaks_again(self, record: Track) -> SegmentFile | None:
        """Evicted peaks: measured anew, which yields the same bytes."""
        work = Measure(record.audio_hash, await self._sources.path(record), keeps_sound=False)
        job = await self._workshop.get(job_key(work))
        if job is not None and job.state == "done":
            assert isinstance(job.result, MeasureResult)
            await self._workshop.forget(job.key)
        await self._workshop.ask(work, priority=BACKGROUND_PRIORITY)
        return None


def picture_type(head: bytes) -> str | None:
    """Media type of a picture by its first 12 bytes or more; None for anything a page should not be given."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return None
