"""The pool: leases jobs from the queue, has worker processes do them, and publishes what they made.

Free of numpy: this half runs in the server process. A job is lost by nothing that happens here: a worker that dies gives its
lease back and the job is done by another; the third death gives the job up (``worker-died``). A pool that dies lets its
leases run out.
"""

import secrets
import shutil
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, assert_never

import structlog
import trio

from media.job_limits import most_seconds
from media.jobs import Job, JobQueue, Measure, MeasureResult, Result, SegmentResult, Separate, SeparateResult, Work
from media.messages import Failed, Measured, Segmented, Separated
from media.pool_slot import Slot
from media.worker_process import Outcome, StartWorker, WorkerDied, WorkerFolders, start_worker

DEFAULT_CACHE_BYTES: Final = 2 * 1024**3

# Giving a lease back at shutdown; storage that does not answer by then lets it run out.
_FAREWELL_SECONDS: Final = 1.0
# As many deaths in a row without one outcome are not the fault of a single file.
_HOPELESS_DEATHS: Final = 4
_SECOND: Final = 2
_SHORTEST_BACKOFF_SECONDS: Final = 0.1
_LONGEST_BACKOFF_SECONDS: Final = 5.0
# Waiters look by themselves this often, for jobs that other processes do.
_WAIT_POLL_SECONDS: Final = 0.5
_REMOTE_POLL_SECONDS: Final = 0.1

_log = structlog.get_logger("hathor.media")


@dataclass(frozen=True, slots=True)
class PoolTimes:
    """How long the pool lets things take. The defaults are for service; tests are in a greater hurry."""

    lease_micros: int = 20_000_000
    """Long against the pause of an overloaded machine, short against people's patience when a machine died."""
    heartbeat_seconds: float = 5.0
    idle_poll_seconds: float = 2.0
    """Jobs asked for by other processes, and leases that ran out, are noticed within this; our own at once."""
    second_retry_micros: int = 1_000_000
    """One death may be bad luck, and the job is tried again at once; after the second it waits, for whatever it was to pass."""
    seconds_of: Callable[[Work], float] = most_seconds
    """What takes longer will never end."""


class ResultFiles(Protocol):
    """Where results are kept (the blob store)."""

    async def adopt(self, path: Path) -> str:
        """Move the file at `path` in and return its content hash."""
        ...


