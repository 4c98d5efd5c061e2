"""Manifests and segments: which URLs hold a track's sound, and the files behind them, made when somebody asks."""

import base64
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import trio

from hathor_rt.ids import RoomId, TrackId
from hathor_rt.library.gain import gain_db
from hathor_rt.library.links import SegmentLinks
from hathor_rt.library.ports import Manifest, SegmentFile
from hathor_rt.library.prefetch import Prefetch, segment_work
from hathor_rt.library.recordings import LibraryRecordings
from hathor_rt.library.sound_files import SoundFiles
from hathor_rt.library.sources import Sources
from hathor_rt.library.stem_sets import StemSets
from hathor_rt.library.workshop import SEGMENT_PRIORITY, ResultStore, Workshop, done
from hathor_rt.refusals import StillRendering, UnknownSegment
from hathor_rt.storage.ports import Track, TrackStore
from media.bend import PLAIN, Bend
from media.jobs import SegmentResult, job_key
from media.rendition import STANDARD_KILOBITS, Codec, Rendition
from media.segment_format import (
    OPUS_HEAD,
    PRE_ROLL_FRAMES,
    SEGMENT_FRAMES,
    content_type,
    frames_in_segment,
    segment_count,
)

# Renditions and segments remembered for requests to come: a hundred bytes each.
_MOST_RENDITIONS: Final = 1_000
_MOST_SEGMENTS: Final = 20_000


