import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.clock.drift import COOLED, NOTHING_KNOWN, STEEPEST, WIDEST, Drift, Slopes, slopes_between
from sync.clock.hull import Hull

BASE = 1_000.0


def bounds(drift_ppm: float, queue: float, count: int, seed: int = 1) -> tuple[Hull, Hull]:
    """What `count` exchanges 2 s apart prove, each way 1 ms and an exponential queue of that mean."""
    draw = random.Random(seed)
    ups, downs = [], []
    for index in range(count):
        at = index * 2.0
        ups.append((at, drift_ppm * at + BASE + draw.expovariate(1 / queue)))
        downs.append((at + 0.01, -(drift_ppm * (at + 0.01) - BASE - draw.expovariate(1 / queue))))
    return Hull(ups), Hull(downs)


def slopes(drift_ppm: float, queue: float, count: int, seed: int = 1) -> Slopes:
    upper, lower = bounds(drift_ppm, queue, count, seed)
    return slopes_between(upper, lower, 0.5, 2 * BASE + queue, max(15.0, 3 * queue / count))


def test_one_exchange_says_nothing_about_drift() -> None:
    assert slopes_between(Hull([(0.0, 5.0)]), Hull([(1.0, 5.0)]), 0.5, 10.0, 1.0) == NOTHING_KNOWN


@pytest.mark.parametrize("drift_ppm", [-200.0, -50.0, 0.0, 7.0, 50.0])
def test_the_drift_is_found_where_queues_are_thousands_of_times_longer(drift_ppm: float) -> None:
    for seed in range(10):
        found = slopes(drift_ppm, 5_000.0, 150, seed)
        assert found.lowest <= found.low <= found.likeliest <= found.high <= found.highest
        assert found.lowest < drift_ppm < found.highest
        assert found.likeliest == pytest.approx(drift_ppm, abs=2)


@given(
    st.lists(st.tuples(st.integers(1, 50), st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=30),
    st.integers(-100, 100),
)
def test_the_truth_is_possible_whatever_the_network_does(ways: list[tuple[int, int, int]], drift_ppm: int) -> None:
    at, ups, downs = 0.0, [], []
    for gap, up, down in ways:
        at += gap
        ups.append((at, drift_ppm * at + up))
        downs.append((at + 1.0, -(drift_ppm * (at + 1.0) - down)))
    found = slopes_between(Hull(ups), Hull(downs), 0.0, 1.0, 15.0)
    assert found.lowest - 1e-6 <= drift_ppm <= found.highest + 1e-6


def test_more_exchanges_leave_less_plausible() -> None:
    widths = [slopes(20.0, 5_000.0, count).high - slopes(20.0, 5_000.0, count).low for count in (20, 80, 150)]
    assert widths == sorted(widths, reverse=True)


def test_before_anything_was_measured_the_drift_is_that_of_any_two_clocks() -> None:
    drift = Drift()
    assert (drift.rate, drift.spread) == (0.0, WIDEST)
    drift.learn(NOTHING_KNOWN)
    assert drift.rate == 0.0
    assert drift.spread == WIDEST


def test_what_was_learnt_is_certain_within_its_spread() -> None:
    drift = Drift()
    drift.learn(Slopes(18.0, 20.0, 22.0, -3.0, 41.0))
    assert drift.rate == pytest.approx(20, abs=0.1)
    assert drift.spread == pytest.approx(23, abs=0.1)
    assert drift.sigma == pytest.approx((4 / 6) ** 0.5, abs=0.05)


def test_a_jump_costs_little_of_what_was_learnt() -> None:
    drift = Drift()
    drift.learn(Slopes(18.0, 20.0, 22.0, 10.0, 30.0))
    rate, spread = drift.rate, drift.spread
    drift.restart()
    assert (drift.rate, drift.spread) == (rate, spread + COOLED)
    drift.learn(Slopes(-STEEPEST, 0.0, STEEPEST, -STEEPEST, STEEPEST))
    assert drift.rate == pytest.approx(rate, abs=0.1)
    for _ in range(100):
        drift.restart()
    assert drift.spread == WIDEST


def test_a_clock_further_off_than_clocks_are_is_believed_once_nothing_else_is_possible() -> None:
    for sign in (1.0, -1.0):
        drift = Drift()
        low, high = sorted((sign * 280.0, sign * 320.0))
        drift.learn(Slopes(sign * 300.0 - 1, sign * 300.0, sign * 300.0 + 1, low, high))
        assert drift.rate == pytest.approx(sign * 300, abs=1)
        assert drift.rate - drift.spread <= low
        assert drift.rate + drift.spread >= high


def test_the_drift_stays_within_what_clocks_can_do() -> None:
    found = slopes(50_000.0, 10.0, 50)
    assert found.likeliest == STEEPEST
    assert found.highest <= STEEPEST
