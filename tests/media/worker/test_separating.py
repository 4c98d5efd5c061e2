"""A worker that separates, with the model that comes along: `make test-stems`."""

from pathlib import Path

import numpy as np
import pytest

from media.decode import Decoding
from media.jobs import Separate
from media.messages import Progress, Ready, Separated
from media.stem_models import OUR_MODEL, model_identity
from tests.media.sounds import music, through_16_bit, write_sound
from tests.media.test_worker import Worker

pytestmark = [pytest.mark.stems, pytest.mark.slow]


def started(folder: Path) -> Worker:
    worker = Worker(folder / "worker", folder / "compiled")
    assert worker.next_report() == Ready(worker.process.pid)
    return worker


def test_a_worker_goes_on_where_a_killed_one_left_off(tmp_path: Path) -> None:
    samples = through_16_bit(music(30 * 48_000))
    path = write_sound(tmp_path, "flac", samples)
    work = Separate("song", str(path), OUR_MODEL, model_identity(OUR_MODEL, tmp_path), str(tmp_path))
    first = started(tmp_path)
    first.send(work)
    reached = 0.0
    while reached < 0.2:
        told = first.next_report()
        assert isinstance(told, Progress)
        reached = told.fraction
    first.process.kill()
    assert first.close() < 0
    (unfinished,) = (tmp_path / "worker" / "unfinished-stems").iterdir()
    # Four stems of two channels of 32-bit floats.
    assert unfinished.stat().st_size >= 0.2 * 30 * 48_000 * 4 * 2 * 4
    second = started(tmp_path)
    second.send(work)
    while isinstance(told := second.next_report(), Progress):
        assert told.fraction >= reached
    assert isinstance(told, Separated)
    assert not unfinished.exists()
    assert list(told.paths) == ["drums", "bass", "other", "vocals"]
    stems = [np.concatenate([block.samples for block in Decoding(Path(at)).blocks()], 1) for at in told.paths.values()]
    assert all(stem.shape == samples.shape for stem in stems)
    assert np.abs(2 * np.sum(stems, axis=0) - samples).max() <= 2.0**-20
    assert all(np.std(stem) > 0 for stem in stems)
    # The process lives on; what the model needed it does not keep.
    status = Path(f"/proc/{second.process.pid}/status").read_text()
    kilobytes = {line.split()[0]: int(line.split()[1]) for line in status.splitlines() if line.startswith("Vm")}
    assert kilobytes["VmRSS:"] < kilobytes["VmHWM:"] - 100_000
    assert second.close() == 0
