"""What every job queue promises."""

from dataclasses import replace

import trio

from hathor_rt.storage.ports import Storage
from media.jobs import Job, Measure, MeasureResult, SegmentResult, Separate, SeparateResult, job_key
from tests.conformance.records import segment

LEASE = 1_000


def _waiting(priority: int = 5, index: int = 0) -> Job:
    work = segment(index)
    return Job(job_key(work), work, priority, "waiting", 0, 0.0, None, "", "")


async def _lease(storage: Storage, worker: str, now_utc: int) -> Job | None:
    return await storage.jobs.lease(worker, now_utc=now_utc, lease_micros=LEASE)


class AskSuite:
    """Asking for jobs."""

    async def test_a_job_waits_once_however_many_ask(self, storage: Storage) -> None:
        assert await storage.jobs.ask(segment(), priority=5, now_utc=1) == _waiting()
        assert await storage.jobs.ask(segment(), priority=9, now_utc=2) == _waiting()
        assert await storage.jobs.get(job_key(segment())) == _waiting()
        assert await _lease(storage, "w", 3) is not None
        assert await _lease(storage, "w", 3) is None

    async def test_the_more_urgent_priority_stays(self, storage: Storage) -> None:
        await storage.jobs.ask(segment(), priority=5, now_utc=1)
        assert (await storage.jobs.ask(segment(), priority=2, now_utc=2)).priority == 2
        assert (await storage.jobs.ask(segment(), priority=7, now_utc=3)).priority == 2

    async def test_the_newest_path_is_used(self, storage: Storage) -> None:
        await storage.jobs.ask(segment(path="/old.flac"), priority=5, now_utc=1)
        moved = segment(path="/music/caf\udce9.flac")
        assert (await storage.jobs.ask(moved, priority=5, now_utc=2)).work == moved
        leased = await _lease(storage, "w", 3)
        assert leased is not None
        assert leased.work == moved

    async def test_many_are_asked_for_at_once(self, storage: Storage) -> None:
        measure = Measure("source", "/music/a.flac")
        await storage.jobs.ask_many([(segment(0), 5), (measure, 1), (segment(0), 3), (segment(1), 4)], now_utc=1)
        order = [await _lease(storage, "w", 2) for _ in range(3)]
        assert [job.work for job in order if job is not None] == [measure, segment(0), segment(1)]
        await storage.jobs.ask_many([], now_utc=2)

    async def test_an_unknown_job_is_none(self, storage: Storage) -> None:
        assert await storage.jobs.get("segment/none/0") is None


class LeaseOrderSuite:
    """Handing out."""

    async def test_urgent_before_old_before_asked_later(self, storage: Storage) -> None:
        for index, priority, at in ((0, 5, 10), (1, 5, 9), (2, 1, 11), (3, 5, 10)):
            await storage.jobs.ask(segment(index), priority=priority, now_utc=at)
        order = [await _lease(storage, "w", 20) for _ in range(5)]
        assert [None if job is None else job.work for job in order] == [
            segment(2),
            segment(1),
            segment(0),
            segment(3),
            None,
        ]

    async def test_no_two_workers_get_one_job(self, storage: Storage) -> None:
        await storage.jobs.ask_many([(segment(index), 5) for index in range(10)], now_utc=1)
        handed: list[str] = []

        async def work(worker: str) -> None:
            while (job := await _lease(storage, worker, 2)) is not None:
                handed.append(job.key)

        async with trio.open_nursery() as nursery:
            for number in range(4):
                nursery.start_soon(work, f"w{number}")
        assert len(handed) == len(set(handed)) == 10

    async def test_a_lease_that_ran_out_is_handed_on(self, storage: Storage) -> None:
        await storage.jobs.ask(segment(), priority=5, now_utc=1)
        assert await _lease(storage, "a", 100) == replace(_waiting(), state="leased", attempts=1)
        assert await _lease(storage, "b", 100 + LEASE - 1) is None
        assert await _lease(storage, "b", 100 + LEASE) == replace(_waiting(), state="leased", attempts=2)
        assert not await storage.jobs.finish(job_key(segment()), "a", SegmentResult("blob", 1))

    async def test_a_heartbeat_keeps_the_lease(self, storage: Storage) -> None:
        await storage.jobs.ask(segment(), priority=5, now_utc=1)
        await _lease(storage, "a", 100)
        key = job_key(segment())
        assert await storage.jobs.extend(key, "a", now_utc=1_000, lease_micros=LEASE, progress=0.5)
        assert await _lease(storage, "b", 1_500) is None
        job = await storage.jobs.get(key)
        assert job is not None
        assert job.progress == 0.5
        assert not await storage.jobs.extend(key, "b", now_utc=1_000, lease_micros=LEASE, progress=0.6)

    async def test_the_third_lease_that_runs_out_ends_the_job(self, storage: Storage) -> None:
        await storage.jobs.ask(segment(), priority=5, now_utc=1)
        for number in range(3):
            job = await _lease(storage, f"w{number}", 100 + number * LEASE)
            assert job is not None
            assert job.attempts == number + 1
        assert await _lease(storage, "w3", 100 + 3 * LEASE) is None
        ended = await storage.jobs.get(job_key(segment()))
        assert ended is not None
        assert (ended.state, ended.failure_code) == ("failed", "worker-died")
        assert ended.failure_reason

    async def test_what_kills_workers_is_set_aside_for_an_hour(self, storage: Storage) -> None:
        await storage.jobs.ask(segment(), priority=5, now_utc=1)
        for number in range(3):
            await _lease(storage, f"w{number}", 100 + number * LEASE)
        ended_at = 100 + 3 * LEASE
        assert await _lease(storage, "w3", ended_at) is None
        hour = 3_600_000_000
        assert (await storage.jobs.ask(segment(), priority=0, now_utc=ended_at + hour - 1)).state == "failed"
        await storage.jobs.ask_many([(segment(), 0)], now_utc=ended_at + hour - 1)
        assert await _lease(storage, "w3", ended_at + hour - 1) is None
        again = await storage.jobs.ask(segment(), priority=5, now_utc=ended_at + hour)
        assert (again.state, again.attempts, again.failure_code) == ("waiting", 0, "")

    async def test_what_failed_for_another_reason_may_be_asked_for_at_once(self, storage: Storage) -> None:
        await storage.jobs.ask(segment(), priority=5, now_utc=1)
        await storage.jobs.lease("a", now_utc=2, lease_micros=10**9)
        assert await storage.jobs.fail(job_key(segment()), "a", "storage-full", "No room.")
        assert (await storage.jobs.ask(segment(), priority=5, now_utc=3)).state == "waiting"


