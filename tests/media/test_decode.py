from pathlib import Path

import numpy as np
import pytest
import soxr
from numpy.typing import NDArray

from media.decode import Decoding
from media.problem import MediaProblem
from tests.media.sounds import FORMATS, Array, music, signal_to_noise_db, through_16_bit, write_sound

# AAC in MP4 says its length in milliseconds (edit list), so a file is itself only that exact.
MP4_SLACK = 48


def decoded(path: Path) -> tuple[Array, Decoding]:
    decoding = Decoding(path)
    blocks = [block.samples for block in decoding.blocks()]
    samples = np.concatenate(blocks, axis=1)
    assert samples.shape[1] == decoding.frames
    return samples, decoding


def lag(wanted: NDArray[np.float32], got: NDArray[np.float32]) -> int:
    """Samples by which `got` is late."""
    spectrum = np.fft.rfft(got, 2 * got.size) * np.conj(np.fft.rfft(wanted, 2 * wanted.size))
    at = int(np.argmax(np.fft.irfft(spectrum)))
    return at if at < got.size else at - 2 * got.size


@pytest.mark.parametrize(
    ("name", "rate"), [(name, rate) for name, format_ in FORMATS.items() for rate in format_.rates]
)
@pytest.mark.parametrize("frames", [46_000, 60_001])
def test_every_format_comes_back_whole_and_in_place(tmp_path: Path, name: str, rate: int, frames: int) -> None:
    original = music(frames, rate=rate)
    samples, decoding = decoded(write_sound(tmp_path, name, original, rate))
    wanted = original if rate == 48_000 else soxr.resample(original.T, rate, 48_000, "HQ").T
    exact = (2 * frames * 48_000 + rate) // (2 * rate)
    assert abs(decoding.frames - exact) <= (MP4_SLACK if name == "aac" else 0)
    common = min(exact, decoding.frames, wanted.shape[1])
    assert signal_to_noise_db(wanted[:, :common], samples[:, :common]) > (80 if FORMATS[name].is_lossless else 18)
    assert lag(wanted[0, :common], samples[0, :common]) == 0
    assert decoding.note == ""


@pytest.mark.parametrize("name", [name for name, format_ in FORMATS.items() if format_.is_lossless])
def test_lossless_files_at_48_khz_come_back_bit_for_bit(tmp_path: Path, name: str) -> None:
    original = through_16_bit(music(30_011))
    samples, _ = decoded(write_sound(tmp_path, name, original))
    assert np.array_equal(samples, original)


def test_one_channel_becomes_two_equal_ones_at_the_same_level(tmp_path: Path) -> None:
    original = through_16_bit(music(9_600))[:1]
    samples, _ = decoded(write_sound(tmp_path, "flac", original))
    assert np.array_equal(samples, np.concatenate([original, original]))


def test_surround_keeps_left_left_and_never_clips(tmp_path: Path) -> None:
    surround = np.zeros((6, 9_600), np.float32)
    surround[0] = 0.9 * np.sin(np.arange(9_600) / 9)
    samples, _ = decoded(write_sound(tmp_path, "flac", surround))
    assert np.abs(samples[0]).max() > 0.2
    assert not samples[1].any()
    surround[:] = 0.99
    loud, _ = decoded(write_sound(tmp_path, "wav", surround))
    assert np.abs(loud).max() <= 1.0


def test_two_passes_give_the_same_bytes(tmp_path: Path) -> None:
    path = write_sound(tmp_path, "mp3", music(100_000, rate=44_100), 44_100)
    assert np.array_equal(decoded(path)[0], decoded(path)[0])


def test_progress_rises_to_one(tmp_path: Path) -> None:
    decoding = Decoding(write_sound(tmp_path, "flac", music(400_000)))
    positions = [decoding.position for _ in decoding.blocks()]
    assert positions == sorted(positions)
    assert decoding.position == pytest.approx(1.0)


def test_a_name_no_encoding_knows_is_no_obstacle(tmp_path: Path) -> None:
    odd = Path(str(tmp_path) + "/a\udcff\n‮.flac")
    write_sound(tmp_path, "flac", music(9_600)).rename(odd)
    assert decoded(odd)[1].frames == 9_600


def test_a_missing_file_is_told_apart_from_a_damaged_one(tmp_path: Path) -> None:
    with pytest.raises(MediaProblem) as caught:
        list(Decoding(tmp_path / "gone.mp3").blocks())
    assert caught.value.code == "file-missing"


def test_a_truncated_file_plays_as_far_as_it_goes_and_says_so(tmp_path: Path) -> None:
    path = write_sound(tmp_path, "flac", music(48_000 * 6))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    samples, decoding = decoded(path)
    assert 2.5 < samples.shape[1] / 48_000 < 3.5
    assert decoding.note.startswith("truncated, 0:0")
    assert "of 0:06 could be read" in decoding.note


def test_impossible_samples_are_limited_and_mentioned(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    values = music(4_800).T.copy()
    values[100], values[200], values[300] = np.nan, np.inf, -1e30
    body = values.astype("<f4").tobytes()
    head = bytes.fromhex("52494646 00000000 57415645 666d7420 10000000 0300 0200 80bb0000 00dc0500 0800 2000 64617461")
    path.write_bytes(head + len(body).to_bytes(4, "little") + body)
    samples, decoding = decoded(path)
    assert samples[:, [100, 200, 300]].T.tolist() == [[0, 0], [4, 4], [-4, -4]]
    assert np.array_equal(samples[:, 301:], music(4_800)[:, 301:])
    assert decoding.note == "impossible sample values were limited"


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
def test_no_damage_does_more_than_shorten_or_refuse(tmp_path: Path, name: str) -> None:
    random = np.random.default_rng(7)
    whole = write_sound(tmp_path, name, music(48_000 * 2)).read_bytes()
    path = tmp_path / "damaged"
    salvaged = 0
    codes = set()
    for variant in range(24):
        content = bytearray(whole)
        match variant % 4:
            case 0:
                del content[int(random.integers(1, len(content))) :]
            case 1:
                for at in random.integers(0, len(content), 1 + variant):
                    content[at] ^= 1 << int(random.integers(8))
            case 2:
                at = int(random.integers(0, len(content) - 64))
                content[at : at + 64] = random.bytes(64)
            case _:
                content[: 4 * variant] = random.bytes(4 * variant)
        path.write_bytes(content)
        try:
            samples, decoding = decoded(path)
        except MediaProblem as problem:
            codes.add(problem.code)
            continue
        salvaged += 1
        assert np.isfinite(samples).all()
        # Damage may repeat or lose pieces but never invents minutes of sound.
        assert 0 < decoding.frames < 48_000 * 60
    assert salvaged > 0
    assert codes <= {"damaged-file"}
