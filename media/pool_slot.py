"""A place in the pool for one worker process, which is started when needed and replaced after its death."""

from collections.abc import Callable
from contextlib import AsyncExitStack

from media.jobs import Job
from media.worker_process import Outcome, StartWorker, WorkerFolders, WorkerProcess


class Slot:
    """At most one process and at most one job.

    Attributes:
        name: Holder of leases and name of the scratch folder; unique among all pools on the queue.
        job: What is being worked on; set by the pool.
        deaths: Processes lost since the last outcome.
    """

    def __init__(self, name: str, folders: WorkerFolders, start: StartWorker) -> None:
        self.name = name
        self.job: Job | None = None
        self.deaths = 0
        self._folders = folders
        self._start = start
        self._process: WorkerProcess | None = None

    @property
    def process_id(self) -> int | None:
        """Of the living process, if there is one."""
        return self._process.process_id if self._process is not None else None

    async def warm(self) -> WorkerProcess:
        """Have a process that is ready for a job. Raises `WorkerDied`."""
        if self._process is not None:
            return self._process
        process = await self._start(self._folders, self.name)
        self._process = process
        async with AsyncExitStack() as on_failure:
            on_failure.push_async_callback(self._lose)
            await process.ready()
            on_failure.pop_all()
        return process

    async def attempt(self, job: Job, tell: Callable[[float], None]) -> Outcome:
        """Do `job` once. A cancelled attempt ends the process, as nothing else stops it.

        Raises:
            WorkerDied: There is no outcome; the next attempt starts another process.
        """
        process = await self.warm()
        async with AsyncExitStack() as on_failure:
            on_failure.push_async_callback(self._lose)
            outcome = await process.work(job.key, job.work, tell)
            on_failure.pop_all()
        self.deaths = 0
        return outcome

    async def close(self) -> None:
        """End the process. Not stopped by cancellation; takes a second at most."""
        process, self._process = self._process, None
        if process is not None:
            await process.close()

    async def _lose(self) -> None:
        if self._process is not None:
            self.deaths += 1
            await self.close()
