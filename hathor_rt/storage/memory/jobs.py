"""The job queue in memory."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import trio

from hathor_rt.storage.worker_death import MOST_ATTEMPTS, SET_ASIDE_MICROS, WORKER_DIED, WORKER_DIED_REASON
from media.jobs import Job, Result, Work, job_key


@dataclass(slots=True)
class _Kept:
    job: Job
    asked_utc: int
    number: int
    worker: str = ""
    lease_until: int = 0
    """Of a failed job: until when it is set aside."""


class MemoryJobs:
    """`JobQueue` without threads."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}
        self._numbers = 0

    async def ask(self, work: Work, *, priority: int, now_utc: int) -> Job:
        """See `JobQueue.ask`."""
        await trio.lowlevel.checkpoint()
        return self._ask(work, priority, now_utc)

    async def ask_many(self, works: Sequence[tuple[Work, int]], *, now_utc: int) -> None:
        """See `JobQueue.ask_many`."""
        await trio.lowlevel.checkpoint()
        for work, priority in works:
            self._ask(work, priority, now_utc)

    def _ask(self, work: Work, priority: int, now_utc: int) -> Job:
        key = job_key(work)
        kept = self._kept.get(key)
        if kept is None:
            self._numbers += 1
            fresh = Job(key, work, priority, "waiting", 0, 0.0, None, "", "")
            kept = self._kept[key] = _Kept(fresh, now_utc, self._numbers)
        elif kept.job.state == "failed" and kept.lease_until <= now_utc:
            kept.job = Job(key, work, min(priority, kept.job.priority), "waiting", 0, 0.0, None, "", "")
            kept.asked_utc = now_utc
        elif kept.job.state == "waiting":
            # The newest wish knows best where the source lies now.
            kept.job = replace(kept.job, work=work, priority=min(priority, kept.job.priority))
        elif kept.job.state == "leased":
            kept.job = replace(kept.job, priority=min(priority, kept.job.priority))
        return kept.job

    async def lease(self, worker: str, *, now_utc: int, lease_micros: int) -> Job | None:
        """See `JobQueue.lease`."""
        await trio.lowlevel.checkpoint()
        self._take_back(now_utc)
        waiting = [kept for kept in self._kept.values() if kept.job.state == "waiting"]
        if not waiting:
            return None
        kept = min(waiting, key=lambda each: (each.job.priority, each.asked_utc, each.number))
        kept.job = replace(kept.job, state="leased", attempts=kept.job.attempts + 1, progress=0.0)
        kept.worker, kept.lease_until = worker, now_utc + lease_micros
        return kept.job

    def _take_back(self, now_utc: int) -> None:
        for kept in self._kept.values():
            if kept.job.state != "leased" or kept.lease_until > now_utc:
                continue
            kept.worker = ""
            if kept.job.attempts < MOST_ATTEMPTS:
                kept.job = replace(kept.job, state="waiting")
            else:
                kept.job = replace(
                    kept.job, state="failed", failure_code=WORKER_DIED, failure_reason=WORKER_DIED_REASON
                )
                kept.lease_until = now_utc + SET_ASIDE_MICROS

    async def extend(self, key: str, worker: str, *, now_utc: int, lease_micros: int, progress: float) -> bool:
        """See `JobQueue.extend`."""
        await trio.lowlevel.checkpoint()
        kept = self._leased(key, worker)
        if kept is None:
            return False
        kept.job = replace(kept.job, progress=progress)
        kept.lease_until = now_utc + lease_micros
        return True

    def _leased(self, key: str, worker: str) -> _Kept | None:
        kept = self._kept.get(key)
        if kept is None or kept.job.state != "leased" or kept.worker != worker:
            return None
        return kept

    async def finish(self, key: str, worker: str, result: Result) -> bool:
        """See `JobQueue.finish`."""
        await trio.lowlevel.checkpoint()
        kept = self._leased(key, worker)
        if kept is None:
            return False
        kept.job = replace(kept.job, state="done", progress=1.0, result=result)
        kept.worker = ""
        return True

    async def fail(self, key: str, worker: str, code: str, reason: str) -> bool:
        """See `JobQueue.fail`."""
        await trio.lowlevel.checkpoint()
        kept = self._leased(key, worker)
        if kept is None:
            return False
        kept.job = replace(kept.job, state="failed", failure_code=code, failure_reason=reason)
        kept.worker, kept.lease_until = "", 0
        return True

    async def get(self, key: str) -> Job | None:
        """See `JobQueue.get`."""
        await trio.lowlevel.checkpoint()
        kept = self._kept.get(key)
        return kept.job if kept is not None else None

    async def counts(self) -> Mapping[str, int]:
        """See `JobQueue.counts`."""
        await trio.lowlevel.checkpoint()
        return Counter(kept.job.state for kept in self._kept.values())

    async def forget(self, keys: Sequence[str]) -> None:
        """See `JobQueue.forget`."""
        await trio.lowlevel.checkpoint()
        for key in keys:
            self._kept.pop(key, None)
