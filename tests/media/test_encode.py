from pathlib import Path

import numpy as np
import pytest

from media.decode import Decoding
from media.encode import Flac24Writer, flac_file, opus_packets, to_int16
from media.pcm import Pcm
from media.segment_format import OPUS_HEAD, PRE_SKIP
from tests.media.sounds import as_pcm, decode_flac, decode_opus, music, signal_to_noise_db, through_16_bit


def test_rounding_is_to_the_nearest_and_halves_to_even() -> None:
    steps = np.array([0.5, 1.5, 2.5, -0.5, -1.5, 0.49, 0.51], np.float32) / np.float32(32768)
    pcm = Pcm(np.ascontiguousarray(np.stack([steps, steps])))
    assert to_int16(pcm)[0].tolist() == [0, 2, 2, 0, -2, 0, 1]


def test_beyond_full_scale_is_limited() -> None:
    assert to_int16(as_pcm(np.array([[1.0, -1.0], [3.0, -3.0]], np.float32))).tolist() == [[32767, -32768]] * 2


def test_every_16_bit_value_survives() -> None:
    values = np.arange(-32768, 32768, dtype=np.int16)
    floats = (values / 32768).astype(np.float32)
    assert np.array_equal(to_int16(as_pcm(np.stack([floats, floats])))[0], values)


@pytest.mark.parametrize("frames", [1, 17, 4608, 4609, 30_000])
def test_flac_holds_exactly_its_frames(frames: int) -> None:
    original = through_16_bit(music(30_000))[:, :frames]
    assert np.array_equal(decode_flac(flac_file(as_pcm(original))), original)


@pytest.mark.parametrize("block", [1, 960, 30_000])
def test_24_bits_survive_however_they_are_written(tmp_path: Path, block: int) -> None:
    frames = 30_000 if block > 1 else 50
    wide = np.random.default_rng(2).integers(-(2**23), 2**23, (2, frames))
    original = (wide / 2**23).astype(np.float32)
    writer = Flac24Writer(tmp_path / "a.flac")
    for first in range(0, frames, block):
        writer.write(as_pcm(original[:, first : first + block]))
    writer.close()
    read = np.concatenate([each.samples for each in Decoding(tmp_path / "a.flac").blocks()], axis=1)
    assert np.array_equal(read, original)


def test_24_bits_are_limited_to_full_scale(tmp_path: Path) -> None:
    writer = Flac24Writer(tmp_path / "a.flac")
    writer.write(as_pcm(np.array([[1.5, -1.5], [1.0, -1.0]], np.float32)))
    writer.close()
    (read,) = Decoding(tmp_path / "a.flac").blocks()
    most = 1 - 2.0**-23
    assert read.samples.tolist() == [[most, -1.0], [most, -1.0]]


def test_a_flac_file_announces_its_length_and_checksum() -> None:
    content = flac_file(as_pcm(music(5_000)))
    stream_info = content[8 : 8 + 34]
    assert content[:4] == b"fLaC"
    assert int.from_bytes(stream_info[10:18], "big") & (1 << 36) - 1 == 5_000
    assert any(stream_info[18:34])
    # A library's version in the file would change its bytes with every update.
    assert b"Lavf6" not in content


def test_opus_sounds_312_samples_late_and_otherwise_in_place() -> None:
    original = music(960 * 50)
    packets = opus_packets(as_pcm(original), 128)
    assert len(packets) == 50
    heard = decode_opus(packets, OPUS_HEAD)
    assert heard.shape[1] == 960 * 50 - PRE_SKIP
    assert signal_to_noise_db(original[:, 4_800 : heard.shape[1]], heard[:, 4_800:]) > 20


@pytest.mark.parametrize("kilobits", [64, 128, 256])
def test_opus_keeps_roughly_to_the_bit_rate(kilobits: int) -> None:
    packets = opus_packets(as_pcm(music(960 * 100)), kilobits)
    assert 0.6 * kilobits < sum(map(len, packets)) * 8 / 2000 < 1.5 * kilobits


def test_half_a_packet_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="multiple of 960"):
        opus_packets(as_pcm(music(961)), 128)


def test_encoding_again_gives_the_same_bytes() -> None:
    pcm = as_pcm(music(960 * 20))
    assert opus_packets(pcm, 128) == opus_packets(pcm, 128)
    assert flac_file(pcm) == flac_file(pcm)