class Pool:
    """The running pool; made by `open_pool`.

    Besides the workers asked for there is one express process, started only if somebody waits for a segment while all
    others measure or separate, or for a length while all others do what nobody is in a hurry for: neither a twelve-hour
    recording nor listening ahead to a library nor stems may silence a room.
    """

    def __init__(
        self, queue: JobQueue, files: ResultFiles, slots: Sequence[Slot], now_utc: Callable[[], int], times: PoolTimes
    ) -> None:
        self._queue = queue
        self._files = files
        self._slots = slots[:-1]
        self._express = slots[-1] if self._slots else None
        self._now_utc = now_utc
        self._times = times
        # Replaced whenever it is set: whoever holds the old one is woken, whoever comes later waits for the next.
        self._changed = trio.Event()
        self._waiters: dict[str, _Waiters] = {}
        self._progress: dict[str, float] = {}
        self._wants_warm = False
        # Others do the work: nobody here notices when they are done.
        self._poll_seconds = _WAIT_POLL_SECONDS if self._slots else _REMOTE_POLL_SECONDS

    async def ask(self, work: Work, *, priority: int) -> Job:
        """Make sure the job exists (`JobQueue.ask`) and that a worker looks at once."""
        job = await self._queue.ask(work, priority=priority, now_utc=self._now_utc())
        self.nudge()
        return job

    async def ask_many(self, works: Iterable[tuple[Work, int]]) -> None:
        """`ask` for many (work, priority) pairs as one unit."""
        await self._queue.ask_many(list(works), now_utc=self._now_utc())
        self.nudge()

    async def get(self, key: str) -> Job | None:
        """The job as the queue knows it now."""
        return await self._queue.get(key)

    async def forget(self, key: str) -> None:
        """Drop a job whose result is gone; asked for again, it is done again."""
        await self._queue.forget([key])

    async def wait(self, key: str, *, is_patient: bool = False) -> Job:
        """Wait until the job is done or failed, here or in another process, and return it. The caller sets the deadline.

        A patient caller is no reason to start the express process.

        Raises:
            KeyError: The queue knows no such job (any more).
        """
        while True:
            with self._waiting(key, is_patient) as ended:
                job = await self._queue.get(key)
                if job is None:
                    raise KeyError(key)
                if job.state in ("done", "failed"):
                    return job
                with trio.move_on_after(self._poll_seconds):
                    await ended.wait()

    def progress(self, key: str) -> float | None:
        """How far a job is that runs in this pool now, 0 … 1."""
        return self._progress.get(key)

    def nudge(self) -> None:
        """Have idle workers look at the queue now."""
        self._changed.set()
        self._changed = trio.Event()

    def warm(self) -> None:
        """Start one process now instead of with the first job; returns at once."""
        self._wants_warm = True
        self.nudge()

    @property
    def is_able(self) -> bool:
        """Whether work can be done: false while every process dies as fast as it is started. Of others nothing is known."""
        return not self._slots or any(slot.deaths < _HOPELESS_DEATHS for slot in self._slots)

    @property
    def process_ids(self) -> list[int]:
        """Of the worker processes that live now."""
        return [slot.process_id for slot in self.slots if slot.process_id is not None]

    @property
    def slots(self) -> Sequence[Slot]:
        """Places for processes: ordinary ones, and the express behind them; none where others do the work."""
        return self._slots if self._express is None else (*self._slots, self._express)

    @contextmanager
    def _waiting(self, key: str, is_patient: bool) -> Iterator[trio.Event]:
        waiters = self._waiters.setdefault(key, _Waiters())
        waiters.count += 1
        waiters.patient += is_patient
        if not is_patient and waiters.count - waiters.patient == 1:
            # The express slot may be needed for exactly this wish.
            self.nudge()
        try:
            yield waiters.ended
        finally:
            waiters.count -= 1
            waiters.patient -= is_patient
            # The entry may be another by now: a job that ended drops it.
            if waiters.count == 0 and self._waiters.get(key) is waiters:
                del self._waiters[key]

    async def run_slot(self, slot: Slot) -> None:
        """Lease and do jobs for ever. Run by `open_pool`; cancelling it ends the process."""
        try:
            while True:
                changed = self._changed
                if slot is self._express and not self._needs_express():
                    await changed.wait()
                    continue
                try:
                    found_work = await self._do_next(slot)
                except Exception:
                    # One of the three places that take every exception: storage may be away, and the pool outlives that.
                    _log.exception("media job broke off", worker=slot.name)
                    await trio.sleep(_LONGEST_BACKOFF_SECONDS)
                    continue
                if not found_work:
                    with trio.move_on_after(self._times.idle_poll_seconds):
                        await changed.wait()
        finally:
            await slot.close()

    def _needs_express(self) -> bool:
        jobs = [slot.job for slot in self._slots]
        if not all(job is not None and isinstance(job.work, Measure | Separate) for job in jobs):
            return False
        urgent = {key for key, waiters in self._waiters.items() if waiters.count > waiters.patient}
        if any(key.startswith("segment/") for key in urgent):
            return True
        # A length that a room waits for, while all others listen ahead to the library.
        is_any_awaited = any(job is not None and job.key in urgent for job in jobs)
        return not is_any_awaited and any(key.startswith("measure/") for key in urgent)

    async def _do_next(self, slot: Slot) -> bool:
        """Lease a job and see it through; False if there was none."""
        if self._wants_warm:
            self._wants_warm = False
            with suppress(WorkerDied):
                await slot.warm()
        job = await self._queue.lease(slot.name, now_utc=self._now_utc(), lease_micros=self._times.lease_micros)
        if job is None:
            return False
        is_settled = False
        try:
            outcome = await self._attempt(slot, job)
            if outcome is not None:
                await self._settle(slot, job, outcome)
                is_settled = True
        finally:
            self._progress.pop(job.key, None)
            if not is_settled:
                await self._give_back(slot, job)
            waiters = self._waiters.pop(job.key, None)
            if waiters is not None:
                waiters.ended.set()
        if slot.deaths:
            await trio.sleep(min(_LONGEST_BACKOFF_SECONDS, _SHORTEST_BACKOFF_SECONDS * 2 ** (slot.deaths - 1)))
        return True

    async def _attempt(self, slot: Slot, job: Job) -> Outcome | None:
        """The outcome of one attempt; None if the worker died or the lease was lost."""
        self._progress[job.key] = 0.0
        slot.job = job
        if isinstance(job.work, Measure | Separate):
            # The express slot looks whether it is needed now.
            self.nudge()
        outcome: Outcome | None = None

        def tell(fraction: float) -> None:
            self._progress[job.key] = fraction

        try:
            with trio.CancelScope() as deadline:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._keep_lease, slot, job, nursery.cancel_scope)
                    try:
                        await slot.warm()
                        # Starting a worker on a busy machine is no part of the job.
                        deadline.deadline = trio.current_time() + self._times.seconds_of(job.work)
                        outcome = await slot.attempt(job, tell)
                    except WorkerDied as death:
                        _log.warning(
                            "media worker died", worker=slot.name, job=job.key, attempt=job.attempts, how=str(death)
                        )
                    nursery.cancel_scope.cancel()
        finally:
            slot.job = None
        if deadline.cancelled_caught and outcome is None:
            return Failed(job.key, "out-of-time", "Working on this file takes longer than any sound file should.")
        return outcome

    async def _keep_lease(self, slot: Slot, job: Job, attempt: trio.CancelScope) -> None:
        while True:
            await trio.sleep(self._times.heartbeat_seconds)
            is_ours = await self._queue.extend(
                job.key,
                slot.name,
                now_utc=self._now_utc(),
                lease_micros=self._times.lease_micros,
                progress=self._progress.get(job.key, 0.0),
            )
            if not is_ours:
                _log.warning("media job taken over by another worker", worker=slot.name, job=job.key)
                attempt.cancel()

    async def _settle(self, slot: Slot, job: Job, outcome: Outcome) -> None:
        match outcome:
            case Failed(code=code, reason=reason):
                _log.info("media job given up", job=job.key, code=code, reason=reason)
                await self._queue.fail(job.key, slot.name, code, reason)
            case Measured() | Segmented() | Separated():
                try:
                    result = await self._kept(outcome)
                except OSError as error:
                    # A full or failing disk: another attempt at once would fare no better, and a traceback tells no more.
                    _log.error("media result cannot be kept", job=job.key, why=str(error))
                    await self._queue.fail(job.key, slot.name, "storage-full", f"The result cannot be kept: {error}")
                else:
                    await self._queue.finish(job.key, slot.name, result)
            case _:
                assert_never(outcome)

    async def _kept(self, outcome: Measured | Segmented | Separated) -> Result:
        """The result with its file in the store."""
        match outcome:
            case Segmented(path=path, byte_count=byte_count):
                return SegmentResult(await self._files.adopt(Path(path)), byte_count)
            case Separated(frames=frames, paths=paths):
                return SeparateResult(frames, {name: await self._files.adopt(Path(at)) for name, at in paths.items()})
            case Measured():
                return MeasureResult(
                    outcome.frames,
                    outcome.loudness_lufs,
                    outcome.true_peak_db,
                    await self._files.adopt(Path(outcome.peaks_path)),
                    outcome.note,
                    await self._files.adopt(Path(outcome.overview_path)),
                    await self._files.adopt(Path(outcome.detail_path)),
                    await self._files.adopt(Path(outcome.facts_path)),
                )

    async def _give_back(self, slot: Slot, job: Job) -> None:
        """End the lease now or soon, so that another attempt need not wait for it to run out."""
        # Deaths show in the slot; a lease that is given back because the pool closes is nobody's fault.
        pause = self._times.second_retry_micros if slot.deaths and job.attempts == _SECOND else 0
        with trio.move_on_after(_FAREWELL_SECONDS, shield=True):
            await self._queue.extend(job.key, slot.name, now_utc=self._now_utc(), lease_micros=pause, progress=0.0)


