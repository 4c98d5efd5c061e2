import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from media.bend import Bend
from media.jobs import Measure, Segment, Work, job_key
from media.messages import Assignment, Deframer, Failed, Measured, Progress, Ready, Report, Segmented, framed, report
from tests.media.sounds import decode_flac, music, through_16_bit, write_sound
from tests.media.spans.recordings import whole
from tests.media.test_probe import wav_head

Ask = Callable[[Work], Report]


class Worker:
    def __init__(self, folder: Path, compiled: Path) -> None:
        self.folder = folder
        places = ["--scratch", folder / "scratch", "--cache", folder / "pcm", "--compiled", compiled]
        command = [sys.executable, "-P", "-m", "media.worker", *map(str, places), "--cache-bytes", "0"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        self._deframer = Deframer()
        self._unread: list[Report] = []

    def next_report(self) -> Report:
        assert self.process.stdout is not None
        while not self._unread:
            received = self.process.stdout.read(65_536)
            assert received, "the worker ended"
            self._unread += [report(body) for body in self._deframer.feed(received)]
        return self._unread.pop(0)

    def send(self, work: Work) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(framed(Assignment(job_key(work), work)))

    def ask(self, work: Work) -> Report:
        self.send(work)
        while isinstance(got := self.next_report(), Progress):
            assert 0 <= got.fraction <= 1
        return got

    def close(self) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        status = self.process.wait(5)
        self.process.stdout.close()
        return status


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    folder = tmp_path_factory.mktemp("worker")
    started = Worker(folder, folder / "compiled")
    assert started.next_report() == Ready(started.process.pid)
    yield started
    assert started.close() == 0


pytestmark = pytest.mark.slow


def test_kernels_are_compiled_into_the_folder_given(worker: Worker) -> None:
    assert list((worker.folder / "compiled").rglob("*.nbc"))


def test_it_measures_and_cuts(worker: Worker, tmp_path: Path) -> None:
    samples = through_16_bit(music(250_000))
    path = write_sound(tmp_path, "flac", samples)
    measured = worker.ask(Measure("a", str(path)))
    assert isinstance(measured, Measured)
    assert measured.frames == 250_000
    made = worker.ask(Segment("a", str(path), "r", "flac", 0, 1))
    assert isinstance(made, Segmented)
    assert np.array_equal(decode_flac(Path(made.path).read_bytes()), samples[:, 192_000:])


def test_a_bad_file_is_a_failed_job_and_not_the_end(worker: Worker, tmp_path: Path) -> None:
    noise = tmp_path / "noise.flac"
    noise.write_bytes(b"fLaC" + bytes(range(256)))
    failed = worker.ask(Measure("noise", str(noise)))
    assert isinstance(failed, Failed)
    assert failed.code == "damaged-file"
    path = write_sound(tmp_path, "wav", music(5_000))
    assert isinstance(worker.ask(Measure("b", str(path))), Measured)


def test_it_is_kind_to_the_event_loop(worker: Worker) -> None:
    assert os.getpriority(os.PRIO_PROCESS, worker.process.pid) - os.getpriority(os.PRIO_PROCESS, 0) == 5


def test_it_ends_in_the_middle_of_a_job_when_its_server_is_gone(worker: Worker, tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    head = wav_head(seconds=1800)
    with path.open("wb") as file:
        file.write(head)
        # A hole: half an hour of silence that costs no disk.
        file.truncate(len(head) + int.from_bytes(head[-4:], "little"))
    other = Worker(tmp_path, worker.folder / "compiled")
    assert isinstance(other.next_report(), Ready)
    other.send(Measure("long", str(path)))
    assert isinstance(other.next_report(), Progress)
    began = time.monotonic()
    assert other.close() == 0
    assert time.monotonic() - began < 1


def test_ctrl_c_in_the_terminal_is_left_to_the_server(worker: Worker, tmp_path: Path) -> None:
    worker.process.send_signal(signal.SIGINT)
    path = write_sound(tmp_path, "wav", music(5_000))
    assert isinstance(worker.ask(Measure("c", str(path))), Measured)


def test_bytes_that_are_no_message_end_it(worker: Worker, tmp_path: Path) -> None:
    other = Worker(tmp_path, worker.folder / "compiled")
    assert isinstance(other.next_report(), Ready)
    assert other.process.stdin is not None
    other.process.stdin.write(b"GET / HTTP/1.1\r\n\r\n")
    assert other.process.wait(5) == 1
    other.close()


def test_its_memory_is_bounded(worker: Worker) -> None:
    limits = Path(f"/proc/{worker.process.pid}/limits").read_text()
    assert f"Max address space         {8 * 1024**3}" in limits


def test_it_bends(worker: Worker, compiled_bends: Path, tmp_path: Path) -> None:
    samples = through_16_bit(music(192_000 * 3))
    path = write_sound(tmp_path, "flac", samples)
    bend = Bend(900, -150)
    other = Worker(tmp_path, compiled_bends)
    assert isinstance(other.next_report(), Ready)
    made = other.ask(Segment("bent", str(path), "r", "flac", 0, 2, bend))
    assert isinstance(made, Segmented)
    expected = whole(samples, bend)[:, 2 * 192_000 : 3 * 192_000] / 2
    assert np.abs(decode_flac(Path(made.path).read_bytes()) - expected).max() <= 0.5 / 32768
    assert other.close() == 0


def test_what_bends_need_is_compiled_while_plain_jobs_go_on(tmp_path: Path) -> None:
    # A folder of its own: nothing is compiled there.
    path = write_sound(tmp_path, "wav", music(5_000))
    other = Worker(tmp_path, tmp_path / "compiled")
    assert isinstance(other.next_report(), Ready)
    lock = tmp_path / "compiled" / "compiling.lock"
    while not lock.exists():
        time.sleep(0.02)  # noqa: TID251 - another process
    for number in range(10):
        assert isinstance(other.ask(Measure(f"d{number}", str(path))), Measured)
    assert not list((tmp_path / "compiled").glob("bends-*"))
    compiler = next(int(each) for each in _children(other.process.pid))
    assert other.close() == 0
    deadline = time.monotonic() + 5
    while Path(f"/proc/{compiler}").exists() and "Z" not in Path(f"/proc/{compiler}/stat").read_text().split():
        assert time.monotonic() < deadline, "the compiler outlived its worker"
        time.sleep(0.02)  # noqa: TID251 - another process


def _children(process: int) -> list[str]:
    return [
        number for task in Path(f"/proc/{process}/task").iterdir() for number in (task / "children").read_text().split()
    ]


def test_two_workers_share_one_recording_that_neither_has_read(worker: Worker, tmp_path: Path) -> None:
    samples = through_16_bit(music(192_000 * 4))
    path = write_sound(tmp_path, "flac", samples)
    pair = [Worker(tmp_path, worker.folder / "compiled") for _ in range(2)]
    for each in pair:
        assert isinstance(each.next_report(), Ready)
    for index in (0, 2):
        for offset, each in enumerate(pair):
            each.send(Segment("shared", str(path), "r", "flac", 0, index + offset))
        for offset, each in enumerate(pair):
            while isinstance(made := each.next_report(), Progress):
                pass
            assert isinstance(made, Segmented)
            first = (index + offset) * 192_000
            assert np.array_equal(decode_flac(Path(made.path).read_bytes()), samples[:, first : first + 192_000])
    assert [each.close() for each in pair] == [0, 0]
