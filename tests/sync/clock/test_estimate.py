import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.clock.estimate import ClockEstimate
from sync.clock.exchange import Exchange
from sync.units import Micros

VECTORS = Path(__file__).parents[2] / "vectors"

SECOND = 1_000_000
START = 5_000_000_000


class Peer:
    """A peer whose clock is `offset` ahead and runs `drift_ppm` fast, as seen over ways that the test chooses."""

    def __init__(self, offset: int = 7_000_000, drift_ppm: float = 0.0) -> None:
        self.offset = offset
        self.drift_ppm = drift_ppm

    def shows(self, local: float) -> float:
        return local + self.offset + (local - START) * self.drift_ppm / 1e6

    def exchange(self, at: int, up: int = 1_000, down: int = 1_000) -> Exchange:
        return Exchange(
            Micros(at),
            Micros(int(self.shows(at + up))),
            Micros(int(self.shows(at + up + 30))),
            Micros(at + up + 30 + down),
        )


def at(seconds: float) -> Micros:
    return Micros(START + int(seconds * SECOND))


def heard_jump(estimate: ClockEstimate, exchange: Exchange) -> bool:
    estimate.add(exchange)
    return estimate.jumped


def test_nothing_is_known_before_the_first_exchange() -> None:
    estimate = ClockEstimate(Micros(1))
    assert not estimate.ready
    assert not estimate.jumped
    assert estimate.round_trip == 0
    with pytest.raises(AssertionError):
        estimate.to_peer(at(0))


def test_one_exchange_is_enough_and_its_error_is_half_the_round_trip() -> None:
    estimate, peer = ClockEstimate(Micros(1)), Peer()
    estimate.add(peer.exchange(at(0)))
    assert estimate.ready
    assert abs(estimate.to_peer(at(0)) - peer.shows(at(0))) <= 1
    assert 1_000 <= estimate.error_at(at(0)) <= 1_005


def test_slow_first_replies_do_not_poison_the_estimate() -> None:
    estimate, peer = ClockEstimate(Micros(1)), Peer()
    for index in range(10):
        estimate.add(peer.exchange(at(index * 0.04), up=5_000, down=400_000 - 30_000 * index))
    assert estimate.error_at(at(1)) < 130_000
    estimate.add(peer.exchange(at(1), up=1_000, down=1_000))
    assert abs(estimate.to_peer(at(1)) - peer.shows(at(1))) < 100
    assert estimate.error_at(at(1)) < 1_200


def test_a_slow_reply_later_changes_nothing() -> None:
    estimate, peer = ClockEstimate(Micros(1)), Peer()
    for index in range(20):
        estimate.add(peer.exchange(at(index)))
    before = estimate.to_peer(at(30))
    estimate.add(peer.exchange(at(20), up=1_000, down=2_000_000))
    assert abs(estimate.to_peer(at(30)) - before) <= 5
    assert not estimate.jumped


def test_there_and_back_is_the_same_instant() -> None:
    estimate, peer = ClockEstimate(Micros(1)), Peer(drift_ppm=80)
    for index in range(60):
        estimate.add(peer.exchange(at(index * 2)))
    for seconds in (-1000.0, 0.0, 119.0, 121.5, 4_000.0, 1e6):
        assert abs(estimate.to_local(estimate.to_peer(at(seconds))) - at(seconds)) <= 1


def test_the_drift_is_learnt_and_carries_the_estimate_through_silence() -> None:
    estimate, peer = ClockEstimate(Micros(1)), Peer(drift_ppm=50)
    for index in range(90):
        estimate.add(peer.exchange(at(index * 2)))
    assert estimate.drift_ppm == pytest.approx(50, abs=1)
    assert abs(estimate.to_peer(at(240)) - peer.shows(at(240))) < 100


def test_the_error_grows_with_distance_in_both_directions() -> None:
    estimate, peer = ClockEstimate(Micros(1)), Peer()
    for index in range(30):
        estimate.add(peer.exchange(at(index * 2)))
    now = 58
    assert estimate.error_at(at(now)) < estimate.error_at(at(now + 60)) < estimate.error_at(at(now + 600))
    assert estimate.error_at(at(now)) < estimate.error_at(at(now - 60))