class SegmentDelivery:
    """`Delivery` over the track store, the media pool and the blob store.

    Args:
        tracks: The library's records.
        recordings: Measures what has no length yet.
        prefetch: Has what follows made.
        workshop: Makes segments.
        results: Keeps them.
        stems: Finds stems.
        key: The secret called `links.SECRET_NAME`.
        wait_seconds: Longest time one call waits for something that is being made.
    """

    def __init__(
        self,
        tracks: TrackStore,
        recordings: LibraryRecordings,
        prefetch: Prefetch,
        workshop: Workshop,
        results: ResultStore,
        stems: StemSets,
        *,
        key: bytes,
        wait_seconds: float,
    ) -> None:
        self._tracks = tracks
        self._recordings = recordings
        self._workshop = workshop
        self._results = results
        self._wait_seconds = wait_seconds
        self._links = SegmentLinks(key)
        self._sources = Sources(tracks)
        self._stems = stems
        self._files = SoundFiles(self._sources, stems)
        self._prefetch = prefetch
        self._records: OrderedDict[str, Track] = OrderedDict()
        # Job key → (track, content hash) of segments made, most recently served last.
        self._made: OrderedDict[str, tuple[TrackId, str]] = OrderedDict()
        self._remaking: dict[str, trio.Lock] = {}
        self._playing: dict[RoomId, TrackId] = {}
        # Invariant: exactly the hashes pinned by this object; its keys are among the values of _playing.
        self._pinned: dict[TrackId, set[str]] = {}

    async def manifest(
        self,
        track: TrackId,
        codec: Codec,
        *,
        near_frame: int,
        bend: Bend = PLAIN,
        stem: str = "",
        kilobits: int = STANDARD_KILOBITS,
    ) -> Manifest:
        """See `Delivery.manifest`.

        Raises:
            UnknownTrack: No such track.
            TrackUnavailable: Its file is not there.
            DamagedFile: Its file is not sound.
            NotSeparated: `stem` was asked for, and nobody had the track taken apart yet.
            UnknownStem: There is no such stem.
            StillRendering: The track was never decoded before and takes longer than `wait_seconds`.
        """
        record = await self._sources.track(track)
        with trio.move_on_after(self._wait_seconds) as deadline:
            record = await self._recordings.measured(record)
        if deadline.cancelled_caught:
            raise StillRendering("This track is being read for the first time.")
        assert record.frames is not None
        rendition = _rendition(record.audio_hash, codec, kilobits, bend.normal)
        if stem:
            rendition = replace(rendition, stem=stem, model=await self._stems.current())
            await self._files.path(record, rendition)
        bend = rendition.bend
        frames = bend.frames_of(record.frames)
        await self._prefetch.ahead(record, rendition, bend.frame_at(near_frame))
        name = self._links.name(rendition)
        folder = f"segments/{self._links.sign(name)}/{name}"
        return Manifest(
            track=track,
            rendition=name,
            codec=codec,
            frames=frames,
            segment_frames=SEGMENT_FRAMES,
            pre_roll_frames=PRE_ROLL_FRAMES if codec == "opus" else 0,
            description=base64.b64encode(OPUS_HEAD).decode() if codec == "opus" else "",
            gain_db=round(gain_db(record.loudness_lufs, record.true_peak_db) + rendition.headroom_db, 2),
            segments=[f"/{folder}/{index}" for index in range(segment_count(frames))],
            tempo_permille=bend.tempo_permille,
            pitch_cents=bend.pitch_cents,
            keeps_formants=bend.keeps_formants,
            stem=stem,
            kilobits=rendition.kilobits,
        )

    async def segment(self, signature: str, rendition: str, index: int) -> SegmentFile:
        """See `Delivery.segment`.

        Raises:
            UnknownSegment: The signature, the name or the index is not one of ours.
            StillRendering: It takes longer than `wait_seconds`; work on it goes on.
            TrackUnavailable, NotSeparated: The segment is not kept and its file is not there.
            DamagedFile: Its file is not sound (any more).
            StorageFull: There is no room for it.
        """
        wanted = self._links.read(signature, rendition)
        found: tuple[str, Path] | None = None
        with trio.move_on_after(self._wait_seconds):
            record = await self._record(wanted.source)
            assert record.frames is not None
            if index < 0 or frames_in_segment(wanted.bend.frames_of(record.frames), index) == 0:
                raise UnknownSegment("The track ends before this segment.")
            found = await self._file(record, wanted, index)
            if wanted.bend.is_plain:
                await self._prefetch.ahead(record, wanted, (index + 1) * SEGMENT_FRAMES)
        if found is None:
            raise StillRendering("The segment is being made.")
        digest, path = found
        return SegmentFile(path, content_type(wanted.codec), digest, wanted.quality)

    async def pin(self, room: RoomId, track: TrackId | None) -> None:
        """Keep the segments of what a room plays from being evicted, until it plays something else (None: nothing).

        Segments count from when they are first served; made but unserved ones are young and the last to be evicted.
        """
        before = self._playing.pop(room, None)
        if track is not None:
            self._playing[room] = track
            if track not in self._pinned:
                self._pinned[track] = set()
                for of, digest in list(self._made.values()):
                    if of == track:
                        await self._pin(track, digest)
        if before is not None and before not in self._playing.values():
            for digest in self._pinned.pop(before, set()):
                await self._results.unpin(digest)

    async def _record(self, source: str) -> Track:
        """The measured record behind a source, from memory if it was served before."""
        record = self._records.get(source)
        if record is None:
            known = (await self._tracks.by_hashes([source])).get(source)
            if known is None:
                raise UnknownSegment("The track is no longer in the library.")
            record = await self._recordings.measured(known)
            self._records[source] = record
            if len(self._records) > _MOST_RENDITIONS:
                self._records.popitem(last=False)
        return record

    async def _file(self, record: Track, rendition: Rendition, index: int) -> tuple[str, Path]:
        """Content hash and path of a segment, made (again) if it is not kept."""
        key = job_key(segment_work(rendition, "", index))
        while True:
            digest = await self._digest(record, rendition, index, key)
            path = await self._results.path(digest)
            if path is not None:
                await self._pin(record.track, digest)
                return digest, path
            # Evicted since it was made. Of all who find that out at once, one has it made again.
            async with self._alone(key):
                if await self._results.path(digest) is None:
                    self._made.pop(key, None)
                    self._prefetch.forget(key)
                    await self._workshop.forget(key)
                    await self._digest(record, rendition, index, key)

    @asynccontextmanager
    async def _alone(self, key: str) -> AsyncIterator[None]:
        """One at a time for each key; the lock goes with the last who wants it."""
        lock = self._remaking.setdefault(key, trio.Lock())
        try:
            async with lock:
                yield
        finally:
            if not lock.statistics().tasks_waiting and not lock.locked():
                self._remaking.pop(key, None)

    async def _digest(self, record: Track, rendition: Rendition, index: int, key: str) -> str:
        made = self._made.get(key)
        if made is not None:
            self._made.move_to_end(key)
            return made[1]
        job = await self._workshop.get(key)
        if job is None or job.state != "done":
            work = segment_work(rendition, await self._files.path(record, rendition), index)
            job = await done(self._workshop, work, key, priority=SEGMENT_PRIORITY)
        assert isinstance(job.result, SegmentResult)
        self._made[key] = (record.track, job.result.blob)
        if len(self._made) > _MOST_SEGMENTS:
            self._made.popitem(last=False)
        return job.result.blob

    async def _pin(self, track: TrackId, digest: str) -> None:
        pinned = self._pinned.get(track)
        if pinned is not None and digest not in pinned:
            pinned.add(digest)
            await self._results.pin(digest)


def _rendition(source: str, codec: Codec, kilobits: int, bend: Bend) -> Rendition:
    return replace(
        Rendition(source, codec, kilobits if codec == "opus" else 0),
        tempo_permille=bend.tempo_permille,
        pitch_cents=bend.pitch_cents,
        keeps_formants=bend.keeps_formants,
    )
