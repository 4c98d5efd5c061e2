from pathlib import Path

import numpy as np
import pytest

from media.effects.chain import Chain, effects_of
from media.effects.conversion import convert_file
from media.effects.loudness_gain import loudness_of
from media.effects.presets import PRESETS
from media.effects.settings import ChainSettings, LimiterSettings, LoudnessSettings, ReverbSettings
from media.problem import MediaProblem
from media.stretch.float_wav import FloatWavReader, FloatWavWriter
from tests.media.effects.signals import true_peak_db
from tests.media.sounds import Array, music, write_sound


def write(path: Path, samples: Array, rate_hz: int) -> Path:
    with FloatWavWriter(path, rate_hz, samples.shape[0]) as writer:
        writer.write(samples)
    return path


def read(path: Path) -> tuple[int, Array]:
    with path.open("rb") as file:
        reader = FloatWavReader.open(file)
        assert reader is not None
        return reader.rate_hz, np.concatenate(list(reader.blocks()), axis=1)


def converted(source: Path, chosen: ChainSettings) -> tuple[int, Array, list[float]]:
    told: list[float] = []
    target = source.with_name("out.wav")
    convert_file(source, target, chosen, tell=told.append)
    return *read(target), told


def test_the_file_is_what_the_chain_makes_rate_and_channels_are_kept(tmp_path: Path) -> None:
    chosen = PRESETS["slapback"]
    samples = music(30_000)
    rate_hz, found, told = converted(write(tmp_path / "in.wav", samples, 44_100), chosen)
    chain = Chain(effects_of(chosen, 44_100))
    assert rate_hz == 44_100
    assert np.array_equal(found, np.concatenate([chain.process(samples), chain.flush()], axis=1))
    assert told == sorted(told)
    assert told[-1] == 1


def test_one_channel_stays_one(tmp_path: Path) -> None:
    source = write(tmp_path / "in.wav", np.ascontiguousarray(music(20_000)[:1]), 48_000)
    found = converted(source, ChainSettings(reverb=ReverbSettings("room")))[1]
    assert found.shape == (1, 20_000 + 24_192)


def test_other_files_become_48_khz_stereo(tmp_path: Path) -> None:
    write_sound(tmp_path, "flac", music(44_100), rate=44_100, stem="song")
    [source] = tmp_path.iterdir()
    rate_hz, found, _ = converted(source, PRESETS["bass"])
    assert (rate_hz, found.shape) == (48_000, (2, 48_000))


@pytest.mark.slow
@pytest.mark.parametrize("target_lufs", [-23.0, -16.0, -9.0])
@pytest.mark.parametrize("rate_hz", [48_000, 44_100])
def test_long_music_comes_to_its_loudness_below_the_ceiling(tmp_path: Path, target_lufs: float, rate_hz: int) -> None:
    samples = music(20 * rate_hz, rate=rate_hz)
    # Strokes that the limiter has to take down at -9.
    samples[:, ::9000] *= 3
    source = write(tmp_path / "in.wav", samples, rate_hz)
    chosen = ChainSettings(loudness=LoudnessSettings(target_lufs), limiter=LimiterSettings(-1))
    _, found, told = converted(source, chosen)
    assert loudness_of([found], rate_hz) == pytest.approx(target_lufs, abs=0.1)
    assert true_peak_db(found) <= -1
    assert told == sorted(told)


def test_silence_is_not_raised(tmp_path: Path) -> None:
    source = write(tmp_path / "in.wav", np.zeros((2, 48_000), np.float32), 48_000)
    assert not converted(source, ChainSettings(loudness=LoudnessSettings(-9)))[1].any()


def refused(source: Path, target: Path) -> str:
    with pytest.raises(MediaProblem) as caught:
        convert_file(source, target, PRESETS["even"], tell=lambda _: None)
    return caught.value.code


def test_refusals_have_codes_and_leave_nothing_behind(tmp_path: Path) -> None:
    good = write(tmp_path / "in.wav", music(1000), 44_100)
    broken = tmp_path / "broken.flac"
    broken.write_bytes(b"no sound")
    before = sorted(tmp_path.iterdir())
    assert refused(tmp_path / "gone.wav", tmp_path / "out.wav") == "file-missing"
    assert refused(broken, tmp_path / "out.wav") == "damaged-file"
    assert refused(good, tmp_path / "out.mp3") == "bad-change"
    assert refused(good, good) == "bad-change"
    assert refused(good, tmp_path / "nowhere" / "out.wav") == "bad-change"
    assert sorted(tmp_path.iterdir()) == before
