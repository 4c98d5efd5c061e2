import numpy as np
import pytest

from hathor_rt.headless.hush import HUSH_FRAMES, Hush


def faded(hush: Hush, count: int, *, is_wanted: bool) -> np.ndarray:
    sound = np.ones((2, count), np.float32)
    hush.apply(sound, is_wanted=is_wanted)
    return sound


def test_nothing_is_touched_before_it_is_wanted() -> None:
    assert (faded(Hush(), 100, is_wanted=False) == 1).all()


def test_down_without_a_step_then_exactly_nothing_then_up_again() -> None:
    hush = Hush()
    down = faded(hush, 2 * HUSH_FRAMES, is_wanted=True)
    up = faded(hush, 2 * HUSH_FRAMES, is_wanted=False)
    assert down[0, 0] == 1
    assert (np.abs(np.diff(np.concatenate([down, up], axis=1))) < 0.001).all()
    assert not down[:, HUSH_FRAMES:].any()
    assert (up[:, HUSH_FRAMES:] == 1).all()


@pytest.mark.parametrize("count", [1, 100, HUSH_FRAMES - 1])
def test_whoever_changes_their_mind_hears_no_step(count: int) -> None:
    hush = Hush()
    down, up = faded(hush, count, is_wanted=True), faded(hush, count + 1, is_wanted=False)
    assert np.abs(np.diff(np.concatenate([down, up], axis=1))).max() < 0.001
    assert up[0, -1] == 1


def test_where_nothing_sounds_it_is_there_at_once() -> None:
    hush = Hush()
    hush.settle(is_wanted=True)
    assert not faded(hush, 10, is_wanted=True).any()
    hush.settle(is_wanted=False)
    assert (faded(hush, 10, is_wanted=False) == 1).all()
