"""The clock estimate over every simulated link: how far off it is, and whether its certified error holds."""

import math
from dataclasses import dataclass, field

import pytest

from sync.clock.estimate import ClockEstimate
from sync.clock.exchange import Exchange
from sync.clock.probing import ProbePlan
from sync.units import Micros
from tests.simulation.network import LINKS, Link, SimulatedClock, converse, server_micros

SEEDS = (0, 1, 2)
SECONDS = 600.0

LINK_OF = {link.name: link for link in LINKS}

# RMS from 30 s after joining, in ms, without the lopsidedness that no probe can see. Measured 0.02 0.04 0.2 0.4 0.08 0.03
# 0.11 0.04 0.3 0.06 0.04; the bars leave room for other seeds, and lie below what the methods in `loadtests.clock` reach.
BARS = {
    "lan": 0.04,
    "wifi_good": 0.08,
    "wifi_busy": 0.35,
    "lte": 0.8,
    "bufferbloat": 0.2,
    "server_stall": 0.07,
    "path_change": 0.25,
    "sleep_resume": 0.09,
    "tab_throttle": 0.8,
    "lossy_tcp": 0.15,
    "media_socket": 0.09,
}


@dataclass(slots=True)
class Device:
    """A client as the product runs it: plan and estimate, and a watchdog that notices sleep."""

    clock: SimulatedClock
    seed: int
    errors: list[tuple[float, float]] = field(default_factory=list)
    broken: int = 0
    jumps: int = 0
    probes: int = 0
    plan: ProbePlan = field(init=False)
    estimate: ClockEstimate = field(init=False)
    numbers: dict[Micros, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.plan = ProbePlan(self.seed, self.clock.reading(0.0))
        self.estimate = ClockEstimate(self.clock.granularity)

    def next_at(self, now: Micros) -> Micros:
        self.plan.lapsed(now)
        return self.plan.next_at(now)

    def sent(self, now: Micros) -> None:
        self.numbers[now] = self.plan.sent(now)

    def heard(self, exchange: Exchange) -> None:
        self.estimate.add(exchange)
        self.plan.answered(self.numbers[exchange.sent], self.estimate.error_at(exchange.returned))
        if self.estimate.jumped:
            self.jumps += 1
            self.plan.burst(exchange.returned)

    def woke(self, now: Micros) -> None:
        self.plan.burst(now)

    def look(self, at: float) -> None:
        if not self.estimate.ready:
            return
        local = Micros(round(self.clock.exact(at)))
        error = self.estimate.to_peer(local) - server_micros(at)
        self.errors.append((at, error / 1e3))
        self.broken += abs(error) > self.estimate.error_at(local)

    def rms(self, begin: float, end: float, lopsided_ms: float = 0.0) -> float:
        squares = [(error - lopsided_ms) ** 2 for at, error in self.errors if begin <= at < end]
        return math.sqrt(sum(squares) / len(squares))

    def seconds_off(self, limit: float, begin: float, end: float) -> float:
        """How long the error stayed above `limit` ms after `begin`."""
        off = [at for at, error in self.errors if begin <= at < end and abs(error) > limit]
        return off[-1] - begin if off else 0.0


def lived(
    link: Link, seed: int, *, granularity: int = 100, seconds: float = SECONDS, drift_ppm: float = 50.0
) -> Device:
    device = Device(SimulatedClock(seed, granularity, link, drift_ppm), seed)
    device.probes = converse(link, device.clock, device, 1000 + seed, seconds, device.look)
    return device


def calm_spells(link: Link) -> list[tuple[float, float]]:
    """When the clock can be judged: from 30 s on, and again 5 s after each sleep or step."""
    breaks = sorted(
        [(start, start + length + 5) for start, length in link.sleeps] + [(at, at + 5) for at, _ in link.steps]
    )
    begins = [30.0, *(end for _, end in breaks)]
    return list(zip(begins, [*(start for start, _ in breaks), SECONDS], strict=True))


@pytest.mark.parametrize("link", LINKS, ids=lambda link: link.name)
def test_the_clock_is_known_to_a_fraction_of_a_millisecond(link: Link) -> None:
    for seed in SEEDS:
        device = lived(link, seed)
        for begin, end in calm_spells(link):
            assert device.rms(begin, end, link.lopsided_ms) < BARS[link.name]


@pytest.mark.parametrize("link", [link for link in LINKS if not link.steps], ids=lambda link: link.name)
def test_the_certified_error_holds(link: Link) -> None:
    device = lived(link, 7)
    assert device.broken <= len(device.errors) // 1000
    assert device.jumps == 0


@pytest.mark.parametrize("granularity", [1, 5, 1_000])
def test_the_certified_error_holds_for_finer_and_coarser_clocks(granularity: int) -> None:
    device = lived(LINK_OF["wifi_good"], 8, granularity=granularity)
    assert device.broken == 0
    assert device.rms(30, SECONDS) < (0.08 if granularity < 1_000 else 0.2)


def test_a_clock_that_drifts_more_than_crystals_do_is_followed_too() -> None:
    for seed in SEEDS:
        assert lived(LINK_OF["wifi_good"], seed, drift_ppm=200).rms(60, SECONDS) < 0.15


@pytest.mark.parametrize("seed", SEEDS)
def test_the_first_second_after_joining_is_good_enough_to_play(seed: int) -> None:
    for name in ("lan", "wifi_good", "wifi_busy", "server_stall", "lossy_tcp"):
        device = lived(LINK_OF[name], seed, seconds=5)
        assert device.seconds_off(5.0, 0.0, 5.0) < 1.0


@pytest.mark.parametrize("seed", SEEDS)
def test_after_a_sleep_the_clock_is_right_again_within_a_second(seed: int) -> None:
    link = LINK_OF["sleep_resume"]
    device = lived(link, seed)
    start, length = link.sleeps[0]
    # The watchdog takes half a second to notice.
    assert device.seconds_off(1.0, start + length, start + length + 60) <= 1.0
    assert device.jumps == 2


@pytest.mark.parametrize("seed", SEEDS)
def test_a_clock_that_is_set_is_noticed_with_the_next_pair_of_probes(seed: int) -> None:
    link = LINK_OF["sleep_resume"]
    moment, _ = link.steps[0]
    assert lived(link, seed).seconds_off(1.0, moment, moment + 60) <= 5.5


@pytest.mark.parametrize("seed", SEEDS)
def test_probing_costs_at_most_35_messages_a_minute(seed: int) -> None:
    device = lived(LINK_OF["wifi_good"], seed)
    joining = 28
    assert device.probes - joining <= 35 * SECONDS / 60


def test_six_devices_on_different_links_agree() -> None:
    names = ("lan", "wifi_good", "wifi_good", "wifi_busy", "bufferbloat", "media_socket")
    devices = [lived(LINK_OF[name], 20 + index) for index, name in enumerate(names)]
    spreads = []
    for row in zip(*(device.errors[300:5_900] for device in devices), strict=True):
        errors = [error for _, error in row]
        spreads.append(max(errors) - min(errors))
    assert sorted(spreads)[len(spreads) * 95 // 100] < 1.0


def test_the_simulation_itself_is_reproducible() -> None:
    assert lived(LINK_OF["lte"], 3, seconds=30).errors == lived(LINK_OF["lte"], 3, seconds=30).errors
