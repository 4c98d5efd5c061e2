import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.pcm import Samples
from media.stems.windows import Crossfade, windows
from tests.media.stems.fakes import noise


def cut(sound: Samples, sizes: list[int]) -> list[Samples]:
    return np.split(sound, np.cumsum(sizes)[np.cumsum(sizes) < sound.shape[1]], axis=1)


@given(st.integers(0, 120), st.integers(4, 40), st.lists(st.integers(0, 50), max_size=6))
def test_windows_cover_the_sound_however_it_is_cut(frames: int, size: int, sizes: list[int]) -> None:
    sound = noise(frames)
    stride = size - size // 4
    found = list(windows(cut(sound, sizes), size, stride))
    assert [each.start for each in found] == [each.start for each in windows([sound], size, stride)]
    for each in found:
        assert np.array_equal(each.samples, sound[:, each.start : each.stop])
        assert each.samples.shape[1] == min(size, frames)
    assert [each.start for each in found[:-1]] == [stride * number for number in range(len(found[:-1]))]
    assert (found[-1].stop if found else 0) == frames


@given(st.integers(1, 200), st.integers(4, 40))
def test_windows_that_agree_are_joined_to_what_they_came_from(frames: int, size: int) -> None:
    sound = noise(frames)
    stride = size - size // 4
    crossfade = Crossfade(stride)
    given_back = [crossfade.add(each.start, each.samples[None]) for each in windows([sound], size, stride)]
    rest = crossfade.flush()
    assert rest is not None
    joined = np.concatenate([*given_back, rest], axis=-1)
    assert joined.shape == (1, 2, frames)
    np.testing.assert_allclose(joined[0], sound, atol=1e-6)


def test_the_first_frames_are_there_after_the_first_window() -> None:
    assert Crossfade(75).add(0, np.ones((3, 2, 100), np.float32)).shape == (3, 2, 75)


def test_one_window_fades_into_the_next_along_a_line() -> None:
    crossfade = Crossfade(6)
    crossfade.add(0, np.zeros((1, 8), np.float32))
    assert crossfade.add(6, np.ones((1, 8), np.float32)).tolist() == [[0.25, 0.75, 1, 1, 1, 1]]


def test_nothing_gives_nothing() -> None:
    assert list(windows([], 8, 6)) == []
    assert Crossfade(6).flush() is None


def test_a_stride_that_leaves_gaps_is_an_error() -> None:
    with pytest.raises(ValueError, match="stride"):
        list(windows([noise(9)], 8, 9))
