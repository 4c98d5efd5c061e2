import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.composer.rhythm import Feel, Tempo, beat_seconds, grid, perform, swung, without
from media.composer.score import Note

STRAIGHT = Feel(timing_ms=0, velocity_spread=0)
NOTES = tuple(Note(beat * 0.25, 0.25, 60, 0.8, "hat") for beat in range(64))


def test_a_grid_is_read_by_rows() -> None:
    bar = grid({"kick": "X..x", "hat": "o g."}, 0.5)
    assert bar.beats == 2
    assert [(n.syllable, n.beat, n.velocity) for n in bar.notes] == [
        ("kick", 0, 1.0), ("hat", 0, 0.5), ("hat", 0.5, 0.28), ("kick", 1.5, 0.8), ("hat", 1.5, 0.5),
    ]  # fmt: skip


def test_straight_playing_is_exact() -> None:
    events = perform(NOTES, Tempo(120), STRAIGHT, np.random.default_rng(1))
    assert [event.at_second for event in events] == [note.beat * 0.5 for note in NOTES]


def test_people_are_uneven_but_never_far_off() -> None:
    events = perform(NOTES, Tempo(120), Feel(timing_ms=5, velocity_spread=0.1), np.random.default_rng(1))
    errors = np.array([event.at_second - note.beat * 0.5 for event, note in zip(events, NOTES, strict=True)])
    assert 0.001 < errors[1:].std() < 0.008
    assert np.abs(errors).max() <= 0.0100001
    assert len({event.velocity for event in events}) > 30


def test_the_same_seed_plays_the_same() -> None:
    feel = Feel()
    assert perform(NOTES, Tempo(90), feel, np.random.default_rng(5)) == perform(
        NOTES, Tempo(90), feel, np.random.default_rng(5)
    )
    assert perform(NOTES, Tempo(90), feel, np.random.default_rng(5)) != perform(
        NOTES, Tempo(90), feel, np.random.default_rng(6)
    )


def test_full_swing_makes_triplets() -> None:
    feel = Feel(swing=1.0, swing_step=0.5)
    assert [swung(beat, feel) for beat in (0, 0.5, 1.0, 1.5)] == pytest.approx([0, 2 / 3, 1, 5 / 3])


@given(st.floats(0, 1), st.floats(0, 100), st.floats(0, 100))
def test_swing_keeps_the_order_of_notes(swing: float, one: float, two: float) -> None:
    feel = Feel(swing=swing)
    assert (swung(one, feel) <= swung(two, feel)) or one > two


def test_nothing_starts_before_the_song() -> None:
    events = perform((Note(0, 1, 60),), Tempo(100), Feel(late_ms=-50), np.random.default_rng(0))
    assert events[0].at_second == 0


def test_beats_are_evenly_spaced() -> None:
    assert beat_seconds(Tempo(120), 3) == (0, 0.5, 1.0)


def test_drums_can_be_left_out() -> None:
    bar = grid({"kick": "x...", "hat": "xxxx"})
    assert {n.syllable for n in without(bar, ("kick",)).notes} == {"hat"}
