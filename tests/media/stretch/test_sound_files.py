import errno
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from media.problem import MediaProblem
from media.stretch.float_wav import FloatWavReader, FloatWavWriter
from media.stretch.sound_files import check_target, opened, written
from tests.media.sounds import music


def test_a_file_is_read_as_it_is_with_how_far_each_block_is(tmp_path: Path) -> None:
    path = tmp_path / "in.wav"
    samples = music(40_000)
    with FloatWavWriter(path, 22_050, 2) as writer:
        writer.write(samples)
    with ExitStack() as stack:
        source = opened(path, stack)
        blocks = list(source.blocks)
    assert (source.rate_hz, source.channels) == (22_050, 2)
    assert np.array_equal(np.concatenate([block for block, _ in blocks], axis=1), samples)
    positions = [position for _, position in blocks]
    assert positions == sorted(positions)
    assert positions[-1] == 1


def test_a_result_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "out.wav"
    with pytest.raises(IndexError), written(target, 48_000, 1) as writer:
        # Not the shape it was made for: it fails in the middle.
        writer.write(np.zeros(100, np.float32))
    assert list(tmp_path.iterdir()) == []
    with written(target, 48_000, 1) as writer:
        writer.write(np.ones((1, 100), np.float32))
    assert list(tmp_path.iterdir()) == [target]
    with target.open("rb") as file:
        reader = FloatWavReader.open(file)
        assert reader is not None
        assert reader.frames == 100


@pytest.mark.parametrize(("number", "code"), [(errno.ENOSPC, "storage-full"), (errno.EIO, "bad-change")])
def test_what_the_disk_says_becomes_a_code(tmp_path: Path, number: int, code: str) -> None:
    with pytest.raises(MediaProblem) as caught, written(tmp_path / "out.wav", 48_000, 1):
        raise OSError(number, "said the disk")
    assert caught.value.code == code


def test_the_result_has_a_name_of_its_own_that_ends_in_wav(tmp_path: Path) -> None:
    check_target(tmp_path / "a.flac", tmp_path / "b.WAV")
    for target in ("b.mp3", "a.wav"):
        with pytest.raises(MediaProblem) as caught:
            check_target(tmp_path / "a.wav", tmp_path / target)
        assert caught.value.code == "bad-change"
