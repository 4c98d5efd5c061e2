from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.analysis.onset_strength import STRENGTHS_PER_SECOND
from media.analysis.tempo import accents, cheapest_path, tempo_course
from tests.media.sounds import Array


def pulses(bpm: float, seconds: float) -> Array:
    """A curve with a bump on each beat."""
    at = np.arange(round(seconds * STRENGTHS_PER_SECOND)) / STRENGTHS_PER_SECOND
    phase = (at * bpm / 60 + 0.5) % 1 - 0.5
    return np.exp(-((phase * 60 / bpm / 0.02) ** 2)).astype(np.float32)


@pytest.mark.parametrize("bpm", [62, 75, 90, 117.3, 140, 171, 200])
def test_a_pulse_has_its_tempo_or_its_half_or_its_double(bpm: float) -> None:
    course = tempo_course(accents(pulses(bpm, 30)))
    assert course is not None
    found = 60 * STRENGTHS_PER_SECOND / float(np.median(course.periods))
    assert min(abs(np.log2(found / bpm / rule)) for rule in (0.5, 1, 2)) < 0.02
    assert course.clarity > 0.5


def test_noise_is_less_clear_than_a_pulse() -> None:
    noise = np.random.default_rng(1).random(3_000).astype(np.float32)
    course = tempo_course(accents(noise))
    assert course is not None
    assert course.clarity < 0.25


@pytest.mark.parametrize("curve", [np.zeros(5_000), np.ones(5_000), np.zeros(0), pulses(120, 3.9)])
def test_there_is_no_tempo_in_nothing_or_in_some_seconds(curve: Array) -> None:
    assert tempo_course(accents(curve.astype(np.float32))) is None


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 1_000), st.floats(0, 2))
def test_the_path_is_the_best_of_all(rows: int, columns: int, seed: int, cost: float) -> None:
    scores = np.random.default_rng(seed).random((rows, columns))

    def worth(path: tuple[int, ...]) -> float:
        gained = sum(scores[row, column] for row, column in enumerate(path))
        return float(gained) - cost * float(np.abs(np.diff(path)).sum())

    best = max(worth(path) for path in product(range(columns), repeat=rows))
    assert worth(tuple(cheapest_path(scores, cost))) == pytest.approx(best)
