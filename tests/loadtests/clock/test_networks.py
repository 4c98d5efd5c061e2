import random
import statistics

import pytest

from loadtests.clock.delays import retransmission
from loadtests.clock.networks import NETWORKS, Network

named = pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.name)


def test_their_names_differ() -> None:
    assert len({network.name for network in NETWORKS}) == len(NETWORKS)


@named
def test_each_says_where_its_figures_come_from(network: Network) -> None:
    assert network.source.endswith((".", ")."))
    assert len(network.source) > 40


@named
def test_the_fastest_ways_differ_by_what_is_said_to_be_invisible(network: Network) -> None:
    draw = random.Random(1)
    instants = [index * 0.037 % 170 for index in range(40_000)]
    up = min(network.up(at, draw) for at in instants)
    down = min(network.down(at, draw) for at in instants)
    assert up > 0
    assert down > 0
    assert (up - down) / 2 == pytest.approx(network.lopsided_ms, abs=0.15)


def test_two_percent_are_sent_again_and_wait_twice_as_long_each_time() -> None:
    draw = random.Random(1)
    waits = [retransmission(0.0, draw) for _ in range(50_000)]
    assert set(waits) <= {0.0, 200.0, 600.0, 1_400.0, 3_000.0, 6_200.0}
    assert statistics.mean(wait > 0 for wait in waits) == pytest.approx(0.02, rel=0.1)
    assert statistics.mean(wait > 200 for wait in waits if wait) == pytest.approx(0.3, rel=0.15)
