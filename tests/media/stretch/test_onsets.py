import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.stretch.onsets import OnsetDetector, rises
from tests.media.sounds import Array
from tests.media.stretch.signals import hits


def onsets_of(samples: Array, cuts: list[int] | None = None) -> list[int]:
    detector = OnsetDetector(44_100, 800)
    return [onset for piece in np.split(samples, sorted(cuts or []), axis=1) for onset in detector.add(piece)]


def plain(samples: Array, blocks: int) -> list[int]:
    """The kernel's twin in numpy."""
    steps = (np.diff(samples.astype(np.float64), axis=1) ** 2).sum(axis=0)
    follower = 0.0
    found: list[int] = []
    for block in range(blocks):
        here = steps[block * 64 : block * 64 + 64]
        energy = here.sum()
        if energy > 8 * follower + 64e-10:
            over = np.flatnonzero(here > max(4 * follower, 0.005 * energy) / 64)
            found.extend(int(each) + block * 64 + 1 for each in over[:1])
        follower = max(energy, 0.9 * follower)
    return found


def test_hits_are_found_to_the_sample() -> None:
    samples, at = hits(44_100 * 2, seed=3)
    found = onsets_of(samples)
    assert len(found) == len(at)
    assert np.abs(np.array(found) - at).max() <= 2


def test_the_kernel_equals_its_plain_twin() -> None:
    samples, _ = hits(6465, seed=4)
    samples += np.random.default_rng(1).standard_normal(samples.shape).astype(np.float32) * 0.01
    found = np.empty(100, np.int64)
    count = rises(samples, 64, 100, np.zeros(2), found)
    assert found[:count].tolist() == plain(samples, 100)


@settings(max_examples=20)
@given(st.lists(st.integers(0, 30_000), max_size=8))
def test_cutting_changes_nothing(cuts: list[int]) -> None:
    samples, _ = hits(30_000, seed=5)
    assert onsets_of(samples, cuts) == onsets_of(samples)


@pytest.mark.parametrize("frames", [1, 63, 64, 1000, 12_345])
def test_an_onset_is_known_soon(frames: int) -> None:
    detector = OnsetDetector(44_100, 800)
    detector.add(np.zeros((2, frames), np.float32))
    assert detector.known_until >= frames - detector.look_ahead


def test_held_tones_and_silence_have_no_hits() -> None:
    t = np.arange(44_100) / 44_100
    tone = np.stack([np.sin(2 * np.pi * 220 * t), np.sin(2 * np.pi * 331 * t)]).astype(np.float32)
    assert [onset for onset in onsets_of(tone) if onset > 500] == []
    assert onsets_of(np.zeros((2, 44_100), np.float32)) == []
