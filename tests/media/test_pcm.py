import numpy as np
import pytest

from media.pcm import Pcm, from_interleaved, silence


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((2, 8), np.float64),
        np.zeros((1, 8), np.float32),
        np.zeros((8, 2), np.float32),
        np.zeros(16, np.float32),
        np.zeros((8, 2), np.float32).T,
        np.zeros((2, 16), np.float32)[:, ::2],
    ],
)
def test_anything_but_contiguous_stereo_floats_is_refused(
    array: "np.ndarray[tuple[int, ...], np.dtype[np.float32]]",
) -> None:
    with pytest.raises(ValueError, match="expected C-contiguous float32"):
        Pcm(array)


def test_interleaved_sound_is_turned_without_changing_a_sample() -> None:
    pcm = from_interleaved(np.array([[1, 2], [3, 4], [5, 6]], np.float32))
    assert pcm.frames == 3
    assert pcm.samples.tolist() == [[1, 3, 5], [2, 4, 6]]


def test_silence_is_as_long_as_asked() -> None:
    assert silence(7).frames == 7
    assert not silence(7).samples.any()
