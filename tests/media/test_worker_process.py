import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio
import trio.lowlevel

from media.jobs import Measure
from media.messages import Failed, Measured
from media.worker_process import WorkerDied, WorkerFolders, WorkerProcess


async def start_scripted(folders: WorkerFolders, name: str) -> WorkerProcess:
    """`StartWorker` for `tests/media/scripted_worker.py`."""
    command = [sys.executable, "-m", "tests.media.scripted_worker", "--scratch", str(folders.scratch / name)]
    process = await trio.lowlevel.open_process(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    return WorkerProcess(process)


def folders_in(folder: Path) -> WorkerFolders:
    return WorkerFolders(folder / "scratch", folder / "pcm", folder / "compiled", 0)


@asynccontextmanager
async def scripted(folder: Path) -> AsyncIterator[WorkerProcess]:
    process = await start_scripted(folders_in(folder), "a")
    try:
        await process.ready()
        yield process
    finally:
        await process.close()


def untold(_: float) -> None:
    """Progress nobody asked for."""


def is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


async def test_one_process_does_one_job_after_the_other(tmp_path: Path) -> None:
    async with scripted(tmp_path) as process:
        made = await process.work("measure/a", Measure("a", "finish"), untold)
        assert isinstance(made, Measured)
        assert await trio.Path(made.peaks_path).read_text() == "measure/a"
        assert await process.work("measure/b", Measure("b", "fail"), untold) == Failed(
            "measure/b", "damaged-file", "not sound"
        )
        assert isinstance(await process.work("measure/c", Measure("c", "finish"), untold), Measured)


@pytest.mark.parametrize(("what", "words"), [("die", "SIGKILL"), ("babble", "at most 1048576 bytes")])
async def test_a_process_that_dies_or_babbles_is_told_as_dead(tmp_path: Path, what: str, words: str) -> None:
    async with scripted(tmp_path) as process:
        with pytest.raises(WorkerDied, match=words):
            await process.work("measure/a", Measure("a", what), untold)


async def test_progress_is_passed_on(tmp_path: Path) -> None:
    async with scripted(tmp_path) as process:
        with trio.CancelScope() as scope:

            def tell(fraction: float) -> None:
                assert fraction == 0.5
                scope.cancel()

            await process.work("measure/a", Measure("a", "hang"), tell)
        assert scope.cancelled_caught


async def test_closing_ends_a_process_in_the_middle_of_its_work(tmp_path: Path) -> None:
    async with scripted(tmp_path) as process:
        with trio.move_on_after(0.05):
            await process.work("measure/a", Measure("a", "hang"), untold)
        assert is_alive(process.process_id)
    assert not is_alive(process.process_id)


async def test_closing_is_not_stopped_by_cancellation(tmp_path: Path) -> None:
    with trio.CancelScope() as scope:
        async with scripted(tmp_path) as process:
            scope.cancel()
            await trio.lowlevel.checkpoint()
    assert not is_alive(process.process_id)


async def test_a_stopped_process_is_ended_as_well(tmp_path: Path) -> None:
    async with scripted(tmp_path) as process:
        os.kill(process.process_id, signal.SIGSTOP)
    assert not is_alive(process.process_id)
