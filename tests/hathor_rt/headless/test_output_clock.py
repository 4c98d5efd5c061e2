import random

from hathor_rt.headless.output_clock import OutputClock
from sync.units import Micros

START = 40_000_000


def fed(
    clock: OutputClock, seconds: float, *, begin: float = 0, drift_ppm: float = 0, shift: float = 0, noise: float = 0
) -> None:
    """Readings 25 ms apart: frame n leaves at START + n / 48 kHz, on a card that drifts."""
    chance = random.Random(7)
    for number in range(int(begin * 40), int((begin + seconds) * 40)):
        frame = number * 1_200
        local = START + frame / 0.048 / (1 + drift_ppm / 1e6) + shift + chance.uniform(-noise, noise)
        clock.add(frame, Micros(round(local)))


def test_it_is_ready_after_half_a_second() -> None:
    clock = OutputClock()
    fed(clock, 0.4)
    assert not clock.is_ready
    fed(clock, 0.3, begin=0.4)
    assert clock.is_ready


def test_an_exact_card_is_known_exactly() -> None:
    clock = OutputClock()
    fed(clock, 5)
    assert abs(clock.frame_at(Micros(START + 6_000_000)) - 288_000) < 0.1
    assert abs(clock.local_at(288_000) - START - 6_000_000) <= 2


def test_a_card_that_drifts_is_followed() -> None:
    clock = OutputClock()
    fed(clock, 60, drift_ppm=120, noise=100)
    assert abs(clock.drift_ppm - 120) < 10
    there = Micros(START + 60_000_000)
    assert abs(clock.frame_at(there) - 60 * 48_000 * (1 + 120e-6)) < 0.048 * 100
    assert abs(clock.local_at(clock.frame_at(there)) - there) <= 1


def test_an_underrun_moves_it_at_once() -> None:
    clock = OutputClock()
    fed(clock, 10)
    fed(clock, 0.3, begin=10, shift=20_000)
    assert abs(clock.local_at(600_000) - (START + 12_500_000 + 20_000)) < 500


def test_single_wild_readings_do_nothing() -> None:
    clock = OutputClock()
    fed(clock, 10)
    clock.add(481_200, Micros(START + 10_025_000 + 30_000))
    assert abs(clock.frame_at(Micros(START + 11_000_000)) - 528_000) < 1


def test_a_reading_that_is_not_later_says_nothing() -> None:
    clock = OutputClock()
    assert clock.add(0, Micros(START))
    assert not clock.add(480, Micros(START))
