from pathlib import Path

import pytest
import trio

from media.jobs import Job, Measure
from media.messages import Measured
from media.pool_slot import Slot
from media.worker_process import WorkerDied
from tests.media.test_worker_process import folders_in, start_scripted, untold


def job(what: str) -> Job:
    return Job("measure/a", Measure("a", what), 0, "leased", 1, 0.0, None, "", "")


def slot_in(folder: Path) -> Slot:
    return Slot("a", folders_in(folder), start_scripted)


async def test_a_process_is_started_by_the_first_job_and_kept_for_the_next(tmp_path: Path) -> None:
    slot = slot_in(tmp_path)
    processes = [slot.process_id]
    assert isinstance(await slot.attempt(job("finish"), untold), Measured)
    processes.append(slot.process_id)
    assert isinstance(await slot.attempt(job("finish"), untold), Measured)
    processes.append(slot.process_id)
    await slot.close()
    processes.append(slot.process_id)
    before, first, second, after = processes
    assert before is None
    assert first is not None
    assert first == second
    assert after is None


async def test_deaths_are_counted_until_something_succeeds(tmp_path: Path) -> None:
    slot = slot_in(tmp_path)
    for deaths in (1, 2):
        with pytest.raises(WorkerDied):
            await slot.attempt(job("die"), untold)
        assert (slot.deaths, slot.process_id) == (deaths, None)
    await slot.attempt(job("finish"), untold)
    assert slot.deaths == 0
    await slot.close()


async def test_a_cancelled_attempt_leaves_no_process_behind(tmp_path: Path) -> None:
    slot = slot_in(tmp_path)
    await slot.warm()
    with trio.move_on_after(0.05):
        await slot.attempt(job("hang"), untold)
    assert slot.process_id is None


async def test_warming_up_twice_starts_one_process(tmp_path: Path) -> None:
    slot = slot_in(tmp_path)
    assert await slot.warm() is await slot.warm()
    await slot.close()
