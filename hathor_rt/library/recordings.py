"""The library as rooms see it: which tracks exist, how long they are exactly, and having them ready in time."""

from collections.abc import Sequence

import trio

from hathor_rt.ids import TrackId
from hathor_rt.library.prefetch import Prefetch
from hathor_rt.library.sources import Sources
from hathor_rt.library.workshop import BACKGROUND_PRIORITY, MEASURE_PRIORITY, ResultStore, Workshop, done
from hathor_rt.storage.ports import Measured, StoredFacts, Track, TrackStore
from media.bend import Bend
from media.jobs import Job, Measure, MeasureResult, Work, job_key
from media.recording_facts import FACTS_VERSION, RecordingFacts, facts_from_bytes
from media.rendition import Rendition
from sync.timeline.vibe import PLAIN, Vibe
from sync.units import Micros, SampleCount, micros_of_samples, samples_of_micros


class LibraryRecordings:
    """Lengths, existence and readiness of tracks, over the track store and the media pool.

    Args:
        tracks: The library's records.
        workshop: Measures.
        results: Keeps what measuring found until it is in the store.
        prefetch: Asks for what lies ahead of playheads; shared with the delivery, as it remembers what was asked.
    """

    def __init__(self, tracks: TrackStore, workshop: Workshop, results: ResultStore, prefetch: Prefetch) -> None:
        self._tracks = tracks
        self._workshop = workshop
        self._results = results
        self._sources = Sources(tracks)
        self._prefetch = prefetch

    async def exists(self, tracks: Sequence[TrackId]) -> frozenset[TrackId]:
        """See `Recordings.exists`."""
        return frozenset(await self._tracks.many(tracks))

    async def frames(self, track: TrackId) -> SampleCount:
        """See `Recordings.frames`. Waits for as long as decoding takes; cancelling leaves the job to others who asked.

        Raises:
            UnknownTrack: No such track.
            TrackUnavailable: Its file is not there.
            DamagedFile: Its file is not sound.
            StorageFull: There is no room for what decoding yields.
        """
        record = await self.measured(await self._sources.track(track))
        assert record.frames is not None
        return record.frames

    async def warm(self, track: TrackId, position: Micros, vibe: Vibe = PLAIN) -> None:
        """See `Recordings.warm`."""
        record = await self.measured_by_now(await self._sources.track(track), priority=MEASURE_PRIORITY)
        if record is not None:
            bend = Bend(vibe.tempo_permille, vibe.pitch_cents, vibe.keeps_formants).normal
            frame = bend.frame_at(samples_of_micros(position))
            rendition = Rendition(
                record.audio_hash,
                tempo_permille=bend.tempo_permille,
                pitch_cents=bend.pitch_cents,
                keeps_formants=bend.keeps_formants,
            )
            await self._prefetch.instead(record, rendition, frame)

    async def beats(self, track: TrackId) -> Sequence[Micros]:
        """See `Recordings.beats`."""
        stored = await self.facts_by_now(await self._sources.track(track))
        return () if stored is None else [micros_of_samples(SampleCount(frame)) for frame in stored.facts.beats]

    async def measured(self, record: Track) -> Track:
        """`record` with its measured facts, which are found out (and kept) if need be. Raises what `frames` raises."""
        if record.frames is not None:
            return record
        work = Measure(record.audio_hash, await self._sources.path(record))
        return await self._keep(record, await done(self._workshop, work, job_key(work), priority=MEASURE_PRIORITY))

    async def measured_by_now(self, record: Track, *, priority: int = BACKGROUND_PRIORITY) -> Track | None:
        """`record` with its measured facts; None if they are not known yet, after asking for them.

        Raises:
            TrackUnavailable: Its file is not there.
        """
        if record.frames is not None:
            return record
        job = await self._workshop.get(job_key(Measure(record.audio_hash, "")))
        if job is not None and job.state == "done":
            return await self._keep(record, job)
        if job is None or job.state == "waiting":
            # Who only looks at a waveform is not about to hear it.
            keeps_sound = priority < BACKGROUND_PRIORITY
            work = Measure(record.audio_hash, await self._sources.path(record), keeps_sound)
            await self._workshop.ask(work, priority=priority)
        return None

    async def facts_by_now(self, record: Track) -> StoredFacts | None:
        """What listening told; None if nobody listened yet, after asking for it.

        Raises:
            TrackUnavailable: Its file is not there.
        """
        stored = await self._tracks.facts(record.track)
        if stored is not None:
            return stored
        work = Measure(record.audio_hash, await self._sources.path(record), keeps_sound=False)
        job = await self._workshop.get(job_key(work))
        if job is not None and job.state == "done":
            if await self._has_current_facts(job):
                await self._keep(record, job)
                return await self._tracks.facts(record.track)
            # Measured by an earlier version.
            await self._workshop.forget(job.key)
            job = None
        # A wish that is open already may be of somebody who wants the sound kept.
        if job is None:
            await self._workshop.ask(work, priority=BACKGROUND_PRIORITY)
        return None

    async def listen(self, record: Track) -> None:
        """Find out all facts about `record` that are missing or of another version, in no hurry. Raises what `frames` raises."""
        work: Work = Measure(record.audio_hash, await self._sources.path(record), keeps_sound=False)
        job = await self._workshop.get(job_key(work))
        if job is not None and job.state == "done" and not await self._has_current_facts(job):
            await self._workshop.forget(job.key)
        elif job is not None and job.state in ("waiting", "leased"):
            # The newest wish counts, and this one may be of somebody who wants the sound kept.
            work = job.work
        await self._keep(record, await done(self._workshop, work, job_key(work), priority=BACKGROUND_PRIORITY))

    async def _keep(self, record: Track, job: Job) -> Track:
        result = job.result
        assert isinstance(result, MeasureResult)
        measured = Measured(
            SampleCount(result.frames), result.loudness_lufs, result.true_peak_db, result.peaks_blob, result.note
        )
        await self._tracks.save_measured(record.track, measured)
        facts = await self._facts(result)
        if facts is not None:
            stored = StoredFacts(facts, result.overview_blob, result.detail_blob)
            await self._tracks.save_facts(record.track, stored)
        return await self._sources.track(record.track)

    async def _has_current_facts(self, job: Job) -> bool:
        assert isinstance(job.result, MeasureResult)
        facts = await self._facts(job.result)
        return facts is not None and facts.version == FACTS_VERSION

    async def _facts(self, result: MeasureResult) -> RecordingFacts | None:
        """The facts a job found; None if an earlier version did it, or their file was evicted since."""
        path = await self._results.path(result.facts_blob) if result.facts_blob else None
        if path is None:
            return None
        try:
            return facts_from_bytes(await trio.Path(path).read_bytes())
        except FileNotFoundError:
            return None
