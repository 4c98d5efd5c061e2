import pytest
from hypothesis import given
from hypothesis import strategies as st

from hathor_rt.config import Config
from hathor_rt.refusals import TooMany
from web.limits import Bucket
from web.realtime.meters import Budget, Meter

BUDGET = Budget.of(Config())


def test_the_settings_are_the_budget() -> None:
    config = Config(
        messages_per_second=1,
        messages_at_once=2,
        upload_kilobytes_per_second=3,
        upload_kilobytes_at_once=4,
        longest_debt_seconds=5,
    )
    assert Budget.of(config) == Budget(1, 2, 3000, 4000, 5)


def test_a_client_at_work_is_never_slowed() -> None:
    meter = Meter(BUDGET, 0.0)
    for tick in range(10_000):
        assert meter.charge(2_000, tick / 50) == 0.0


def test_messages_beyond_the_burst_wait_their_turn() -> None:
    meter = Meter(BUDGET, 0.0)
    waits = [meter.charge(1, 0.0) for _ in range(306)]
    assert waits[:299] == [0.0] * 299
    assert waits[299] == pytest.approx(0)
    assert waits[-1] == pytest.approx(6 / 60)


def test_bytes_beyond_the_burst_wait_too() -> None:
    meter = Meter(BUDGET, 0.0)
    assert meter.charge(2_048_000, 0.0) == pytest.approx(0)
    assert meter.charge(128_000, 0.0) == pytest.approx(0.5)


@given(st.lists(st.tuples(st.integers(0, 100_000), st.floats(0, 3)), max_size=60))
def test_it_is_two_token_buckets(sent: list[tuple[int, float]]) -> None:
    meter, now = Meter(BUDGET, 0.0), 0.0
    messages, data = (
        Bucket.full(per_second=60, burst=300, at=0.0),
        Bucket.full(per_second=256_000, burst=2_048_000, at=0.0),
    )
    for byte_count, pause in sent:
        now += pause
        expected = max(messages.spend(1, now), data.spend(byte_count, now))
        assert meter.charge(byte_count, now) == pytest.approx(expected, abs=1e-6)


def test_a_message_that_costs_more_counts_as_several() -> None:
    meter = Meter(BUDGET, 0.0)
    waits = [meter.charge(10, 0.0, as_messages=10) for _ in range(36)]
    assert waits[28] == 0.0
    assert waits[-1] == pytest.approx(60 / 60)


def test_an_offline_session_may_come_in_one_go() -> None:
    meter, now = Meter(BUDGET, 0.0), 0.0
    for _ in range(60):  # 3.75 MiB of edits
        now += meter.charge(64 * 1024, now)
    assert now < BUDGET.longest_debt_seconds


def flood(meter: Meter, seconds: float) -> None:
    now = 0.0
    while now < seconds:
        now += meter.charge(90_000, now)


def test_one_who_never_stops_is_ended() -> None:
    with pytest.raises(TooMany):
        flood(Meter(BUDGET, 0.0), seconds=2 * BUDGET.longest_debt_seconds)
    flood(Meter(BUDGET, 0.0), seconds=BUDGET.longest_debt_seconds)


def test_a_pause_ends_the_debt() -> None:
    meter, now = Meter(BUDGET, 0.0), 0.0
    for _ in range(5):
        for _ in range(100):
            now += meter.charge(60_000, now)
        now += 60.0


def test_headers_pongs_and_a_message_under_way_are_no_noise() -> None:
    meter = Meter(BUDGET, 0.0)
    for tick in range(100):
        meter.charge(60, tick / 2)
    # Frame headers, TLS records, and 112 KiB of a message that has not come whole yet.
    assert not meter.is_noise(100 * (60 + 14 + 40) + 112 * 1024, 50.0)


def test_where_messages_may_be_longer_more_may_be_under_way() -> None:
    meter = Meter(BUDGET, 0.0, longest_message=256 * 1024)
    assert not meter.is_noise(260 * 1024, 1.0)
    assert meter.is_noise(300 * 1024, 1.0)


def test_bytes_that_belong_to_no_message_are_noise() -> None:
    meter = Meter(BUDGET, 0.0)
    meter.charge(60, 0.0)
    assert not meter.is_noise(100_000, 1.0)
    assert meter.is_noise(140_000, 1.0)