def test_a_coarse_clock_widens_the_bound_instead_of_breaking_it() -> None:
    draw = random.Random(1)
    estimate, peer = ClockEstimate(Micros(1_000)), Peer(offset=123_456_789)
    for index in range(200):
        exact = at(index) + draw.randrange(1_000)
        probe = peer.exchange(exact, up=300, down=300)
        coarse = Exchange(
            Micros(probe.sent // 1_000 * 1_000), probe.received, probe.answered, Micros(probe.returned // 1_000 * 1_000)
        )
        estimate.add(coarse)
        assert abs(estimate.to_peer(Micros(exact)) - peer.shows(exact)) <= estimate.error_at(Micros(exact))
    assert abs(estimate.to_peer(at(200)) - peer.shows(at(200))) < 150


def test_a_clock_that_slept_is_found_out_by_the_first_exchange() -> None:
    estimate, peer = ClockEstimate(Micros(1)), Peer()
    for index in range(10):
        estimate.add(peer.exchange(at(index)))
    peer.offset += 45 * SECOND
    estimate.add(peer.exchange(at(11)))
    assert estimate.jumped
    assert abs(estimate.to_peer(at(11)) - peer.shows(at(11))) < 10
    estimate.add(peer.exchange(at(12)))
    assert not estimate.jumped


@pytest.mark.parametrize("step", [80_000, -80_000, 5_000])
def test_a_smaller_step_needs_two_exchanges_that_agree(step: int) -> None:
    estimate, peer = ClockEstimate(Micros(1)), Peer()
    for index in range(30):
        estimate.add(peer.exchange(at(index)))
    peer.offset += step
    assert not heard_jump(estimate, peer.exchange(at(30)))
    assert abs(estimate.to_peer(at(30)) + step - peer.shows(at(30))) < 100
    assert heard_jump(estimate, peer.exchange(at(30.03)))
    assert abs(estimate.to_peer(at(30.1)) - peer.shows(at(30.1))) < 100


def test_one_exchange_that_was_stamped_wrongly_is_forgotten() -> None:
    estimate, peer = ClockEstimate(Micros(1)), Peer()
    for index in range(10):
        estimate.add(peer.exchange(at(index)))
    estimate.add(Peer(offset=peer.offset + 60_000).exchange(at(10)))
    for index in range(11, 20):
        estimate.add(peer.exchange(at(index)))
        assert not estimate.jumped
    estimate.add(Peer(offset=peer.offset + 60_000).exchange(at(20)))
    assert not estimate.jumped
    assert abs(estimate.to_peer(at(20)) - peer.shows(at(20))) < 10


def test_a_witness_of_another_time_is_not_carried_over_a_jump() -> None:
    estimate, peer = ClockEstimate(Micros(1)), Peer()
    for index in range(10):
        estimate.add(peer.exchange(at(index)))
    estimate.add(Peer(offset=peer.offset + 60_000).exchange(at(10)))
    peer.offset += 200_000
    estimate.add(peer.exchange(at(10.03)))
    assert estimate.jumped
    assert abs(estimate.to_peer(at(10.1)) - peer.shows(at(10.1))) < 10


def test_a_slight_contradiction_follows_the_newest() -> None:
    estimate, peer = ClockEstimate(Micros(1)), Peer()
    for index in range(60):
        estimate.add(peer.exchange(at(index), up=150, down=150))
    before = estimate.error_at(at(59))
    peer.offset += 900
    for index in range(60, 70):
        estimate.add(peer.exchange(at(index), up=150, down=150))
        assert not estimate.jumped
    assert abs(estimate.to_peer(at(69)) - peer.shows(at(69))) <= estimate.error_at(at(69))
    assert before < 400


def test_a_path_that_becomes_lopsided_is_not_believed_while_memory_lasts() -> None:
    estimate, peer = ClockEstimate(Micros(1)), Peer(drift_ppm=-20)
    for index in range(90):
        estimate.add(peer.exchange(at(index)))
    for index in range(90, 180):
        estimate.add(peer.exchange(at(index), up=21_000))
        assert abs(estimate.to_peer(at(index)) - peer.shows(at(index))) < 300


def test_after_five_minutes_of_silence_it_starts_over() -> None:
    estimate, peer = ClockEstimate(Micros(1)), Peer(drift_ppm=30)
    for index in range(60):
        estimate.add(peer.exchange(at(index)))
    peer.offset += 9_000
    estimate.add(peer.exchange(at(500)))
    assert estimate.jumped
    assert abs(estimate.to_peer(at(500)) - peer.shows(at(500))) < 10


def test_exchanges_older_than_memory_are_ignored() -> None:
    estimate, peer = ClockEstimate(Micros(1)), Peer()
    estimate.add(peer.exchange(at(400)))
    before = (estimate.to_peer(at(400)), estimate.error_at(at(400)))
    estimate.add(Peer(offset=0).exchange(at(50)))
    assert (estimate.to_peer(at(400)), estimate.error_at(at(400))) == before


def test_late_news_still_narrows_the_bound() -> None:
    estimate, peer = ClockEstimate(Micros(1)), Peer()
    estimate.add(peer.exchange(at(10), up=50_000, down=50_000))
    estimate.add(peer.exchange(at(9), up=500, down=500))
    assert estimate.error_at(at(10)) < 1_000


def test_memory_is_bounded_however_often_a_peer_answers() -> None:
    estimate, peer = ClockEstimate(Micros(1)), Peer()
    for index in range(1_000):
        estimate.add(peer.exchange(at(index * 0.01), up=1_000 if index == 0 else 9_000))
    # The first, fast exchange has been pushed out by 400 slower ones.
    assert estimate.round_trip == 10_000
    assert estimate.error_at(at(10)) > 4_900


def test_the_round_trip_is_that_of_the_slow_ones() -> None:
    estimate, peer = ClockEstimate(Micros(1)), Peer()
    for index in range(20):
        estimate.add(peer.exchange(at(index), up=40_000 if index > 17 else 1_000))
    assert estimate.round_trip == 41_000


ways = st.tuples(st.integers(0, 300_000), st.integers(0, 300_000))


@settings(deadline=None)
@given(st.lists(ways, min_size=1, max_size=40), st.floats(-50, 50), st.integers(-(10**12), 10**12), st.randoms())
def test_the_truth_lies_within_the_bound_whatever_the_network_does(
    network: list[tuple[int, int]], drift_ppm: float, offset: int, draw: random.Random
) -> None:
    estimate, peer = ClockEstimate(Micros(1)), Peer(offset, drift_ppm)
    exchanges = [peer.exchange(at(index * 0.5), up, down) for index, (up, down) in enumerate(network)]
    draw.shuffle(exchanges)
    for exchange in exchanges:
        estimate.add(exchange)
        assert not estimate.jumped
        for instant in (exchange.returned, at(20), at(40)):
            assert abs(estimate.to_peer(instant) - peer.shows(instant)) <= estimate.error_at(instant)


def vectors() -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = json.loads((VECTORS / "clock_estimate.json").read_text())
    return loaded


@pytest.mark.parametrize("trace", vectors(), ids=lambda trace: str(trace["name"]))
def test_estimates_are_as_in_the_shared_vectors(trace: dict[str, Any]) -> None:
    estimate = ClockEstimate(Micros(trace["resolution"]))
    for step in trace["steps"]:
        estimate.add(Exchange(*step["exchange"]))
        assert estimate.jumped == step["jumped"]
        assert estimate.round_trip == step["round_trip"]
        assert estimate.drift_ppm == step["drift_ppm"]
        assert [[local, estimate.to_peer(local)] for local, _ in step["to_peer"]] == step["to_peer"]
        assert [[peer, estimate.to_local(peer)] for peer, _ in step["to_local"]] == step["to_local"]
        assert [[local, estimate.error_at(local)] for local, _ in step["error_at"]] == step["error_at"]


def test_the_shared_vectors_contain_jumps_and_calm() -> None:
    jumps = {trace["name"]: sum(step["jumped"] for step in trace["steps"]) for trace in vectors()}
    assert jumps["sleep"] == jumps["silent"] == 1
    assert jumps["lan"] == jumps["wifi_busy"] == 0
    assert jumps["small steps"] >= 1
