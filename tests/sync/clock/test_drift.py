import random

import pytest

from sync.clock.drift import FIRST_SIGMA, STEEPEST, DriftFilter


def fed(drift_ppm: float, noise: float, blocks: int, seed: int = 1, *, wide_every: int = 0) -> DriftFilter:
    """A filter that heard `blocks` measurements 4 s apart; every `wide_every`-th was queued and is 50 ms wide."""
    draw = random.Random(seed)
    drift = DriftFilter()
    for index in range(blocks):
        at = index * 4e6
        is_wide = wide_every > 0 and index % wide_every == 0
        queue = draw.uniform(0, 50_000) if is_wide else 0.0
        truth = 1_000_000 + drift_ppm * at / 1e6
        drift.add(at, truth + draw.gauss(0, noise) + queue / 2, 400.0 + queue)
    return drift


def test_nothing_is_known_before_anything_was_measured() -> None:
    assert (DriftFilter().drift, DriftFilter().sigma) == (0.0, FIRST_SIGMA)


def test_one_block_says_nothing_about_drift() -> None:
    assert fed(50, 0, 1).drift == 0.0


@pytest.mark.parametrize("drift_ppm", [-200.0, -50.0, 0.0, 7.0, 50.0])
def test_the_drift_is_found_within_three_sigma(drift_ppm: float) -> None:
    found = fed(drift_ppm, 30, 40)
    assert found.sigma < 2
    assert found.drift == pytest.approx(drift_ppm, abs=3 * found.sigma)


def test_blocks_that_stood_in_a_queue_do_little_harm() -> None:
    found = fed(20, 30, 60, wide_every=2)
    assert found.drift == pytest.approx(20, abs=4)


def test_a_jump_that_was_announced_costs_nothing() -> None:
    found = fed(20, 10, 40)
    before = found.drift
    found.restart()
    for index in range(40, 60):
        found.add(index * 4e6, 9e9 + 20 * index * 4.0, 400.0)
    assert found.drift == pytest.approx(before, abs=1)


def test_doubt_widens_sigma_at_most_to_where_it_began() -> None:
    found = fed(20, 10, 40)
    before = found.sigma
    found.doubt()
    assert found.sigma == pytest.approx(2 * before)
    for _ in range(20):
        found.doubt()
    assert found.sigma == FIRST_SIGMA


def test_the_drift_stays_within_what_clocks_can_do() -> None:
    drift = DriftFilter()
    for index in range(50):
        drift.add(index * 4e6, index * 4e6 * 0.05, 400.0)
    assert abs(drift.drift) <= STEEPEST
