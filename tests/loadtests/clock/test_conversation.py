import itertools

import pytest

from loadtests.clock.conversation import Path, converse, server_micros
from loadtests.clock.networks import NETWORK_OF, NETWORKS, Network
from loadtests.clock.oscillator import Oscillator
from sync.clock.exchange import Exchange
from sync.units import Micros


class Metronome:
    """A prober with a fixed interval that writes down everything."""

    def __init__(self, every: int, now: Micros) -> None:
        self._every = every
        self._due = now
        self.sent_at: list[Micros] = []
        self.exchanges: list[Exchange] = []
        self.woken_at: list[Micros] = []

    def next_at(self, now: Micros) -> Micros:
        return self._due

    def sent(self, now: Micros) -> None:
        self.sent_at.append(now)
        self._due = Micros(self._due + self._every)

    def heard(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)

    def woke(self, now: Micros) -> None:
        self.woken_at.append(now)


def talk(network: Network, seconds: float = 60.0, every: int = 100_000) -> tuple[Metronome, Oscillator, int]:
    clock = Oscillator(4, 1, network.interruptions)
    metronome = Metronome(every, clock.reading(0.0))
    return metronome, clock, converse(network, clock, metronome, 4, seconds, lambda at: None)


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.name)
def test_replies_come_in_the_order_of_the_probes_and_prove_what_is_true(network: Network) -> None:
    metronome, clock, probes = talk(network)
    assert probes == len(metronome.sent_at) > 0
    heard = metronome.exchanges
    assert [exchange.sent for exchange in heard] == metronome.sent_at[: len(heard)]
    for before, after in itertools.pairwise(heard):
        assert before.received <= after.received
        assert before.returned <= after.returned
    # Drift during an exchange is what the margin is for.
    offset = server_micros(0.0) - clock.exact(0.0)
    for exchange in heard:
        assert exchange.answered - exchange.returned < offset + 60 * 55 + 1
        assert exchange.received - exchange.sent > offset - 60 * 55 - 1


def test_a_message_waits_behind_the_one_before_it() -> None:
    path = Path(NETWORK_OF["lossy_tcp"], 2)
    arrivals = [path.up(index * 0.01) for index in range(2_000)]
    assert arrivals == sorted(arrivals)
    assert any(after == before for before, after in itertools.pairwise(arrivals))


def test_nothing_is_sent_or_heard_in_sleep_and_waking_is_told() -> None:
    network = NETWORK_OF["sleep"]
    metronome, clock, _ = talk(network, 250.0)
    ((start, length),) = network.interruptions.sleeps
    begin, end = server_micros(start), server_micros(start + length)
    assert not [exchange for exchange in metronome.exchanges if begin + 50_000 < exchange.received < end]
    assert metronome.woken_at == [clock.reading(start + length + 0.5)]


def test_a_hidden_page_sends_once_a_second() -> None:
    metronome, clock, _ = talk(NETWORK_OF["hidden_tab"], 120.0)
    hidden = [at for at in metronome.sent_at if at > clock.exact(61.0)]
    assert all(after - before > 990_000 for before, after in itertools.pairwise(hidden))
    assert len(metronome.sent_at) == pytest.approx(600 + 60, abs=3)


def test_looks_come_ten_times_a_second() -> None:
    clock = Oscillator(4, 1)
    seen: list[float] = []
    converse(NETWORK_OF["lan"], clock, Metronome(10**6, clock.reading(0.0)), 4, 10.0, seen.append)
    assert seen == [look / 10 for look in range(1, 100)]


def test_the_same_seed_gives_the_same_conversation() -> None:
    assert talk(NETWORK_OF["lte"], 30.0)[0].exchanges == talk(NETWORK_OF["lte"], 30.0)[0].exchanges
