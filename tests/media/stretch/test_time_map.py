import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.stretch.time_map import TimeMap

RATES = st.floats(0.25, 4.0)


def test_pieces_follow_each_other() -> None:
    path = TimeMap()
    path.extend(100, 2.0)
    path.extend(100, 0.5)
    assert path.output_at(100) == 50
    assert path.output_at(200) == 250
    assert path.input_at(25) == 50
    assert path.input_at(150) == 150


@given(st.lists(st.tuples(st.integers(1, 5000), RATES), min_size=1, max_size=8), st.floats(0, 1))
def test_there_and_back_is_where_it_was(pieces: list[tuple[int, float]], share: float) -> None:
    path = TimeMap()
    for frames, rate in pieces:
        path.extend(frames, rate)
    position = share * path.end
    assert path.input_at(path.output_at(position)) == pytest.approx(position, abs=1e-6)


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=8), RATES)
def test_the_same_rate_again_begins_no_piece(lengths: list[int], rate: float) -> None:
    cut, whole = TimeMap(), TimeMap()
    for frames in lengths:
        cut.extend(frames, rate)
    whole.extend(sum(lengths), rate)
    if whole.end:
        assert cut.output_at(cut.end) == whole.output_at(whole.end)


def test_forgotten_pieces_change_nothing_later() -> None:
    path, kept = TimeMap(), TimeMap()
    for rate in (0.5, 2.0, 1.0, 0.8):
        path.extend(1000, rate)
        kept.extend(1000, rate)
    path.forget_before(path.output_at(2500))
    for position in range(2500, 4000, 100):
        assert path.output_at(position) == kept.output_at(position)
        assert path.input_at(path.output_at(position)) == kept.input_at(kept.output_at(position))
