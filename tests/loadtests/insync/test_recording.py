from pathlib import Path

import numpy as np

from loadtests.insync.recording import Recorder, Recording


def recorder_of(path: Path, *listeners: list[float]) -> Recorder:
    """Each listener's samples, both channels alike."""
    np.repeat(np.array(listeners, np.float32).T, 2, axis=1).tofile(path)
    return Recorder(path, 2 * len(listeners))


def test_first_and_last_sound_are_those_of_one_listener(tmp_path: Path) -> None:
    running = recorder_of(tmp_path / "r", [0, 0, 0.5, 0, -0.5, 0, 0, 0], [0.5, 0, 0, 0, 0, 0, 0, 0.5])
    assert (running.now, running.first_loud(0, 1), running.last_loud(0, 1)) == (8, 1, 3)
    assert (running.first_loud(1, 1), running.last_loud(1, 1)) == (6, 6)


def test_who_does_not_sound_has_neither(tmp_path: Path) -> None:
    running = recorder_of(tmp_path / "r", [0.5, 0, 0, 0, 0])
    assert (running.first_loud(0, 1), running.last_loud(0, 1)) == (4, 0)


def test_a_recorder_that_has_nothing_yet_hears_nothing(tmp_path: Path) -> None:
    running = recorder_of(tmp_path / "r", [])
    assert running.level(0) == 0
    assert running.taken().seconds == 0


def test_a_listener_is_the_middle_of_both_channels() -> None:
    samples = np.array([[1, 0, 0.5, 0.5], [0, 1, 0.5, -0.5]], np.float32)
    assert Recording(samples).client(0).tolist() == [0.5, 0.5]
    assert Recording(samples).client(1, 1).tolist() == [0.0]
    assert Recording(samples).channel(3).tolist() == [0.5, -0.5]
