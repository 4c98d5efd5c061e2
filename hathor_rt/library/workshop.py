"""What the library asks of the media pool and of the store of results, as ports. `media.pool.Pool` and `Shelf` fit."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final, Protocol

from hathor_rt.refusals import DamagedFile, StillRendering, StorageFull, TrackUnavailable, UnknownSegment
from media.jobs import Job, Work
from sync.refusal import Refusal

# Lower is more urgent. A segment somebody waits for goes before all; a length holds up a whole room; what lies ahead of the
# playhead follows by distance in segments; stems, which take long, come behind; what nobody waits for comes last.
SEGMENT_PRIORITY: Final = 0
MEASURE_PRIORITY: Final = 1
PREFETCH_PRIORITY: Final = 2
STEMS_PRIORITY: Final = 100
BACKGROUND_PRIORITY: Final = 1000

# These will fail again for the same recording; the others may have been bad luck.
_LASTING: Final = frozenset({"damaged-file", "out-of-time", "out-of-memory", "unknown-segment"})


class Workshop(Protocol):
    """Has jobs done."""

    async def ask(self, work: Work, *, priority: int) -> Job:
        """Make sure the job exists; a failed one is tried anew."""
        ...

    async def ask_many(self, works: Iterable[tuple[Work, int]]) -> None:
        """`ask` for many (work, priority) pairs as one unit."""
        ...

    async def get(self, key: str) -> Job | None: ...

    async def wait(self, key: str, *, is_patient: bool = False) -> Job:
        """Wait until the job is done or failed. Raises `KeyError` if it is not (or no longer) there.

        Who is patient is waited for with what is there: no process is started for it beside those that are busy.
        """
        ...

    async def forget(self, key: str) -> None: ...

    def progress(self, key: str) -> float | None:
        """How far a job is that this process does now, 0 … 1."""
        ...


class ResultStore(Protocol):
    """Finished files by content hash. Evicts what was not used for long, never what is pinned."""

    async def path(self, digest: str) -> Path | None:
        """Where the file lies, which counts as a use; None if it is not kept (any more)."""
        ...

    async def pin(self, digest: str) -> None:
        """Keep it from being evicted, until as many `unpin`."""
        ...

    async def unpin(self, digest: str) -> None: ...


async def done(workshop: Workshop, work: Work, key: str, *, priority: int) -> Job:
    """The finished job, waiting as long as it takes; asked for if it is new or may go better this time.

    Below `BACKGROUND_PRIORITY` somebody waits for it in earnest.

    Raises:
        DamagedFile, TrackUnavailable, StorageFull, UnknownSegment, StillRendering: It failed.
    """
    job = await workshop.get(key)
    while job is None or job.state != "done":
        if job is not None and job.state == "failed" and job.failure_code in _LASTING:
            raise refusal_of(job)
        await workshop.ask(work, priority=priority)
        try:
            job = await workshop.wait(key, is_patient=priority >= BACKGROUND_PRIORITY)
        except KeyError:
            # Forgotten between the two calls, because somebody found its result evicted.
            job = None
            continue
        if job.state == "failed":
            raise refusal_of(job)
    return job


def refusal_of(job: Job) -> Refusal:
    """The refusal that tells people why a job failed (codes: `media/problem.py`)."""
    match job.failure_code:
        case "file-missing":
            return TrackUnavailable(job.failure_reason)
        case "storage-full":
            return StorageFull(job.failure_reason)
        case "unknown-segment":
            return UnknownSegment(job.failure_reason)
        case "still-separating":
            return StillRendering(job.failure_reason)
        case _:
            # "damaged-file", and what amounts to it: three workers died over the file, or it never ends.
            return DamagedFile(job.failure_reason)
