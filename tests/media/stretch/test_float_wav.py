import io
import struct
from pathlib import Path

import numpy as np
import pytest

from media.problem import MediaProblem
from media.stretch.float_wav import FloatWavReader, FloatWavWriter
from tests.media.sounds import Array, music


def read(content: bytes) -> tuple[int, Array] | None:
    reader = FloatWavReader.open(io.BytesIO(content))
    if reader is None:
        return None
    blocks = [np.zeros((reader.channels, 0), np.float32), *reader.blocks()]
    return reader.rate_hz, np.concatenate(blocks, axis=1)


def wav(samples: Array, rate_hz: int, path: Path) -> bytes:
    with FloatWavWriter(path, rate_hz, samples.shape[0]) as writer:
        for piece in np.array_split(samples, 3, axis=1):
            writer.write(piece)
    return path.read_bytes()


@pytest.mark.parametrize(("channels", "rate_hz", "frames"), [(1, 8000, 5), (2, 44_100, 40_000), (2, 192_000, 0)])
def test_every_bit_comes_back(tmp_path: Path, channels: int, rate_hz: int, frames: int) -> None:
    samples = np.ascontiguousarray(music(frames)[:channels]) * 9
    found = read(wav(samples, rate_hz, tmp_path / "a.wav"))
    assert found is not None
    assert found[0] == rate_hz
    assert np.array_equal(found[1], samples)


def test_the_extensible_form_and_unknown_chunks_are_read() -> None:
    samples = np.array([0.5, -0.25], "<f4").tobytes()
    form = struct.pack("<HHIIHHHHI", 0xFFFE, 1, 16_000, 64_000, 4, 32, 22, 32, 4)
    form += struct.pack("<H", 3) + bytes.fromhex("000000001000800000aa00389b71")
    odd = b"LIST" + struct.pack("<I", 3) + b"abc\0"
    body = b"WAVE" + odd + b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", 8) + samples
    found = read(b"RIFF" + struct.pack("<I", len(body)) + body)
    assert found is not None
    assert found[0] == 16_000
    assert found[1].tolist() == [[0.5, -0.25]]


def test_a_file_that_was_cut_off_ends_where_it_ends(tmp_path: Path) -> None:
    samples = music(1000)
    found = read(wav(samples, 44_100, tmp_path / "a.wav")[:-4003])
    assert found is not None
    assert np.array_equal(found[1], samples[:, : found[1].shape[1]])
    assert found[1].shape[1] == 499


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"RIFF",
        b"ID3\x04 is no wave file",
        b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0" + struct.pack("<HHIIHH", 1, 2, 44_100, 176_400, 4, 16) + b"data\0\0\0\0",
        b"RIFF\x24\0\0\0WAVEfmt \x02\0\0\0\3\0data\0\0\0\0",
        b"RIFF\x24\0\0\0WAVEdata\0\0\0\0",
    ],
)
def test_everything_else_is_left_to_others(content: bytes) -> None:
    assert read(content) is None


def test_what_no_wav_file_can_hold_is_refused(tmp_path: Path) -> None:
    class Endless:
        shape = (2, 2**30)

    with pytest.raises(MediaProblem) as caught, FloatWavWriter(tmp_path / "a.wav", 48_000, 2) as writer:
        writer.write(Endless())  # type: ignore[arg-type]  # 8 GiB are not made for a test
    assert caught.value.code == "bad-change"
