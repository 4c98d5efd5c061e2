import itertools

import pytest

from loadtests.clock.oscillator import Interruptions, Oscillator


@pytest.mark.parametrize("granularity", [1, 5, 100, 1_000])
def test_readings_are_rounded_down_to_the_granularity(granularity: int) -> None:
    clock = Oscillator(3, granularity)
    for tenth in range(100):
        exact, shown = clock.exact(tenth / 7), clock.reading(tenth / 7)
        assert shown % granularity == 0
        assert 0 <= exact - shown < granularity


def test_it_runs_at_its_rate() -> None:
    for seed in range(10):
        clock = Oscillator(seed, 1)
        for at in (0.0, 100.0, 599.0):
            gained = clock.exact(at + 0.5) - clock.exact(at) - 0.5e6
            assert gained / 0.5 == pytest.approx(clock.rate_ppm(at), abs=0.05)
            assert abs(clock.rate_ppm(at)) < 50 + 2 + 2


def test_its_rate_walks_as_far_as_it_is_told_to() -> None:
    still = [Oscillator(seed, 1, drift_ppm=0.0, temperature_ppm=0.0, walk_ppm=0.0) for seed in range(3)]
    assert all(clock.rate_ppm(600.0) == 0.0 for clock in still)
    walked = [Oscillator(seed, 1, drift_ppm=0.0, temperature_ppm=0.0).rate_ppm(600.0) for seed in range(200)]
    # 0.012 ppm times the root of 600 seconds.
    spread = (sum(rate * rate for rate in walked) / len(walked)) ** 0.5
    assert spread == pytest.approx(0.012 * 600**0.5, rel=0.15)


def test_it_can_be_read_in_any_order() -> None:
    forwards, backwards = Oscillator(5, 1), Oscillator(5, 1)
    instants = [at * 3.7 for at in range(100)]
    there = [forwards.exact(at) for at in instants]
    assert [backwards.exact(at) for at in reversed(instants)] == there[::-1]


def test_it_stands_still_while_it_sleeps() -> None:
    clock = Oscillator(1, 1, Interruptions(sleeps=((10.0, 45.0),)), drift_ppm=0.0, temperature_ppm=0.0, walk_ppm=0.0)
    assert clock.exact(55.0) == pytest.approx(clock.exact(10.0))
    assert clock.exact(56.0) - clock.exact(9.0) == pytest.approx(2e6)


def test_it_jumps_when_it_is_set() -> None:
    clock = Oscillator(1, 1, Interruptions(steps=((10.0, 0.08),)), drift_ppm=0.0, temperature_ppm=0.0, walk_ppm=0.0)
    assert clock.exact(10.0) - clock.exact(9.999) == pytest.approx(81_000, abs=1)


def test_it_never_runs_backwards() -> None:
    clock = Oscillator(2, 100, Interruptions(sleeps=((10.0, 45.0),)))
    readings = [clock.reading(tenth / 10) for tenth in range(700)]
    assert all(before <= after for before, after in itertools.pairwise(readings))
