import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from sync.units import MICROS_PER_SECOND, SAMPLE_RATE, Micros, SampleCount, micros_of_samples, samples_of_micros
from tests.vectors import make_timeline

VECTORS = Path(__file__).parents[1] / "vectors"


def test_a_second_is_a_second() -> None:
    assert micros_of_samples(SampleCount(SAMPLE_RATE)) == MICROS_PER_SECOND
    assert samples_of_micros(Micros(MICROS_PER_SECOND)) == SAMPLE_RATE


def test_negative_spans_round_towards_minus_infinity() -> None:
    assert samples_of_micros(Micros(-1)) == -1


@given(st.integers(0, 2**46))
def test_frames_survive_within_one_frame(frames: int) -> None:
    there_and_back = samples_of_micros(micros_of_samples(SampleCount(frames)))
    assert frames - 1 <= there_and_back <= frames


@given(st.integers(0, 2**43))
def test_multiples_of_six_frames_are_exact(sixes: int) -> None:
    assert samples_of_micros(micros_of_samples(SampleCount(6 * sixes))) == 6 * sixes


def test_the_shared_vectors_are_what_is_computed_here() -> None:
    assert json.loads((VECTORS / "timeline_units.json").read_text()) == make_timeline.units()
