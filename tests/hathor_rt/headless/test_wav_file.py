import struct
import wave
from pathlib import Path

import numpy as np
import pytest

from hathor_rt.headless.refusals import BadRecording
from hathor_rt.headless.wav_file import HEADER_BYTES, WavFile, header


def sound(frames: int, seed: int) -> np.ndarray:
    return (np.random.default_rng(seed).integers(-32768, 32767, (2, frames)) / 32768).astype(np.float32)


def read(path: Path) -> np.ndarray:
    with wave.open(str(path), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, 48_000)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2).T / 32768


def test_the_file_is_whole_after_every_write(tmp_path: Path) -> None:
    file = WavFile(tmp_path / "a.wav")
    assert read(tmp_path / "a.wav").shape == (2, 0)
    first, second = sound(1_000, 1), sound(7, 2)
    file.write(first)
    assert np.array_equal(read(tmp_path / "a.wav"), first)
    file.write(second)
    # Not closed: as it lies there when the machine loses its power.
    assert np.array_equal(read(tmp_path / "a.wav"), np.concatenate([first, second], axis=1))
    assert file.frames == 1_007
    file.close()
    file.close()


def test_an_existing_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(bytes(100_000))
    with WavFile(tmp_path / "a.wav") as file:
        file.write(sound(10, 1))
    assert (tmp_path / "a.wav").stat().st_size == HEADER_BYTES + 40


def test_what_is_too_loud_is_limited(tmp_path: Path) -> None:
    with WavFile(tmp_path / "a.wav") as file:
        file.write(np.array([[2.0, -2.0], [0.0, 1.0]], np.float32))
    assert np.array_equal(read(tmp_path / "a.wav") * 32768, [[32767, -32768], [0, 32767]])


def test_lengths_beyond_their_field_stay_at_its_largest_value() -> None:
    riff, data = (struct.unpack_from("<I", header(2**31), offset)[0] for offset in (4, 40))
    assert (riff, data) == (2**32 - 1, 2**32 - 1)


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadRecording, match="No such file or directory"):
        WavFile(tmp_path / "nowhere" / "a.wav")
