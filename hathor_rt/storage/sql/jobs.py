"""The job queue in a table, leased by any number of workers on any number of machines."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, and_, case, delete, func, or_, select, update

from hathor_rt.storage.sql.portions import portions
from hathor_rt.storage.sql.reader import Reader
from hathor_rt.storage.sql.tables import jobs
from hathor_rt.storage.sql.upserts import upsert
from hathor_rt.storage.sql.writer import Writer
from hathor_rt.storage.worker_death import MOST_ATTEMPTS, SET_ASIDE_MICROS, WORKER_DIED, WORKER_DIED_REASON
from media.jobs import Job, Result, Work, job_key


class SqlJobs:
    """`JobQueue` in a table."""

    def __init__(self, reader: Reader, writer: Writer) -> None:
        self._reader = reader
        self._writer = writer

    async def ask(self, work: Work, *, priority: int, now_utc: int) -> Job:
        """See `JobQueue.ask`."""
        key = job_key(work)
        # A hundred listeners ask for one segment: only the first costs a write.
        known = await self.get(key)
        if known is not None and _is_satisfied(known, work, priority):
            return known

        def unit(connection: Connection) -> Job:
            _ask(connection, [(work, priority)], now_utc)
            return _job(connection.execute(select(jobs).where(jobs.c.key == key)).one())

        return await self._writer.write(unit)

    async def ask_many(self, works: Sequence[tuple[Work, int]], *, now_utc: int) -> None:
        """See `JobQueue.ask_many`."""
        if wanted := tuple(works):
            await self._writer.write(lambda connection: _ask(connection, wanted, now_utc))

    async def lease(self, worker: str, *, now_utc: int, lease_micros: int) -> Job | None:
        """See `JobQueue.lease`."""
        # Idle workers ask all the time; nothing to do costs them no write lock.
        if not await self._reader.read(lambda connection: _has_work(connection, now_utc)):
            return None
        return await self._writer.write(lambda connection: _lease(connection, worker, now_utc, lease_micros))

    async def extend(self, key: str, worker: str, *, now_utc: int, lease_micros: int, progress: float) -> bool:
        """See `JobQueue.extend`."""
        return await self._change(key, worker, lease_until=now_utc + lease_micros, progress=progress)

    async def finish(self, key: str, worker: str, result: Result) -> bool:
        """See `JobQueue.finish`."""
        return await self._change(key, worker, state="done", progress=1.0, result=_text(result), worker="")

    async def fail(self, key: str, worker: str, code: str, reason: str) -> bool:
        """See `JobQueue.fail`."""
        why = {"failure_code": code, "failure_reason": reason}
        return await self._change(key, worker, state="failed", worker="", lease_until=0, **why)

    async def _change(self, key: str, holder: str, **values: object) -> bool:
        held = (jobs.c.key == key) & (jobs.c.state == "leased") & (jobs.c.worker == holder)
        change = update(jobs).where(held).values(values)
        return await self._writer.write(lambda connection: connection.execute(change).rowcount == 1)

    async def get(self, key: str) -> Job | None:
        """See `JobQueue.get`."""
        found = select(jobs).where(jobs.c.key == key)
        row = await self._reader.read(lambda connection: connection.execute(found).one_or_none())
        return None if row is None else _job(row)

    async def counts(self) -> Mapping[str, int]:
        """See `JobQueue.counts`."""
        by_state = select(jobs.c.state, func.count().label("jobs")).group_by(jobs.c.state)
        return await self._reader.read(lambda connection: {row.state: row.jobs for row in connection.execute(by_state)})

    async def forget(self, keys: Sequence[str]) -> None:
        """See `JobQueue.forget`."""
        gone = tuple(keys)

        def unit(connection: Connection) -> None:
            for some in portions(gone):
                connection.execute(delete(jobs).where(jobs.c.key.in_(some)))

        await self._writer.write(unit)


def _is_satisfied(job: Job, work: Work, priority: int) -> bool:
    """Whether asking again changes nothing."""
    match job.state:
        case "done":
            return True
        case "leased":
            return job.priority <= priority
        case "waiting":
            return job.priority <= priority and job.work == work
        case "failed":
            return False


def _ask(connection: Connection, works: Sequence[tuple[Work, int]], now_utc: int) -> None:
    insert = upsert(connection, jobs)
    new = insert.excluded
    # The lease of a failed job tells until when it is set aside.
    had_failed = and_(jobs.c.state == "failed", jobs.c.lease_until <= now_utc)
    is_open = or_(jobs.c.state == "waiting", had_failed)
    # The right-hand sides see the row as it was, so their order does not matter.
    change = insert.on_conflict_do_update(
        index_elements=["key"],
        set_={
            "priority": case((new.priority < jobs.c.priority, new.priority), else_=jobs.c.priority),
            # The newest wish knows best where the source lies now.
            "work": case((is_open, new.work), else_=jobs.c.work),
            "state": case((had_failed, "waiting"), else_=jobs.c.state),
            "asked_utc": case((had_failed, new.asked_utc), else_=jobs.c.asked_utc),
            "attempts": case((had_failed, 0), else_=jobs.c.attempts),
            "progress": case((had_failed, 0.0), else_=jobs.c.progress),
            "failure_code": case((had_failed, ""), else_=jobs.c.failure_code),
            "failure_reason": case((had_failed, ""), else_=jobs.c.failure_reason),
        },
        where=jobs.c.state != "done",
    )
    connection.execute(change, [_new_row(work, priority, now_utc) for work, priority in works])


def _new_row(work: Work, priority: int, now_utc: int) -> dict[str, object]:
    return {
        "key": job_key(work),
        "work": _text(work),
        "priority": priority,
        "asked_utc": now_utc,
        "state": "waiting",
        "attempts": 0,
        "worker": "",
        "lease_until": 0,
        "progress": 0.0,
        "result": None,
        "failure_code": "",
        "failure_reason": "",
    }


def _has_lapsed(now_utc: int) -> ColumnElement[bool]:
    return and_(jobs.c.state == "leased", jobs.c.lease_until <= now_utc)


def _has_work(connection: Connection, now_utc: int) -> bool:
    either = or_(jobs.c.state == "waiting", _has_lapsed(now_utc))
    return connection.execute(select(jobs.c.number).where(either).limit(1)).first() is not None


def _lease(connection: Connection, worker: str, now_utc: int, lease_micros: int) -> Job | None:
    _take_back(connection, now_utc)
    next_one = (
        select(jobs)
        .where(jobs.c.state == "waiting")
        .order_by(jobs.c.priority, jobs.c.asked_utc, jobs.c.number)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = connection.execute(next_one).one_or_none()
    if row is None:
        return None
    mine = jobs.c.number == row.number
    leased = {
        "state": "leased",
        "attempts": row.attempts + 1,
        "progress": 0.0,
        "worker": worker,
        "lease_until": now_utc + lease_micros,
    }
    connection.execute(update(jobs).where(mine).values(leased))
    return _job(connection.execute(select(jobs).where(mine)).one())


def _take_back(connection: Connection, now_utc: int) -> None:
    """Put jobs of silent workers back in line, or give them up."""
    lapsed = select(jobs.c.number).where(_has_lapsed(now_utc)).with_for_update(skip_locked=True)
    is_hopeless = jobs.c.attempts >= MOST_ATTEMPTS
    connection.execute(
        update(jobs)
        .where(jobs.c.number.in_(lapsed))
        .values(
            worker="",
            state=case((is_hopeless, "failed"), else_="waiting"),
            failure_code=case((is_hopeless, WORKER_DIED), else_=""),
            failure_reason=case((is_hopeless, WORKER_DIED_REASON), else_=""),
            lease_until=case((is_hopeless, now_utc + SET_ASIDE_MICROS), else_=0),
        )
    )


def _text(record: Work | Result) -> str:
    # The standard encoder writes what is no Unicode as escapes: a path may hold such bytes, and msgspec refuses them.
    return json.dumps(msgspec.to_builtins(record))


def _job(row: Row[Any]) -> Job:
    work: Work = msgspec.convert(json.loads(row.work), Work)
    result: Result | None = None if row.result is None else msgspec.convert(json.loads(row.result), Result)
    return Job(
        row.key,
        work,
        row.priority,
        row.state,
        row.attempts,
        row.progress,
        result,
        row.failure_code,
        row.failure_reason,
    )
