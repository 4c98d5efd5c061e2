import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from media.pcm_cache import Facts, PcmCache
from tests.media.sounds import Array, as_pcm, music

# The real blocks hold a minute; small ones show the same rules in milliseconds.
BLOCK = 1_000
BLOCK_BYTES = BLOCK * 8
FRAMES = 7_300


@cache
def recording(seed: int = 1) -> Array:
    return music(FRAMES, seed=seed)


def small_cache(folder: Path, *, blocks: int = 20) -> PcmCache:
    return PcmCache(folder, blocks * BLOCK_BYTES, block_frames=BLOCK)


def fill(kept: PcmCache, source: str, samples: Array, *, wanted_frame: int = 0, piece: int = 777) -> None:
    with kept.filling(source, wanted_frame) as filler:
        assert filler is not None
        for first in range(0, samples.shape[1], piece):
            filler.append(as_pcm(samples[:, first : first + piece]))
        filler.finish("a note")


def expected(first: int, frames: int) -> Array:
    padded = np.pad(recording(), ((0, 0), (20_000, 20_000)))
    return padded[:, 20_000 + first : 20_000 + first + frames]


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(-3_000, FRAMES + 2_000), st.integers(0, 4_000))
@example(FRAMES + 1, 2)
@example(-3, 2)
def test_any_piece_comes_back_as_it_was_with_silence_around(tmp_path: Path, first: int, frames: int) -> None:
    kept = small_cache(tmp_path)
    if kept.facts("a") is None:
        fill(kept, "a", recording())
    pcm = kept.read("a", first, frames)
    assert pcm is not None
    assert np.array_equal(pcm.samples, expected(first, frames))


def test_facts_are_known_once_the_end_was_reached(tmp_path: Path) -> None:
    kept = small_cache(tmp_path)
    assert kept.facts("a") is None
    with kept.filling("a", 0) as filler:
        assert filler is not None
        filler.append(as_pcm(recording()))
    assert kept.facts("a") is None
    assert kept.read("a", 0, 10) is None
    fill(kept, "a", recording())
    assert small_cache(tmp_path).facts("a") == Facts(FRAMES, "a note")


def test_a_block_is_a_plane_of_left_and_a_plane_of_right(tmp_path: Path) -> None:
    fill(small_cache(tmp_path), "a", recording())
    (last,) = tmp_path.glob("*/00007.pcm")
    planes = np.fromfile(last, "<f4").reshape(2, -1)
    assert np.array_equal(planes, recording()[:, 7_000:])


def test_what_was_read_last_is_evicted_last(tmp_path: Path) -> None:
    kept = small_cache(tmp_path, blocks=18)
    fill(kept, "a", recording(1))
    fill(kept, "b", recording(2))
    assert kept.read("a", 0, FRAMES) is not None
    fill(kept, "c", recording(3))
    # 24 blocks for 18 places: six of "b" had to go, the longest unread.
    assert kept.read("a", 0, FRAMES) is not None
    assert kept.read("c", 0, FRAMES) is not None
    assert kept.read("b", 0, FRAMES) is None
    assert sum(path.stat().st_size for path in tmp_path.glob("*/*.pcm")) <= 18 * BLOCK_BYTES


def test_on_a_nearly_full_disk_no_more_stays_than_one_piece_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = small_cache(tmp_path, blocks=18)
    fill(kept, "a", recording(1))
    monkeypatch.setattr("media.pcm_cache.cache_bound", lambda folder, kept_bytes, limit_bytes: 0)
    fill(kept, "b", recording(2))
    assert sum(path.stat().st_size for path in tmp_path.glob("*/*.pcm")) <= 6 * BLOCK_BYTES


def test_a_long_recording_is_kept_around_the_wanted_frame(tmp_path: Path) -> None:
    kept = small_cache(tmp_path, blocks=6)
    fill(kept, "a", recording(), wanted_frame=2_500)
    pcm = kept.read("a", 2_500, 2_000)
    assert pcm is not None
    assert np.array_equal(pcm.samples, expected(2_500, 2_000))
    assert kept.read("a", 0, 10) is None
    assert kept.read("a", 5_500, 10) is None


def test_filling_may_stop_when_all_that_is_kept_is_there(tmp_path: Path) -> None:
    kept = small_cache(tmp_path, blocks=6)
    with kept.filling("a", 1_000) as filler:
        assert filler is not None
        filler.append(as_pcm(recording()[:, :3_999]))
        assert not filler.has_enough
        filler.append(as_pcm(recording()[:, 3_999:4_001]))
        assert filler.has_enough


def test_only_one_process_fills_a_recording(tmp_path: Path) -> None:
    kept = small_cache(tmp_path)
    elsewhere = f"""
from pathlib import Path
from media.pcm_cache import PcmCache
kept = PcmCache(Path({str(tmp_path)!r}), 10**9)
with kept.filling("a", 0) as a, kept.filling("b", 0) as b:
    print(a is None, b is None)
"""

    def ask() -> str:
        return subprocess.run(
            [sys.executable, "-c", elsewhere], capture_output=True, check=True, text=True
        ).stdout.strip()

    with kept.filling("a", 0) as filler:
        assert filler is not None
        assert ask() == "True False"
    assert ask() == "False False"


def test_leftovers_of_the_dead_are_cleared(tmp_path: Path) -> None:
    kept = small_cache(tmp_path)
    fill(kept, "a", recording())
    (folder,) = (path for path in tmp_path.iterdir() if path.is_dir())
    (folder / "00001.part").write_bytes(b"half")
    fill(kept, "a", recording())
    assert not list(tmp_path.glob("*/*.part"))


def test_a_block_that_lost_bytes_is_not_believed(tmp_path: Path) -> None:
    kept = small_cache(tmp_path)
    fill(kept, "a", recording())
    (block,) = tmp_path.glob("*/00001.pcm")
    block.write_bytes(block.read_bytes()[:-8])
    assert kept.read("a", 900, 200) is None
    assert kept.read("a", 0, 900) is not None
    fill(kept, "a", recording())
    assert kept.read("a", 900, 200) is not None


def test_names_of_sources_never_become_paths(tmp_path: Path) -> None:
    kept = small_cache(tmp_path / "cache")
    fill(kept, "../../etc/passwd\0" + "x" * 5_000, recording())
    assert {path.name for path in tmp_path.iterdir()} == {"cache"}


def test_a_limit_too_small_to_work_with_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 48000 bytes"):
        small_cache(tmp_path, blocks=5)
