import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.stretch.resampler import Resampler
from tests.media.sounds import Array, music
from tests.media.stretch.signals import tone, tone_parts

RATIOS = st.floats(0.5, 2.0)


def resampled(samples: Array, ratio: float, cuts: list[int] | None = None) -> Array:
    resampler = Resampler()
    pieces = [resampler.process(piece, ratio) for piece in np.split(samples, sorted(cuts or []), axis=1)]
    return np.concatenate([*pieces, resampler.flush()], axis=1)


@pytest.mark.parametrize("semitones", [-12, -5.3, -0.01, 0.5, 7, 12])
def test_a_tone_is_moved_exactly(semitones: float) -> None:
    ratio = 2 ** (semitones / 12)
    result = resampled(tone(40_000, 1000), ratio)
    assert result.shape[1] == round(40_000 / ratio)
    amplitudes, signal_to_noise = tone_parts(result, 1000 * ratio)
    assert signal_to_noise.min() > 85
    # Both ends count, so the phase must be right, too.
    assert amplitudes == pytest.approx(tone_parts(tone(result.shape[1], 1000 * ratio), 1000 * ratio)[0], abs=0.2)
    assert np.abs(amplitudes) == pytest.approx([0.3, 0.2], rel=1e-3)


def test_what_would_fold_back_is_left_out() -> None:
    result = resampled(tone(40_000, 15_000), 2.0)
    assert np.abs(result[:, 200:-200]).max() < 1e-4


def test_ratio_one_is_a_copy() -> None:
    samples = music(20_000)
    assert np.array_equal(resampled(samples, 1.0, [7, 5000]), samples)


@settings(max_examples=25)
@given(RATIOS, st.lists(st.integers(0, 20_000), max_size=8))
def test_cutting_changes_not_one_bit(ratio: float, cuts: list[int]) -> None:
    samples = music(20_000)
    assert np.array_equal(resampled(samples, ratio, cuts), resampled(samples, ratio))


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 5000), RATIOS), max_size=8), st.integers(1, 999))
def test_any_path_of_ratios_has_its_length_and_no_jump(path: list[tuple[int, float]], cut: int) -> None:
    def along(step: int) -> tuple[Array, int]:
        resampler = Resampler()
        done: list[Array] = []
        level = np.full((2, 5000), 0.5, np.float32)
        for frames, ratio in path:
            done.extend(
                resampler.process(level[:, begin : min(frames, begin + step)], ratio)
                for begin in range(0, frames, step)
            )
        return np.concatenate([np.zeros((2, 0), np.float32), *done, resampler.flush()], axis=1), resampler.due

    result, due = along(5000)
    assert result.shape[1] == due
    assert result[:, 60:-120] == pytest.approx(0.5, abs=1e-3)
    assert np.array_equal(along(cut)[0], result)
