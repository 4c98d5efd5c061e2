import os
import threading  # noqa: TID251  # two processes of a worker, in small
import time
from pathlib import Path

import numpy as np
import pytest

from media.stems.unfinished import Unfinished, unfinished
from tests.media.stems.fakes import noise


def stems_of(frames: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    return np.stack([noise(5000, seed)[:, :frames] for seed in range(3)])


def whole(file: Unfinished, frames: int = 700) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    return np.concatenate(list(file.blocks(frames)), axis=-1)


def killed(folder: Path, frames: int, extra_bytes: int = 0) -> None:
    """What a process leaves that was killed after `frames` frames."""
    folder.mkdir()
    with (folder / "job.stems").open("a+b") as file:
        Unfinished(file, 3).append(stems_of(frames))
        file.write(b"x" * extra_bytes)


def test_what_was_separated_is_read_in_any_portions(tmp_path: Path) -> None:
    stems = stems_of(5000)
    with unfinished(tmp_path, "job", 3) as file:
        for first in range(0, 5000, 1234):
            file.append(stems[..., first : first + 1234])
        assert file.frames == 5000
        for frames in (1, 999, 5000, 9000):
            if frames > 1:
                assert np.array_equal(whole(file, frames), stems)
    assert list(tmp_path.iterdir()) == []


def test_a_killed_process_leaves_whole_frames(tmp_path: Path) -> None:
    killed(tmp_path / "x", 1000, extra_bytes=17)
    with unfinished(tmp_path / "x", "job", 3) as file:
        assert file.frames == 1000
        file.append(stems_of(1500)[..., 1000:])
        assert np.array_equal(whole(file), stems_of(1500))


def test_an_exception_leaves_nothing(tmp_path: Path) -> None:
    def fill() -> None:
        with unfinished(tmp_path, "job", 3) as file:
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
    with unfinished(tmp_path, "job", 3):
        assert not old.exists()
        assert young.exists()


def test_one_process_at_a_time_has_it(tmp_path: Path) -> None:
    order: list[str] = []

    def second() -> None:
        with unfinished(tmp_path, "job", 3) as file:
            order.append(f"second with {file.frames}")

    thread = threading.Thread(target=second)
    with unfinished(tmp_path, "job", 3) as file:
        thread.start()
        file.append(stems_of(10))
        order.append("first")
    thread.join()
    assert order == ["first", "second with 0"]
