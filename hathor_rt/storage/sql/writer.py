"""The group commit: everything that waits to be written shares one transaction, one fsync and one thread hop.

While one batch is on its way to the disk, the next gathers. So the slower the disk, the larger the batches, and a
hundred rooms cost little more than one. A unit that fails takes back its own changes alone; a disk that is full or
away fails everyone in the batch, for nothing of it was kept.

There is no task of its own: whoever finds nobody at work carries the batch, and hands the work on to the first of those
who came meanwhile.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar, cast

import outcome
import trio
from sqlalchemy import Connection, Engine

from hathor_rt.observations import Observations
from hathor_rt.refusals import StorageDown, StorageFull
from hathor_rt.storage.sql.driver import Driver, Lane
from hathor_rt.storage.sql.failures import Raced, translated

T = TypeVar("T")

# Bounds the time one batch holds the write lock; a unit of the hot path takes some 0.1 ms.
_MOST_UNITS: Final = 256

# What may wait for the disk. Beyond it callers wait to be let in, and the rooms' own bounds press back on the senders.
_MOST_WAITING: Final = 4096

# A race (deadlock between nodes) leaves nothing behind; done again alone it hardly ever meets another.
_ATTEMPTS: Final = 3

# No batch takes this long: statement and lock timeouts end each statement before. The deadline only bounds the shield.
_LONGEST_SECONDS: Final = 120


@dataclass(slots=True, eq=False)
class _Waiting:
    unit: Callable[[Connection], object]
    # The same for the driver's own connection, if that is all it needs.
    straight: Callable[[Driver], object] | None = None
    # Set when the result is there, or when it is this caller's turn to carry a batch; None: the caller does not wait.
    woken: trio.Event | None = None
    is_taken: bool = False
    result: outcome.Outcome[object] | None = None

    def wake(self) -> None:
        """Let the caller go on, if it waits."""
        if self.woken is not None:
            self.woken.set()


class Writer:
    """Runs writing units of work in the order they came, many to a transaction.

    Args:
        engine: Where to.
        observations: Told how long commits take.
    """

    def __init__(self, engine: Engine, observations: Observations | None = None) -> None:
        self._engine = engine
        self._lane = Lane(engine)
        self._observations = observations or Observations()
        self._places = trio.CapacityLimiter(_MOST_WAITING)
        self._waiting: list[_Waiting] = []
        # Invariant: somebody carries a batch, or was just woken to do so, exactly while this is True.
        self._is_carried = False

    async def write(self, unit: Callable[[Connection], T]) -> T:
        """Commit what `unit` does and return what it returned, after the commit.

        `unit` runs in a worker thread, perhaps more than once, but its effects are kept at most once. If the caller is
        cancelled before the unit is taken up, it is dropped; afterwards cancellation waits for the commit.

        Raises:
            StorageFull: The disk is full; nothing was kept.
            StorageDown: The database did not answer in time; nothing was kept.
            Conflict: The unit broke a rule of the store.
        """
        return cast("T", await self._commit_one(_Waiting(unit)))

    async def write_straight(self, unit: Callable[[Driver], T]) -> T:
        """As `write`, for what needs only the driver: half the work, if all of a batch are such units."""
        return cast("T", await self._commit_one(_Waiting(lambda connection: unit(Driver.of(connection)), unit)))

    def close(self) -> None:
        """Give the connection back. Nothing may be written meanwhile. Blocks."""
        self._lane.give_back()

    async def _commit_one(self, mine: _Waiting) -> object:
        await trio.lowlevel.checkpoint_if_cancelled()
        try:
            self._places.acquire_nowait()
        except trio.WouldBlock:
            await self._places.acquire()
        try:
            self._waiting.append(mine)
            if self._is_carried:
                await self._wait(mine)
            if mine.result is None:
                await self._carry()
        finally:
            self._places.release()
        assert mine.result is not None, "a carried batch settles everyone in it"
        return mine.result.unwrap()

    async def _wait(self, mine: _Waiting) -> None:
        woken = mine.woken = trio.Event()
        try:
            await woken.wait()
        except trio.Cancelled:
            if mine.is_taken:
                with trio.CancelScope(shield=True, deadline=trio.current_time() + _LONGEST_SECONDS):
                    await woken.wait()
            else:
                self._waiting.remove(mine)
                # The turn to carry may have come in the very moment of the cancellation.
                if woken.is_set():
                    self._hand_on()
            raise

    def _hand_on(self) -> None:
        self._is_carried = bool(self._waiting)
        if self._waiting:
            self._waiting[0].wake()

    async def _carry(self) -> None:
        """Write one batch, wake those in it, and hand the work on."""
        self._is_carried = True
        batch, self._waiting = self._waiting[:_MOST_UNITS], self._waiting[_MOST_UNITS:]
        for each in batch:
            each.is_taken = True
        results: list[outcome.Outcome[object]] | None = None
        began = trio.current_time()
        try:
            results = await _in_thread(partial(self._commit, batch))
        finally:
            self._observations.commit.note(trio.current_time() - began)
            if results is None:  # no thread could be had
                results = [_given_up() for _ in batch]
            for each, result in zip(batch, results, strict=True):
                self._observations.committed += isinstance(result, outcome.Value)
                each.result = result
                each.wake()
            self._hand_on()

    def _commit(self, batch: list[_Waiting]) -> list[outcome.Outcome[object]]:
        """In a worker thread: everything in one transaction, somehow."""
        # Failures are rare, so first without savepoints, which cost as much as the small writes they would guard.
        straight = [each.straight for each in batch if each.straight is not None]
        if len(straight) == len(batch):
            together = outcome.capture(self._transact_straight, straight)
        else:
            together = outcome.capture(self._transact, batch, with_savepoints=False)
        if isinstance(together, outcome.Error) and len(batch) > 1 and not _ends_all(together.error):
            together = outcome.capture(self._transact, batch, with_savepoints=True)
        if isinstance(together, outcome.Value):
            return together.unwrap()
        if isinstance(together.error, Raced):
            return [self._commit_alone(each) for each in batch]
        return [_same_error(together.error) for _ in batch]

    def _transact(self, batch: list[_Waiting], *, with_savepoints: bool) -> list[outcome.Outcome[object]]:
        self._lane.give_back()
        with translated(), self._engine.begin() as connection:
            if with_savepoints:
                return [_within_savepoint(connection, each.unit) for each in batch]
            return [outcome.Value(each.unit(connection)) for each in batch]

    def _transact_straight(self, units: list[Callable[[Driver], object]]) -> list[outcome.Outcome[object]]:
        with translated(), self._lane.transaction() as driver:
            return [outcome.Value(unit(driver)) for unit in units]

    def _commit_alone(self, waiting: _Waiting) -> outcome.Outcome[object]:
        for _ in range(_ATTEMPTS):
            result = outcome.capture(self._transact, [waiting], with_savepoints=False)
            if isinstance(result, outcome.Value):
                return result.unwrap()[0]
            if not isinstance(result.error, Raced):
                return outcome.Error(result.error)
        return outcome.Error(StorageDown("Other writers kept getting in the way; nothing was saved."))


async def _in_thread(work: Callable[[], T]) -> T:
    """What `work` returns, which runs in a thread of trio's. Is not cancelled: the batch is everyone's, not the carrier's.

    `trio.to_thread` costs twice as much: it gives the thread a name and a context, and counts threads, here always one.
    """
    carrier, token = trio.lowlevel.current_task(), trio.lowlevel.current_trio_token()

    def deliver(result: outcome.Outcome[T]) -> None:
        token.run_sync_soon(trio.lowlevel.reschedule, carrier, result)

    trio.lowlevel.start_thread_soon(work, deliver)
    return cast("T", await trio.lowlevel.wait_task_rescheduled(lambda _raise_cancel: trio.lowlevel.Abort.FAILED))


def _within_savepoint(connection: Connection, unit: Callable[[Connection], object]) -> outcome.Outcome[object]:
    def attempt() -> object:
        with translated():
            return unit(connection)

    savepoint = connection.begin_nested()
    result = outcome.capture(attempt)
    if isinstance(result, outcome.Value):
        savepoint.commit()
    elif _ends_all(result.error):
        # No way back to the savepoint: a full SQLite has rolled everything back by itself, and what came next would
        # be committed statement by statement.
        raise result.error
    else:
        savepoint.rollback()
    return result


def _ends_all(error: BaseException) -> bool:
    return isinstance(error, StorageFull | StorageDown | Raced)


def _given_up() -> outcome.Outcome[object]:
    return outcome.Error(StorageDown("The write was given up."))


def _same_error(error: BaseException) -> outcome.Outcome[object]:
    """Each caller gets an exception of its own: a shared one would collect everyone's traceback."""
    match error:
        case StorageFull(reason=reason):
            return outcome.Error(StorageFull(reason))
        case StorageDown(reason=reason):
            return outcome.Error(StorageDown(reason))
        case _:
            return outcome.Error(error)
