from pathlib import Path

import numpy as np
import pytest

from media.pcm import Samples
from media.problem import MediaProblem
from media.stems.conversion import separate_file
from media.stretch.float_wav import FloatWavReader, FloatWavWriter
from tests.media.stems.fakes import Shares, noise


def written(path: Path, sound: Samples, rate_hz: int = 48_000) -> Path:
    with FloatWavWriter(path, rate_hz, sound.shape[0]) as writer:
        writer.write(sound)
    return path


def read(path: Path) -> tuple[int, Samples]:
    with path.open("rb") as file:
        reader = FloatWavReader.open(file)
        assert reader is not None
        return reader.rate_hz, np.concatenate(list(reader.blocks()), axis=1)


def test_every_stem_has_a_file_and_together_they_are_the_source(tmp_path: Path) -> None:
    mix = noise(5000)
    told: list[float] = []
    paths = separate_file(written(tmp_path / "song.wav", mix), tmp_path / "out", Shares(), told.append)
    assert [path.name for path in paths] == ["song - stem 0.wav", "song - stem 1.wav"]
    stems = [read(path)[1] for path in paths]
    assert np.array_equal(stems[0] + stems[1], mix)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(list((tmp_path / "out").iterdir())) == 2


def test_a_float_file_keeps_its_rate_and_one_channel_becomes_two(tmp_path: Path) -> None:
    source = written(tmp_path / "song.wav", noise(3000)[:1], 44_100)
    rate_hz, stem = read(separate_file(source, tmp_path, Shares(), lambda _: None)[0])
    assert rate_hz == 44_100
    assert stem.shape == (2, 3000)


def test_giving_up_leaves_nothing(tmp_path: Path) -> None:
    source = written(tmp_path / "song.wav", noise(90_000))
    separator = Shares()

    class Enough(Exception):
        pass

    def tell(position: float) -> None:
        if position > 0.3:
            raise Enough

    with pytest.raises(Enough):
        separate_file(source, tmp_path / "out", separator, tell)
    assert list((tmp_path / "out").iterdir()) == []
    assert separator.asked < 60


def test_a_missing_or_damaged_source_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "noise.mp3").write_bytes(b"nothing of the kind" * 100)
    for name, code in (("gone.wav", "file-missing"), ("noise.mp3", "damaged-file")):
        with pytest.raises(MediaProblem) as caught:
            separate_file(tmp_path / name, tmp_path / "out", Shares(), lambda _: None)
        assert caught.value.code == code
    assert list(tmp_path.glob("out/*")) + list(tmp_path.glob("out/.*")) == []


def test_a_folder_that_cannot_be_is_refused(tmp_path: Path) -> None:
    source = written(tmp_path / "song.wav", noise(3000))
    with pytest.raises(MediaProblem) as caught:
        separate_file(source, source, Shares(), lambda _: None)
    assert caught.value.code == "bad-change"


def test_the_source_is_never_overwritten(tmp_path: Path) -> None:
    separator = Shares()
    separator.stems = ("song - a", "b")
    source = written(tmp_path / "x - song - a.wav", noise(3000))
    (tmp_path / "x.wav").symlink_to(source)
    with pytest.raises(MediaProblem) as caught:
        separate_file(tmp_path / "x.wav", tmp_path, separator, lambda _: None)
    assert caught.value.code == "bad-change"
