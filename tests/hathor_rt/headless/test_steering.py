import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hathor_rt.headless.lines import Line, Piece
from hathor_rt.headless.steering import MICROS_PER_FRAME, READING_FRAMES, DriftSteering, WholeFrameSteering
from sync.units import Micros

LINE = Line("r", -math.inf, Piece("e", "t", 0), 0, 0, slope=1.000_05, rate=1.0, following=None)
CLOCK_ERROR = Micros(100)


def test_a_file_is_left_alone_below_one_frame() -> None:
    steering = WholeFrameSteering()
    for error in (0.0, 20.0, -20.0):
        assert not steering.read(Micros(0), error, CLOCK_ERROR)
        assert steering.pace(LINE) == 1.0
        assert steering.ppm == 0


@settings(deadline=None)
@given(st.floats(-29_000, 29_000))
def test_a_file_comes_to_its_place_by_whole_frames(error: float) -> None:
    steering = WholeFrameSteering()
    start = error / MICROS_PER_FRAME
    frames, readings = start, 0
    while abs(frames) >= 1:
        assert not steering.read(Micros(0), frames * MICROS_PER_FRAME, CLOCK_ERROR)
        moved = (steering.pace(LINE) - 1.0) * READING_FRAMES
        assert abs(moved - round(moved)) < 1e-9
        assert abs(steering.ppm) <= (5_000 if abs(frames * MICROS_PER_FRAME) > 4_000 else 500)
        assert abs(frames + moved) < abs(frames)
        frames, readings = frames + round(moved), readings + 1
    assert readings <= 100 + 200


@pytest.mark.parametrize("steering", [WholeFrameSteering(), DriftSteering()])
def test_far_off_it_jumps_but_not_for_one_wild_reading(steering: WholeFrameSteering | DriftSteering) -> None:
    assert not steering.read(Micros(0), 80_000.0, CLOCK_ERROR)
    for number in range(1, 9):
        assert not steering.read(Micros(50_000 * number), 5.0, CLOCK_ERROR)
    jumps = [steering.read(Micros(1_000_000 + 50_000 * number), -80_000.0, CLOCK_ERROR) for number in range(9)]
    assert any(jumps)
    steering.restart()
    assert not steering.read(Micros(3_000_000), -80_000.0, CLOCK_ERROR)


def test_nobody_jumps_within_what_the_clock_knows() -> None:
    steering = WholeFrameSteering()
    assert not any(steering.read(Micros(0), 80_000.0, Micros(100_000)) for _ in range(20))


def test_a_card_plays_at_the_pace_of_its_clock_and_is_nudged_smoothly() -> None:
    steering = DriftSteering()
    assert steering.pace(LINE) == pytest.approx(1.000_05)
    for number in range(40):
        assert not steering.read(Micros(50_000 * number), 2_000.0, CLOCK_ERROR)
    assert -500 <= steering.ppm < -100
    assert steering.pace(LINE) == pytest.approx(1.000_05 * (1 + steering.ppm / 1e6))
    steering.restart()
    assert steering.ppm == 0
