import json
import math
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.timeline.drift import DriftControl, Hold, Jump, Nudge, correction
from sync.units import Micros
from tests.vectors import make_timeline

VECTORS = Path(__file__).parents[2] / "vectors"

errors = st.integers(-(10**6), 10**6).map(Micros)
bounds = st.integers(0, 10**5).map(Micros)


def test_small_errors_are_left_alone() -> None:
    assert correction(Micros(300), Micros(200)) == Hold()
    assert correction(Micros(-300), Micros(200)) == Hold()


def test_a_clock_that_knows_little_leaves_more_alone() -> None:
    assert correction(Micros(900), Micros(16_000)) == Hold()
    assert correction(Micros(900), Micros(1_000)) == Nudge(-112)


def test_a_player_that_is_ahead_slows_down() -> None:
    assert correction(Micros(4_000), Micros(200)) == Nudge(-500)
    assert correction(Micros(-4_000), Micros(200)) == Nudge(500)


def test_beyond_four_milliseconds_the_rate_rises_to_half_a_percent() -> None:
    assert correction(Micros(8_000), Micros(200)) == Nudge(-2_500)
    assert correction(Micros(30_000), Micros(200)) == Nudge(-5_000)


def test_large_errors_are_jumped_over_unless_the_clock_could_be_that_wrong() -> None:
    assert correction(Micros(30_001), Micros(200)) == Jump(Micros(-30_001))
    assert correction(Micros(30_001), Micros(40_000)) == Nudge(-5_000)


@given(errors, bounds)
def test_every_correction_makes_the_error_smaller_and_never_more_than_half_a_percent(
    error: Micros, bound: Micros
) -> None:
    match correction(error, bound):
        case Nudge(rate_ppm):
            assert rate_ppm * error < 0
            assert 1 <= abs(rate_ppm) <= 5_000
        case Jump(by):
            assert by == -error
        case Hold():
            assert abs(error) <= max(300, bound // 16)


@given(errors, bounds)
def test_ahead_and_behind_are_treated_alike(error: Micros, bound: Micros) -> None:
    match correction(error, bound), correction(Micros(-error), bound):
        case Nudge(one), Nudge(other):
            assert one == -other
        case Jump(one_by), Jump(other_by):
            assert one_by == -other_by
        case one_kind, other_kind:
            assert one_kind == other_kind == Hold()


class Player:
    """A sound card that drifts, a page that reads it with noise, and the loop between."""

    def __init__(self, start_error: float, card_ppm: float, seed: int, clock_error: int = 200) -> None:
        self.control = DriftControl()
        self.error = start_error
        self.rate = 0.0
        self.jumps = 0
        self.errors: list[float] = []
        self.rates: list[float] = []
        self._card_ppm = card_ppm
        self._draw = random.Random(seed)
        self._clock_error = Micros(clock_error)
        self._at = 0

    def live(self, seconds: float) -> None:
        for _ in range(int(seconds * 10)):
            self._at += 100_000
            self.error += (self._card_ppm + self.rate) * 0.1
            reading = Micros(round(self.error + self._draw.gauss(0, 100)))
            match self.control.step(Micros(self._at), reading, self._clock_error):
                case Hold():
                    self.rate = 0.0
                case Nudge(rate_ppm):
                    self.rate = rate_ppm
                case Jump(by):
                    self.error += by
                    self.jumps += 1
            self.errors.append(self.error)
            self.rates.append(self.rate)

    def seconds_until_within(self, limit: float, begin: int) -> float:
        outside = [index for index in range(begin, len(self.errors)) if abs(self.errors[index]) > limit]
        return (outside[-1] - begin + 1) / 10 if outside else 0.0


@pytest.mark.parametrize("seed", range(5))
def test_the_loop_keeps_a_drifting_card_in_step_without_audible_corrections(seed: int) -> None:
    player = Player(0, 60, seed)
    player.live(120)
    settled = player.errors[300:]
    rms = math.sqrt(sum(error * error for error in settled) / len(settled))
    assert rms < 100
    assert max(abs(rate) for rate in player.rates) <= 500
    assert player.jumps == 0
    assert player.control.learnt_ppm == pytest.approx(-60, abs=30)


@pytest.mark.parametrize("seed", range(5))
def test_the_loop_takes_back_a_step_of_twenty_milliseconds_by_rate_alone(seed: int) -> None:
    player = Player(0, 60, seed)
    player.live(60)
    player.error += 20_000
    player.live(60)
    assert player.jumps == 0
    assert player.seconds_until_within(5_000, 600) < 6.5
    assert player.seconds_until_within(1_000, 600) < 15


def test_the_loop_jumps_over_a_large_error_once_and_stays() -> None:
    player = Player(80_000, 60, 1)
    player.live(60)
    assert player.jumps == 1
    assert player.seconds_until_within(1_000, 0) < 2


def test_one_wild_reading_moves_nothing() -> None:
    control = DriftControl()
    for index in range(20):
        control.step(Micros(index * 100_000), Micros(0), Micros(200))
    assert control.step(Micros(2_000_000), Micros(400_000), Micros(200)) == Hold()


def test_a_vague_clock_does_not_shake_the_rate() -> None:
    player = Player(0, 0, 3, clock_error=16_000)
    player.live(30)
    assert set(player.rates) == {0.0}


def test_the_pitch_glides() -> None:
    player = Player(25_000, 0, 4)
    player.live(20)
    steps = [abs(after - before) for before, after in zip(player.rates, player.rates[1:], strict=False)]
    assert max(steps) <= 401


def test_a_new_line_forgets_the_error_and_keeps_what_was_learnt() -> None:
    player = Player(0, 100, 5)
    player.live(90)
    learnt = player.control.learnt_ppm
    player.control.restart()
    answer = player.control.step(Micros(0), Micros(0), Micros(200))
    assert isinstance(answer, Nudge)
    assert answer.rate_ppm == pytest.approx(learnt, abs=1)


def test_readings_at_the_same_instant_or_after_a_long_pause_are_harmless() -> None:
    control = DriftControl()
    for at in (0, 0, 0, 10**9, 10**9 - 5, 2 * 10**9):
        answer = control.step(Micros(at), Micros(3_000), Micros(200))
        assert isinstance(answer, Hold | Nudge)
    assert abs(control.learnt_ppm) < 60


def test_corrections_are_as_in_the_shared_vectors() -> None:
    assert json.loads((VECTORS / "timeline_drift.json").read_text()) == make_timeline.drifts()
