import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from sync.clock.exchange import Exchange
from sync.units import Micros
from tests.vectors import make_clock

VECTORS = Path(__file__).parents[2] / "vectors"


def exchange(offset: int, up: int, stay: int, down: int, sent: int = 10**9) -> Exchange:
    """What a client records whose peer's clock is `offset` ahead."""
    received = sent + up + offset
    return Exchange(Micros(sent), Micros(received), Micros(received + stay), Micros(sent + up + stay + down))


spans = st.integers(0, 10**7)


def test_equal_ways_give_the_exact_offset() -> None:
    probe = exchange(offset=123_456, up=5_000, stay=40, down=5_000)
    assert (probe.offset, probe.round_trip, probe.error_bound) == (123_456, 10_000, 5_000)


def test_the_time_at_the_peer_does_not_count() -> None:
    assert exchange(0, 5_000, 900_000, 5_000).round_trip == 10_000


@given(st.integers(-(10**15), 10**15), spans, spans, spans)
def test_the_truth_is_never_farther_than_the_bound(offset: int, up: int, stay: int, down: int) -> None:
    probe = exchange(offset, up, stay, down)
    assert abs(probe.offset - offset) <= probe.error_bound


def test_coarse_readings_may_give_a_negative_round_trip_but_never_a_negative_bound() -> None:
    probe = Exchange(Micros(1_000), Micros(500), Micros(540), Micros(1_000))
    assert probe.round_trip == -40
    assert probe.error_bound == 0


def test_exchanges_are_as_in_the_shared_vectors() -> None:
    assert json.loads((VECTORS / "clock_exchange.json").read_text()) == make_clock.exchanges()
