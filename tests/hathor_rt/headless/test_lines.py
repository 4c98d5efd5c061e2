import math

from hathor_rt.headless.lines import Line, Piece


def test_a_line_extends_both_ways() -> None:
    line = Line("r", -math.inf, Piece("e", "t", 0), at=1_000, position=500, slope=1.5, rate=1.5, following=None)
    assert line.position_at(1_000) == 500
    assert line.position_at(1_100) == 650
    assert line.position_at(900) == 350