class EndSuite:
    """Results, failures and forgetting."""

    async def test_a_result_is_published_once(self, storage: Storage) -> None:
        await storage.jobs.ask(segment(), priority=5, now_utc=1)
        await _lease(storage, "a", 2)
        key = job_key(segment())
        assert await storage.jobs.finish(key, "a", SegmentResult("blob", 17))
        assert not await storage.jobs.finish(key, "a", SegmentResult("other", 18))
        done = replace(_waiting(), state="done", attempts=1, progress=1.0, result=SegmentResult("blob", 17))
        assert await storage.jobs.get(key) == done
        assert await storage.jobs.ask(segment(), priority=0, now_utc=3) == done
        assert await _lease(storage, "b", 10_000) is None

    async def test_a_measurement_comes_back_as_it_was(self, storage: Storage) -> None:
        work = Measure("source", "/music/a.flac")
        await storage.jobs.ask(work, priority=5, now_utc=1)
        await _lease(storage, "a", 2)
        result = MeasureResult(48_000, -14.123456789, None, "peaks", "truncated")
        assert await storage.jobs.finish(job_key(work), "a", result)
        done = await storage.jobs.get(job_key(work))
        assert done is not None
        assert done.result == result

    async def test_stems_come_back_as_they_were(self, storage: Storage) -> None:
        work = Separate("source", "/music/caf\udce9.flac", "tiny", "tiny@0123", "/models", takes_pickled=True)
        assert (await storage.jobs.ask(work, priority=5, now_utc=1)).work == work
        await _lease(storage, "a", 2)
        result = SeparateResult(48_000, {"drums": "blob one", "vocals": "blob two"})
        assert await storage.jobs.finish(job_key(work), "a", result)
        done = await storage.jobs.get(job_key(work))
        assert done is not None
        assert done.result == result

    async def test_a_failure_tells_why_and_asking_again_tries_anew(self, storage: Storage) -> None:
        await storage.jobs.ask(segment(), priority=5, now_utc=1)
        await _lease(storage, "a", 2)
        key = job_key(segment())
        assert not await storage.jobs.fail(key, "b", "damaged-file", "No.")
        assert await storage.jobs.fail(key, "a", "damaged-file", "Not a sound.")
        failed = await storage.jobs.get(key)
        assert failed is not None
        assert (failed.state, failed.failure_code, failed.failure_reason) == ("failed", "damaged-file", "Not a sound.")
        assert await _lease(storage, "b", 10_000) is None
        assert await storage.jobs.ask(segment(), priority=7, now_utc=3) == _waiting()

    async def test_jobs_are_counted_by_state(self, storage: Storage) -> None:
        assert sum((await storage.jobs.counts()).values()) == 0
        await storage.jobs.ask_many([(segment(index), 5) for index in range(4)], now_utc=1)
        await _lease(storage, "a", 2)
        leased = await _lease(storage, "b", 2)
        assert leased is not None
        assert await storage.jobs.fail(leased.key, "b", "damaged-file", "No.")
        assert {state: count for state, count in (await storage.jobs.counts()).items() if count} == {
            "waiting": 2,
            "leased": 1,
            "failed": 1,
        }

    async def test_a_forgotten_job_is_made_anew(self, storage: Storage) -> None:
        await storage.jobs.ask_many([(segment(index), 5) for index in range(3)], now_utc=1)
        await _lease(storage, "a", 2)
        await storage.jobs.forget([job_key(segment(0)), job_key(segment(1)), "segment/none/0"])
        assert await storage.jobs.get(job_key(segment(0))) is None
        assert not await storage.jobs.extend(job_key(segment(0)), "a", now_utc=3, lease_micros=LEASE, progress=0.1)
        assert await storage.jobs.get(job_key(segment(2))) == _waiting(index=2)
        assert await storage.jobs.ask(segment(0), priority=5, now_utc=4) == _waiting()


class JobSuite(AskSuite, LeaseOrderSuite, EndSuite):
    """All of it."""
