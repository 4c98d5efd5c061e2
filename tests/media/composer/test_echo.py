import numpy as np
import pytest

from media.composer.echo import echoed
from media.composer.oscillators import noise


def test_echoes_come_in_time_from_alternating_sides_and_fade() -> None:
    sound = np.zeros((2, 96_000), np.float32)
    sound[:, :2400] = noise(2400, np.random.default_rng(1))
    echoes = echoed(sound, 0.25)
    levels = [echoes[:, n * 12_000 : n * 12_000 + 2400].std(axis=1) for n in range(5)]
    assert levels[0].max() == 0
    assert [bool(left > right) for left, right in levels[1:]] == [True, False, True, False]
    loud = [float(level.max()) for level in levels[1:]]
    assert loud == sorted(loud, reverse=True)


def test_echoes_beyond_the_end_are_cut() -> None:
    assert not np.any(echoed(np.ones((2, 4800), np.float32), 1.0))


def test_nothing_echoes_from_nothing() -> None:
    assert echoed(np.zeros((2, 9600), np.float32), 0.1).max() == pytest.approx(0)
