import pytest
import trio

from hathor_rt.library.workshop import done, refusal_of
from hathor_rt.refusals import DamagedFile, StillRendering, StorageFull, TrackUnavailable, UnknownSegment
from media.jobs import Job, Measure, job_key
from sync.refusal import Refusal
from tests.fakes.shelves import Shelves

WORK = Measure("a", "/a.mp3")
KEY = job_key(WORK)


async def test_a_finished_job_is_not_asked_for_again(shelves: Shelves) -> None:
    workshop = shelves.workshop
    first = await done(workshop, WORK, KEY, priority=1)
    assert (await done(workshop, WORK, KEY, priority=1)).result == first.result
    assert workshop.attempts == {KEY: 1}
    assert len(workshop.asked) == 1


@pytest.mark.parametrize(
    ("code", "kind", "attempts"),
    [
        ("damaged-file", DamagedFile, 1),
        ("out-of-time", DamagedFile, 1),
        ("unknown-segment", UnknownSegment, 1),
        ("worker-died", DamagedFile, 2),
        ("file-missing", TrackUnavailable, 2),
        ("storage-full", StorageFull, 2),
        ("still-separating", StillRendering, 2),
    ],
)
async def test_only_what_may_go_better_next_time_is_tried_again(
    shelves: Shelves, code: str, kind: type[Refusal], attempts: int
) -> None:
    workshop = shelves.workshop
    workshop.failure = code
    for _ in range(2):
        with pytest.raises(kind, match="because"):
            await done(workshop, WORK, KEY, priority=1)
    assert workshop.attempts == {KEY: attempts}


async def test_a_job_forgotten_while_waiting_is_asked_for_again(shelves: Shelves) -> None:
    workshop = shelves.workshop
    await workshop.ask(WORK, priority=1)

    class Forgetful(type(workshop)):  # type: ignore[misc]  # the fake's own class
        """Loses the job once, as when somebody else finds its result evicted."""

        has_lost = False

        async def wait(self, key: str, *, is_patient: bool = False) -> Job:
            if not Forgetful.has_lost:
                Forgetful.has_lost = True
                await self.forget(key)
                raise KeyError(key)
            job: Job = await super().wait(key)
            return job

    forgetful = Forgetful(shelves.results)
    with trio.fail_after(1):
        assert (await done(forgetful, WORK, KEY, priority=1)).state == "done"


def test_an_unheard_of_code_is_told_as_a_damaged_file() -> None:
    job = Job(KEY, WORK, 0, "failed", 1, 0.0, None, "from-a-newer-worker", "why")
    assert isinstance(refusal_of(job), DamagedFile)