class _Waiters:
    """Everybody who waits for one job."""

    __slots__ = ("count", "ended", "patient")

    def __init__(self) -> None:
        self.ended = trio.Event()
        self.count = 0
        # How many of them are in no hurry.
        self.patient = 0


@asynccontextmanager
async def open_pool(
    queue: JobQueue,
    files: ResultFiles,
    *,
    workers: int,
    data: Path,
    now_utc: Callable[[], int],
    cache_bytes: int = DEFAULT_CACHE_BYTES,
    start: StartWorker = start_worker,
    times: PoolTimes = PoolTimes(),
) -> AsyncIterator[Pool]:
    """A pool that works while the context is open. Processes start with the first job; leaving ends them within a second.

    Args:
        queue: Where jobs are leased from.
        files: Where results are moved to. Must take files below `data` by rename to be fast.
        workers: Processes for ordinary work. 0: none at all, other pools on the same queue do it.
        data: Folder for decoded sound, compiled kernels and results on their way: ``pcm``, ``compiled``, ``scratch``.
        now_utc: Micros since 1970, for leases.
        cache_bytes: Bound of the decoded sound; at least 138 MB are used.
        start: Starts a process; another one in tests.
        times: Leases, polls and the longest job.

    Raises:
        ValueError: `workers` is below 0.
    """
    if workers < 0:
        raise ValueError(f"expected 0 workers or more, got {workers}")
    # Unique, so that no lease of an earlier process or another machine is mistaken for ours.
    pool_name = secrets.token_hex(6)
    folders = WorkerFolders(data / "scratch" / pool_name, data / "pcm", data / "compiled", cache_bytes)
    slots = [Slot(f"{pool_name}-{number}", folders, start) for number in range(workers + 1)]
    pool = Pool(queue, files, slots, now_utc, times)
    try:
        async with trio.open_nursery() as nursery:
            for slot in pool.slots:
                nursery.start_soon(pool.run_slot, slot)
            yield pool
            nursery.cancel_scope.cancel()
    finally:
        with trio.CancelScope(shield=True, deadline=trio.current_time() + _FAREWELL_SECONDS):
            # Some files at most, left over from jobs in the making.
            await trio.to_thread.run_sync(lambda: shutil.rmtree(folders.scratch, ignore_errors=True))
