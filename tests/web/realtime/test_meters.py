import pytest

from hathor_rt.refusals import TooMany
from web.realtime.meters import (
    BYTES_AT_ONCE,
    BYTES_PER_SECOND,
    LONGEST_DEBT_SECONDS,
    MESSAGES_AT_ONCE,
    MESSAGES_PER_SECOND,
    Meter,
)


def test_a_client_at_work_is_never_slowed() -> None:
    meter = Meter(0.0)
    for tick in range(10_000):
        assert meter.charge(2_000, tick / 50) == 0.0


def test_messages_beyond_the_burst_wait_their_turn() -> None:
    meter = Meter(0.0)
    waits = [meter.charge(1, 0.0) for _ in range(MESSAGES_AT_ONCE + 6)]
    assert waits[:MESSAGES_AT_ONCE] == [0.0] * MESSAGES_AT_ONCE
    assert waits[-1] == pytest.approx(6 / MESSAGES_PER_SECOND)


def test_bytes_beyond_the_burst_wait_too() -> None:
    meter = Meter(0.0)
    assert meter.charge(BYTES_AT_ONCE, 0.0) == 0.0
    assert meter.charge(BYTES_PER_SECOND // 2, 0.0) == pytest.approx(0.5)


def test_an_offline_session_may_come_in_one_go() -> None:
    meter, now = Meter(0.0), 0.0
    for _ in range(60):  # 3.75 MiB of edits
        now += meter.charge(64 * 1024, now)
    assert now < LONGEST_DEBT_SECONDS


def flood(meter: Meter, seconds: float) -> None:
    now = 0.0
    while now < seconds:
        now += meter.charge(90_000, now)


def test_one_who_never_stops_is_ended() -> None:
    with pytest.raises(TooMany):
        flood(Meter(0.0), seconds=2 * LONGEST_DEBT_SECONDS)
    flood(Meter(0.0), seconds=LONGEST_DEBT_SECONDS)


def test_a_pause_ends_the_debt() -> None:
    meter, now = Meter(0.0), 0.0
    for _ in range(5):
        for _ in range(100):
            now += meter.charge(60_000, now)
        now += 60.0


def test_headers_pongs_and_a_message_under_way_are_no_noise() -> None:
    meter = Meter(0.0)
    for tick in range(100):
        meter.charge(60, tick / 2)
    # Frame headers, TLS records, and 112 KiB of a message that has not come whole yet.
    assert not meter.is_noise(100 * (60 + 14 + 40) + 112 * 1024, 50.0)


def test_bytes_that_belong_to_no_message_are_noise() -> None:
    meter = Meter(0.0)
    meter.charge(60, 0.0)
    assert not meter.is_noise(100_000, 1.0)
    assert meter.is_noise(140_000, 1.0)
