from pathlib import Path

import numpy as np
import pytest

from media.pcm_cache import PcmCache
from media.problem import MediaProblem
from media.recording import Recording
from tests.media.sounds import music, through_16_bit, write_sound

BLOCK = 65_536


def cache_in(folder: Path) -> PcmCache:
    return PcmCache(folder / "pcm", 12 * BLOCK * 8, block_frames=BLOCK)


def test_any_piece_is_read_with_silence_around_and_the_file_is_decoded_once(tmp_path: Path) -> None:
    samples = through_16_bit(music(100_000))
    path = write_sound(tmp_path, "flac", samples)
    told: list[float] = []
    recording = Recording(cache_in(tmp_path), "source", path, told.append)
    assert recording.frames(0) == 100_000
    assert told[-1] == pytest.approx(1.0)
    path.unlink()
    sound = recording.read(-500, 101_000).samples
    assert np.array_equal(sound[:, 500:100_500], samples)
    assert not sound[:, :500].any()
    assert not sound[:, 100_500:].any()


def test_what_the_cache_let_go_is_decoded_again(tmp_path: Path) -> None:
    samples = through_16_bit(music(15 * BLOCK))
    recording = Recording(cache_in(tmp_path), "source", write_sound(tmp_path, "flac", samples), lambda _: None)
    for first in (14 * BLOCK, 0, 10 * BLOCK):
        assert np.array_equal(recording.read(first, 5000).samples, samples[:, first : first + 5000])


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    recording = Recording(cache_in(tmp_path), "source", tmp_path / "gone.flac", lambda _: None)
    with pytest.raises(MediaProblem) as caught:
        recording.frames(0)
    assert caught.value.code == "file-missing"
