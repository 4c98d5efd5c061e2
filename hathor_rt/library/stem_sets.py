"""Stems of recordings: asked for, told about, found again."""

from contextlib import suppress
from pathlib import Path

import trio

from hathor_rt.ids import TrackId
from hathor_rt.library.ports import StemState
from hathor_rt.library.sources import Sources
from hathor_rt.library.workshop import STEMS_PRIORITY, ResultStore, Workshop
from hathor_rt.refusals import NotSeparated, UnknownStem
from hathor_rt.storage.ports import Track
from media.jobs import Job, Separate, SeparateResult, job_key
from media.problem import MediaProblem
from media.stem_models import model_identity, model_origin
from media.unfinished_stems import SEPARATED, Head, look, unfinished_path


class StemSets:
    """`Stems` over the media pool and the store of results.

    Args:
        sources: Tracks and their files.
        workshop: Separates.
        results: Keeps stems, as long as they are used now and then.
        model: Name of the model that rooms use.
        models: The operator's folder of models.
        unfinished: Where workers of this machine keep what they have separated so far (`media/unfinished_stems.py`).
        takes_pickled: Whether pickled models are read.
    """

    def __init__(
        self,
        sources: Sources,
        workshop: Workshop,
        results: ResultStore,
        *,
        model: str,
        models: Path,
        unfinished: Path,
        takes_pickled: bool = False,
    ) -> None:
        self._sources = sources
        self._workshop = workshop
        self._results = results
        self._model = model
        self._models = models
        self._unfinished = unfinished
        self._seen: dict[str, tuple[Head, int]] = {}
        self._takes_pickled = takes_pickled

    async def state(self, track: TrackId) -> StemState:
        """See `Stems.state`."""
        record = await self._sources.track(track)
        try:
            identity = await self._identity()
            origin = model_origin(self._model, self._models)
        except MediaProblem as problem:
            return StemState(track, self._model, "", "failed", code=problem.code, reason=problem.reason)
        job = await self._workshop.get(_key(record.audio_hash, identity))
        if job is None:
            return StemState(track, self._model, origin, "none")
        if job.state == "done":
            found = await self._files(job)
            if found is None:
                return StemState(track, self._model, origin, "none")
            assert isinstance(job.result, SeparateResult)
            return StemState(track, self._model, origin, "done", 1.0, list(found), job.result.frames)
        told = self._workshop.progress(job.key)
        progress = job.progress if told is None else told
        head, ready = await self._so_far(job) or (None, 0)
        if head is not None:
            # A worker that takes over tells nothing before its first window.
            progress = max(progress, SEPARATED * ready / head.frames)
        return StemState(
            track,
            self._model,
            origin,
            "running" if job.state == "leased" else job.state,
            progress,
            [] if head is None else head.stems,
            ready,
            code=job.failure_code,
            reason=job.failure_reason,
        )

    async def ask(self, track: TrackId) -> StemState:
        """See `Stems.ask`."""
        record = await self._sources.track(track)
        try:
            identity = await self._identity()
        except MediaProblem:
            return await self.state(track)
        key = _key(record.audio_hash, identity)
        job = await self._workshop.get(key)
        if job is not None and job.state == "done" and await self._files(job) is None:
            # Evicted since.
            await self._workshop.forget(key)
        path = await self._sources.path(record)
        work = Separate(record.audio_hash, path, self._model, identity, str(self._models), self._takes_pickled)
        await self._workshop.ask(work, priority=STEMS_PRIORITY)
        return await self.state(track)

    async def cancel(self, track: TrackId) -> StemState:
        """See `Stems.cancel`."""
        record = await self._sources.track(track)
        with suppress(MediaProblem):
            key = _key(record.audio_hash, await self._identity())
            job = await self._workshop.get(key)
            if job is not None and job.state in ("waiting", "leased"):
                # Whoever works on it finds its lease gone with the next heartbeat, and ends the process.
                await self._workshop.forget(key)
        return await self.state(track)

    async def current(self) -> str:
        """The model that rooms use, with what its files are now. Raises `NotSeparated` if it is not there."""
        try:
            return await self._identity()
        except MediaProblem as problem:
            raise NotSeparated(problem.reason) from problem

    async def find(self, record: Track, identity: str, stem: str) -> Path:
        """The file of a stem: whole, or one that a separation still adds to.

        Raises:
            NotSeparated: Nothing of the stems of this track is there (any more).
            UnknownStem: The model makes no stem of this name.
        """
        job = await self._workshop.get(_key(record.audio_hash, identity))
        found: dict[str, Path] | None = None
        if job is not None and job.state == "done":
            found = await self._files(job)
        elif job is not None:
            head, ready = await self._so_far(job) or (None, 0)
            if head is not None and ready:
                found = dict.fromkeys(head.stems, unfinished_path(self._unfinished, job.key))
        if found is None:
            raise NotSeparated("This track has not been taken apart into stems.")
        if stem not in found:
            raise UnknownStem(f"There is no stem {stem!r}; there are {', '.join(found)}.")
        return found[stem]

    async def _so_far(self, job: Job) -> tuple[Head, int] | None:
        """What a job that waits or runs has made, by this attempt or one before; None if nothing."""
        if job.state not in ("waiting", "leased"):
            self._seen.pop(job.key, None)
            return None
        found = await trio.to_thread.run_sync(look, unfinished_path(self._unfinished, job.key))
        if found is not None:
            self._seen[job.key] = found
        # At the end the file goes before the job is done.
        return self._seen.get(job.key)

    async def _identity(self) -> str:
        """Raises `MediaProblem`: ``model-missing``."""
        return await trio.to_thread.run_sync(model_identity, self._model, self._models)

    async def _files(self, job: Job) -> dict[str, Path] | None:
        """Every stem's file by name; None if one of them is not kept any more."""
        assert isinstance(job.result, SeparateResult)
        found: dict[str, Path] = {}
        for stem, blob in job.result.stems.items():
            path = await self._results.path(blob)
            if path is None:
                return None
            found[stem] = path
        return found


def _key(source: str, identity: str) -> str:
    return job_key(Separate(source, "", "", identity, ""))
