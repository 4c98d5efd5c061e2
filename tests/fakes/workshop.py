"""A media pool without processes, and a store of results that forgets on demand."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import trio

from hathor_rt.storage.memory.jobs import MemoryJobs
from media.jobs import (
    Job,
    Measure,
    MeasureResult,
    Result,
    Segment,
    SegmentResult,
    Separate,
    SeparateResult,
    Work,
    job_key,
)
from media.recording_facts import RecordingFacts, facts_to_bytes


@dataclass(slots=True)
class FakeWorkshop:
    """Implements `Workshop`. Jobs finish when somebody waits for them.

    Attributes:
        frames: Length of every recording.
        is_stuck: Nothing is ever finished.
        failure: Code with which jobs fail, empty for none.
        facts: What is heard in every recording; None: measuring is done by a version without facts.
        asked: (key, path, priority) of all that was asked for, in order.
        attempts: How often each job was done.
        progresses: Of jobs that run.
    """

    results: "FakeResults"
    frames: int = 500_000
    is_stuck: bool = False
    failure: str = ""
    facts: RecordingFacts | None = None
    asked: list[tuple[str, str, int]] = field(default_factory=list)
    attempts: dict[str, int] = field(default_factory=dict)
    progresses: dict[str, float] = field(default_factory=dict)
    queue: MemoryJobs = field(default_factory=MemoryJobs)
    _lock: trio.Lock = field(default_factory=trio.Lock)

    async def ask(self, work: Work, *, priority: int) -> Job:
        self.asked.append((job_key(work), work.path, priority))
        return await self.queue.ask(work, priority=priority, now_utc=0)

    async def ask_many(self, works: Iterable[tuple[Work, int]]) -> None:
        for work, priority in works:
            await self.ask(work, priority=priority)

    async def get(self, key: str) -> Job | None:
        return await self.queue.get(key)

    async def forget(self, key: str) -> None:
        await self.queue.forget([key])

    def progress(self, key: str) -> float | None:
        return self.progresses.get(key)

    async def wait(self, key: str, *, is_patient: bool = False) -> Job:
        if self.is_stuck:
            await trio.sleep_forever()
        await self.work_until(key)
        job = await self.queue.get(key)
        if job is None:
            raise KeyError(key)
        return job

    async def work_until(self, key: str) -> None:
        """Do jobs, most urgent first, until this one is done or failed."""
        while True:
            async with self._lock:
                wanted = await self.queue.get(key)
                if wanted is None or wanted.state in ("done", "failed"):
                    return
                await self._work_once()

    async def _work_once(self) -> None:
        job = await self.queue.lease("fake", now_utc=0, lease_micros=1)
        assert job is not None
        self.attempts[job.key] = self.attempts.get(job.key, 0) + 1
        if self.failure:
            await self.queue.fail(job.key, "fake", self.failure, "because")
        else:
            await self.queue.finish(job.key, "fake", self._result_of(job.work))

    async def work_all(self) -> None:
        """Do everything that was asked for."""
        for key, _, _ in list(self.asked):
            await self.work_until(key)

    def _result_of(self, work: Work) -> Result:
        digest = self.results.keep(job_key(work))
        match work:
            case Measure():
                measured = MeasureResult(self.frames, -20.0, -3.0, digest, "a note")
                if self.facts is None:
                    return measured
                overview, detail = (self.results.keep(f"{job_key(work)}-{zoom}") for zoom in ("overview", "detail"))
                facts_blob = self.results.keep(f"{job_key(work)}-facts", facts_to_bytes(self.facts))
                return msgspec.structs.replace(
                    measured, overview_blob=overview, detail_blob=detail, facts_blob=facts_blob
                )
            case Segment():
                return SegmentResult(digest, 7)
            case Separate():
                stems = {stem: self.results.keep(f"{job_key(work)}-{stem}") for stem in ("drums", "vocals")}
                return SeparateResult(self.frames, stems)


@dataclass(slots=True)
class FakeResults:
    """Implements `ResultStore` in a folder; a result's hash is made of its job's key."""

    folder: Path
    pins: list[str] = field(default_factory=list)

    def keep(self, key: str, content: bytes | None = None) -> str:
        digest = key.replace("/", "-")
        (self.folder / digest).write_bytes(key.encode() if content is None else content)
        return digest

    def evict(self) -> None:
        """Forget all that is not pinned."""
        for path in self.folder.iterdir():
            if path.name not in self.pins:
                path.unlink()

    async def path(self, digest: str) -> Path | None:
        await trio.lowlevel.checkpoint()
        path = self.folder / digest
        return path if await trio.Path(path).exists() else None

    async def pin(self, digest: str) -> None:
        self.pins.append(digest)

    async def unpin(self, digest: str) -> None:
        self.pins.remove(digest)
