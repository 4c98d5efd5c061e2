"""The corpus of damaged files, thinned; all of it in `make fuzz`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from loadtests.fuzz.damaged_sound import endure
from media.messages import Ready
from tests.media.damage import corpus
from tests.media.sounds import FORMATS
from tests.media.test_worker import Worker

pytestmark = pytest.mark.slow
THIN = 12


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Worker]:
    started = Worker(tmp_path / "worker", tmp_path / "compiled")
    assert started.next_report() == Ready(started.process.pid)
    yield started
    assert started.close() == 0


def test_every_damaged_file_is_measured_or_refused_and_harms_no_other(worker: Worker, tmp_path: Path) -> None:
    outcomes = endure(corpus(tmp_path, thin=THIN), worker.ask, worker.process.pid, tmp_path / "files")
    assert set(outcomes) == {"measured", "damaged-file"}
    assert min(outcomes.values()) > 30
    # What was refused left nothing behind.
    assert list((tmp_path / "worker" / "scratch").iterdir()) == []


def test_the_corpus_is_the_same_every_time_and_knows_every_format(tmp_path: Path) -> None:
    names = [damaged.name for damaged in corpus(tmp_path, thin=THIN)]
    assert len(set(names)) == len(names)
    for format_ in FORMATS:
        for kind in ("truncated", "flipped bits", "absurd head", "zeroed", "shuffled"):
            assert any(name.startswith(f"{format_}, {kind}") for name in names), (format_, kind)
