import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtests.clock.delays import jitter
from loadtests.clock.floor import least_errors
from loadtests.clock.methods.ours import Ours
from loadtests.clock.networks import NETWORK_OF, Network
from loadtests.clock.oscillator import Interruptions
from loadtests.clock.trial import attempt
from loadtests.clock.truth import life
from sync.clock.exchange import Exchange
from sync.units import Micros


class Told:
    """A method that is told the truth, plus an error; silent before `silent_until` seconds of local time."""

    def __init__(self, start: Micros, offset: float, error: float, silent_s: float = 0.0) -> None:
        self._offset = offset + error
        self._from = start + silent_s * 1e6

    def next_at(self, now: Micros) -> Micros:
        return Micros(now + 10**9)

    def sent(self, now: Micros) -> None: ...

    def heard(self, exchange: Exchange) -> None: ...

    def woke(self, now: Micros) -> None: ...

    def offset_at(self, now: Micros) -> float | None:
        return self._offset if now >= self._from else None

    def bound_at(self, now: Micros) -> float | None:
        return 1_000.0


PERFECT = Network("perfect", "a clock without drift", jitter(1.0, 0.1), jitter(1.0, 0.1))


def told(error: float, silent_s: float = 0.0, seconds: float = 60.0) -> tuple[float, float, float]:
    """RMS in Micros, share of broken bounds, and when it was known."""
    device = life(PERFECT, 1, 1, seconds, drift_ppm=0.0)
    truth = device.server[0] - device.local[0]
    outcome = attempt(device, lambda granularity, seed, now: Told(now, truth, error, silent_s))
    mean_square = sum(each * each for each in outcome.errors) / len(outcome.errors)
    return math.sqrt(mean_square), outcome.broken / outcome.looks, outcome.known_after


def test_who_tells_the_truth_is_not_off() -> None:
    rms, broken, known_after = told(0.0)
    # The temperature of this clock still swings.
    assert rms < 200
    assert broken == 0
    assert known_after == pytest.approx(0.0)


def test_who_is_off_by_two_milliseconds_is_found_out() -> None:
    rms, broken, known_after = told(2_000.0)
    assert rms == pytest.approx(2_000, abs=200)
    assert broken == 1
    assert known_after == math.inf


def test_who_is_silent_at_first_is_known_late() -> None:
    assert told(0.0, silent_s=7.0)[2] == pytest.approx(7.0, abs=0.11)


def test_asleep_and_just_woken_nobody_is_judged() -> None:
    device = life(NETWORK_OF["sleep"], 1, 1, 250.0)
    outcome = attempt(device, Ours)
    assert outcome.broken == 0
    assert len(outcome.errors) == pytest.approx(10 * (250 - 30 - 45 - 5), abs=3)
    (recovered,) = outcome.recovered_after
    assert recovered <= 0.2


def test_no_method_without_knowledge_of_the_drift_beats_one_that_is_told_it() -> None:
    device = life(NETWORK_OF["wifi_busy"], 3, 100, 300.0)
    outcome = attempt(device, Ours)
    least = least_errors(device, outcome.exchanges)
    assert sum(error * error for error in least) / len(least) < sum(e * e for e in outcome.errors) / len(outcome.errors)


delays = st.tuples(st.floats(0.01, 50), st.floats(0.001, 30), st.floats(0, 0.3), st.floats(0.1, 300))


@pytest.mark.slow
@settings(deadline=None, max_examples=25, derandomize=True)
@given(delays, delays, st.integers(0, 10**6), st.sampled_from([1, 5, 100, 1_000]))
def test_the_certified_error_is_true_on_any_network_that_carries_messages(
    up: tuple[float, float, float, float], down: tuple[float, float, float, float], seed: int, granularity: int
) -> None:
    network = Network("any", "drawn", jitter(*up), jitter(*down))
    outcome = attempt(life(network, seed, granularity, 90.0), Ours)
    assert outcome.looks > 0
    assert outcome.broken == 0


@pytest.mark.slow
@settings(deadline=None, max_examples=15, derandomize=True)
@given(st.integers(0, 10**6), st.floats(5, 80), st.floats(1, 200))
def test_after_any_sleep_the_clock_is_known_again_with_the_first_replies(
    seed: int, start: float, length: float
) -> None:
    wifi = NETWORK_OF["wifi_good"]
    network = Network("any", "drawn", wifi.up, wifi.down, interruptions=Interruptions(sleeps=((start, length),)))
    outcome = attempt(life(network, seed, 100, start + length + 40.0), Ours)
    (recovered,) = outcome.recovered_after
    assert recovered <= 0.5
    assert outcome.broken == 0
