from pathlib import Path

import numpy as np
import pytest

from media.problem import MediaProblem
from media.stretch.conversion import stretch_file
from media.stretch.float_wav import FloatWavReader, FloatWavWriter
from media.stretch.stretcher import Change
from tests.media.sounds import Array, music, write_sound


def write(path: Path, samples: Array, rate_hz: int) -> Path:
    with FloatWavWriter(path, rate_hz, samples.shape[0]) as writer:
        writer.write(samples)
    return path


def stretched(source: Path, target: Path, change: Change = Change(0.8), engine: str = "speech") -> list[float]:  # noqa: B008  # frozen
    told: list[float] = []
    stretch_file(source, target, change, engine=engine, keeps_formants=False, tell=told.append)
    return told


def read(path: Path) -> tuple[int, Array]:
    with path.open("rb") as file:
        reader = FloatWavReader.open(file)
        assert reader is not None
        return reader.rate_hz, np.concatenate(list(reader.blocks()), axis=1)


@pytest.mark.parametrize(("channels", "rate_hz"), [(1, 16_000), (2, 44_100), (2, 96_000)])
def test_float_wav_keeps_rate_and_channels(tmp_path: Path, channels: int, rate_hz: int) -> None:
    source = write(tmp_path / "in.wav", np.ascontiguousarray(music(40_000)[:channels]), rate_hz)
    told = stretched(source, tmp_path / "out.wav")
    rate_found, samples = read(tmp_path / "out.wav")
    assert (rate_found, samples.shape) == (rate_hz, (channels, 50_000))
    assert told == sorted(told)
    assert told[-1] == 1


def test_nothing_asked_for_leaves_the_sound_as_it_is(tmp_path: Path) -> None:
    samples = music(20_000)
    stretched(write(tmp_path / "in.wav", samples, 44_100), tmp_path / "out.wav", Change())
    assert read(tmp_path / "out.wav")[1] == pytest.approx(samples, abs=1e-6)


def test_other_files_become_48_khz_stereo(tmp_path: Path) -> None:
    write_sound(tmp_path, "flac", music(44_100), rate=44_100, stem="song")
    [source] = tmp_path.iterdir()
    stretched(source, tmp_path / "out.wav", Change(2.0))
    rate_hz, samples = read(tmp_path / "out.wav")
    assert (rate_hz, samples.shape) == (48_000, (2, 24_000))


def test_a_sample_that_is_no_number_spoils_nothing_else(tmp_path: Path) -> None:
    samples = music(20_000)
    samples[0, 5000] = np.nan
    stretched(write(tmp_path / "in.wav", samples, 44_100), tmp_path / "out.wav")
    assert np.isfinite(read(tmp_path / "out.wav")[1]).all()


def refused(source: Path, target: Path, engine: str = "speech") -> str:
    with pytest.raises(MediaProblem) as caught:
        stretched(source, target, engine=engine)
    return caught.value.code


def test_refusals_have_codes_and_leave_nothing_behind(tmp_path: Path) -> None:
    good = write(tmp_path / "in.wav", music(1000), 44_100)
    surround = write(tmp_path / "six.wav", np.zeros((6, 1000), np.float32), 48_000)
    empty = write(tmp_path / "empty.wav", np.zeros((2, 0), np.float32), 48_000)
    broken = tmp_path / "broken.flac"
    broken.write_bytes(b"no sound")
    before = sorted(tmp_path.iterdir())
    assert refused(tmp_path / "gone.wav", tmp_path / "out.wav") == "file-missing"
    assert refused(broken, tmp_path / "out.wav") == "damaged-file"
    assert refused(empty, tmp_path / "out.wav") == "damaged-file"
    assert refused(surround, tmp_path / "out.wav") == "bad-change"
    assert refused(good, tmp_path / "out.mp3") == "bad-change"
    assert refused(good, good) == "bad-change"
    assert refused(good, tmp_path / "nowhere" / "out.wav") == "bad-change"
    assert refused(good, tmp_path / "out.wav", engine="tape") == "unknown-engine"
    assert sorted(tmp_path.iterdir()) == before


def test_a_file_that_was_there_stays_when_the_new_one_fails(tmp_path: Path) -> None:
    broken = tmp_path / "broken.flac"
    broken.write_bytes(b"no sound")
    target = tmp_path / "out.wav"
    target.write_bytes(b"precious")
    refused(broken, target)
    assert target.read_bytes() == b"precious"
