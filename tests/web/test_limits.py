import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.limits import MOST_KEYS, Bucket, Limits


def test_a_full_budget_may_be_used_at_once_and_then_refills_steadily() -> None:
    limits = Limits(per_minute=60)
    assert [limits.take("a", 0.0) for _ in range(60)] == [0.0] * 60
    assert limits.take("a", 0.0) == pytest.approx(1.0)
    assert limits.take("a", 0.9) > 0
    assert limits.take("a", 1.0) == 0.0
    assert limits.take("a", 1.0) > 0


def test_keys_do_not_share_a_budget() -> None:
    limits = Limits(per_minute=1)
    assert limits.take("a", 0.0) == 0.0
    assert limits.take("a", 0.0) > 0
    assert limits.take("b", 0.0) == 0.0


def test_a_refused_attempt_costs_nothing() -> None:
    limits = Limits(per_minute=1)
    limits.take("a", 0.0)
    waits = [limits.take("a", 30.0) for _ in range(50)]
    assert waits == [pytest.approx(30.0)] * 50


def test_a_limit_of_nothing_allows_nothing() -> None:
    assert Limits(per_minute=0).take("a", 0.0) > 0


def test_the_longest_unused_key_is_forgotten_when_there_are_too_many() -> None:
    limits = Limits(per_minute=1)
    limits.take("first", 0.0)
    for number in range(MOST_KEYS):
        limits.take(str(number), 0.0)
    assert limits.take("first", 0.0) == 0.0
    assert limits.take(str(MOST_KEYS - 1), 0.0) > 0


def test_a_debt_is_paid_off_after_the_time_told() -> None:
    bucket = Bucket.full(per_second=10, burst=20, at=0.0)
    assert bucket.spend(50, 0.0) == pytest.approx(3.0)
    assert bucket.spend(0, 3.0) == 0.0


def test_a_clock_that_steps_back_gives_nothing_away() -> None:
    bucket = Bucket.full(per_second=1, burst=1, at=100.0)
    assert bucket.afford(1, 100.0) == 0.0
    assert bucket.afford(1, 50.0) > 0
    assert bucket.afford(1, 100.5) == pytest.approx(0.5)


@given(st.lists(st.tuples(st.floats(0, 5), st.floats(0, 30)), max_size=60))
def test_no_more_is_allowed_than_burst_and_refill_together(steps: list[tuple[float, float]]) -> None:
    bucket, now, allowed = Bucket.full(per_second=2, burst=10, at=0.0), 0.0, 0.0
    for pause, cost in steps:
        now += pause
        if bucket.afford(cost, now) == 0.0:
            allowed += cost
    assert allowed <= 10 + 2 * now + 1e-6
