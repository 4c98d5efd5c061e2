import json
from itertools import pairwise
from pathlib import Path

import pytest

from hathor_rt.headless.chirp import CHIRP_SECONDS, ChirpPlan, chirp_at, chirp_samples, chirps_of
from sync.units import Micros
from tests.vectors import make_sound_checks

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "sound_checks.json").read_text())


def test_chirps_and_their_plans_are_as_in_the_shared_vectors() -> None:
    assert VECTORS["plans"] == make_sound_checks.plans()
    assert VECTORS["chirp_at"] == make_sound_checks.chirp_instants()


@pytest.mark.parametrize("rate", [44_100, 48_000])
@pytest.mark.parametrize("is_rising", [True, False])
def test_a_chirp_begins_and_ends_softly_and_is_never_loud(rate: int, is_rising: bool) -> None:
    samples = [abs(sample) for sample in chirp_samples(rate, is_rising=is_rising)]
    assert len(samples) == rate / 5
    assert 0.24 < max(samples) <= 0.25
    assert max(samples[:40] + samples[-40:]) < 0.003


@pytest.mark.parametrize(("is_rising", "early", "late"), [(True, 2_200, 5_800), (False, 5_800, 2_200)])
def test_it_sweeps_in_a_straight_line(is_rising: bool, early: int, late: int) -> None:
    def hertz(begin: float) -> float:
        signs = [chirp_at(begin + index * 1e-6, is_rising=is_rising) < 0 for index in range(20_000)]
        return sum(one != other for one, other in pairwise(signs)) / 2 / 0.02

    assert hertz(0.03) == pytest.approx(early, abs=60)
    assert hertz(CHIRP_SECONDS - 0.05) == pytest.approx(late, abs=60)


def test_everybody_chirps_once_a_round_in_turn_neighbours_in_opposite_directions() -> None:
    chirps = chirps_of(ChirpPlan(Micros(5_000_000), Micros(1_000_000), 2, ["a", "b", "c"]))
    assert [chirp.device for chirp in chirps] == [0, 1, 2, 0, 1, 2]
    assert [chirp.round for chirp in chirps] == [0, 0, 0, 1, 1, 1]
    assert [chirp.at / 1_000_000 for chirp in chirps] == [5, 6, 7, 8, 9, 10]
    assert [chirp.is_rising for chirp in chirps] == [True, False] * 3
