import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from hathor_rt.headless.marks import Mark, chirp_marks, clicks, samples_of
from sync.units import Micros
from tests.vectors import make_sound_checks

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "sound_checks.json").read_text())


def plain(value: object) -> object:
    """As it comes out of JSON: without tuples."""
    return json.loads(json.dumps(value))


@pytest.mark.parametrize("name", ["beats", "click_tests", "sounds"])
def test_marks_are_as_in_the_shared_vectors(name: str) -> None:
    assert VECTORS[name] == plain(make_sound_checks.sound_checks()[name])


def test_stretches_that_follow_each_other_leave_no_click_out_and_have_none_twice() -> None:
    between = clicks(Micros(1_200_000), Micros(6_000_000))
    cuts = [0, 1_400_000, 3_000_000, 3_000_000, 4_999_999, 9_000_000]
    found = [mark for begin, end in pairwise(cuts) for mark in between(Micros(begin), Micros(end))]
    assert found == [Mark(Micros(at * 1_000_000), "click") for at in (2, 3, 4, 5)]


def test_without_chirps_of_its_own_a_device_is_silent() -> None:
    assert chirp_marks([])(Micros(0), Micros(2**50)) == ()


def test_a_click_is_plain_to_the_ear_and_soon_gone() -> None:
    loudness = np.abs(samples_of("click"))
    assert loudness[:24].max() > 0.2
    assert loudness.max() < 0.5
    assert loudness[960:].max() < 0.004
