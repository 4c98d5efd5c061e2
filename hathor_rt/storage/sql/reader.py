"""Reads, side by side in worker threads."""

from collections.abc import Callable
from typing import TypeVar

import trio
from sqlalchemy import Connection, Engine

from hathor_rt.storage.sql.engines import READERS
from hathor_rt.storage.sql.failures import translated

T = TypeVar("T")


class Reader:
    """Runs reading units of work, each in one thread hop and one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._limiter = trio.CapacityLimiter(READERS)

    async def read(self, unit: Callable[[Connection], T]) -> T:
        """What `unit` returns. Sees everything whose write has returned.

        Raises:
            StorageDown: The database did not answer in time.
        """
        return await trio.to_thread.run_sync(self._run, unit, limiter=self._limiter)

    def _run(self, unit: Callable[[Connection], T]) -> T:
        with translated(), self._engine.begin() as connection:
            return unit(connection)
