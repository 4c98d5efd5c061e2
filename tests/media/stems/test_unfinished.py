import os
import threading  # noqa: TID251  # two processes of a worker, in small
import time
from pathlib import Path

import numpy as np
import pytest

from media.encode import through_24_bit
from media.pcm import Samples
from media.problem import MediaProblem
from media.stems.unfinished import STEM_GAIN, Unfinished, UnfinishedStem, unfinished
from media.unfinished_stems import Head, look
from tests.media.stems.fakes import noise

HEAD = Head(["a", "b", "c"], 5000)


def stems_of(frames: int) -> Samples:
    return np.stack([noise(5000, seed)[:, :frames] for seed in range(3)])


def whole(file: Unfinished, frames: int = 700) -> Samples:
    return np.concatenate(list(file.blocks(frames)), axis=-1)


def killed(folder: Path, frames: int, extra_bytes: int = 0, head: Head = HEAD) -> Path:
    """What a process leaves that was killed after `frames` frames."""
    path = folder / "job.stems"
    with path.open("a+b") as file:
        Unfinished(file, head).append(stems_of(frames))
        file.write(b"x" * extra_bytes)
    return path


def test_what_was_separated_is_read_in_any_portions(tmp_path: Path) -> None:
    stems = stems_of(5000)
    with unfinished(tmp_path / "job.stems", HEAD) as file:
        for first in range(0, 5000, 1234):
            file.append(stems[..., first : first + 1234])
        assert file.frames == 5000
        assert look(tmp_path / "job.stems") == (HEAD, 5000)
        for frames in (999, 5000, 9000):
            assert np.array_equal(whole(file, frames), stems)
    assert list(tmp_path.iterdir()) == []


def test_a_killed_process_leaves_whole_frames(tmp_path: Path) -> None:
    with unfinished(killed(tmp_path, 1000, extra_bytes=17), HEAD) as file:
        assert file.frames == 1000
        file.append(stems_of(1500)[..., 1000:])
        assert np.array_equal(whole(file), stems_of(1500))


@pytest.mark.parametrize("other", [Head(["a", "b", "d"], 5000), Head(["a", "b", "c"], 4999)])
def test_what_was_to_be_something_else_is_dropped(tmp_path: Path, other: Head) -> None:
    with unfinished(killed(tmp_path, 1000), other) as file:
        assert file.frames == 0
        file.append(stems_of(20))
        assert np.array_equal(whole(file), stems_of(20))


def test_an_exception_leaves_nothing(tmp_path: Path) -> None:
    def fill() -> None:
        with unfinished(tmp_path / "job.stems", HEAD) as file:
            file.append(stems_of(10))
            raise OSError(28, "the disk is full")

    with pytest.raises(OSError, match="full"):
        fill()
    assert list(tmp_path.iterdir()) == []


def test_what_nobody_asked_for_since_yesterday_goes(tmp_path: Path) -> None:
    old, young = tmp_path / "old.stems", tmp_path / "young.stems"
    for path in (old, young):
        path.touch()
    yesterday = time.time() - 25 * 3600
    os.utime(old, (yesterday, yesterday))
    with unfinished(tmp_path / "job.stems", HEAD):
        assert not old.exists()
        assert young.exists()


def test_one_process_at_a_time_has_it(tmp_path: Path) -> None:
    order: list[str] = []

    def second() -> None:
        with unfinished(tmp_path / "job.stems", HEAD) as file:
            order.append(f"second with {file.frames}")

    thread = threading.Thread(target=second)
    with unfinished(tmp_path / "job.stems", HEAD) as file:
        thread.start()
        file.append(stems_of(10))
        order.append("first")
    thread.join()
    assert order == ["first", "second with 0"]


def test_a_stem_is_read_while_it_is_being_made(tmp_path: Path) -> None:
    expected = through_24_bit(stems_of(5000)[1] * STEM_GAIN)
    with unfinished(tmp_path / "job.stems", HEAD) as file:
        file.append(stems_of(2000))
        stem = UnfinishedStem(tmp_path / "job.stems", "b")
        assert stem.frames == 5000
        assert np.array_equal(stem.read(500, 1500).samples, expected[:, 500:2000])
        assert np.array_equal(stem.read(-100, 200).samples[:, 100:], expected[:, :100])
        assert not stem.read(-100, 200).samples[:, :100].any()
        with pytest.raises(MediaProblem, match="still-separating"):
            stem.read(500, 1501)
        file.append(stems_of(5000)[..., 2000:])
        assert np.array_equal(stem.read(4000, 2000).samples[:, :1000], expected[:, 4000:])
        assert not stem.read(4000, 2000).samples[:, 1000:].any()
        assert not stem.read(7000, 10).samples.any()


def test_a_stem_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(MediaProblem, match="still-separating"):
        UnfinishedStem(tmp_path / "job.stems", "b")
    path = killed(tmp_path, 10)
    with pytest.raises(MediaProblem, match="still-separating"):
        UnfinishedStem(path, "kazoo")
    stem = UnfinishedStem(path, "b")
    path.unlink()
    with pytest.raises(MediaProblem, match="still-separating"):
        stem.read(0, 5)
