import json
from fractions import Fraction
from math import floor
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from sync.timeline.anchor import Anchor
from sync.units import Micros
from tests.vectors import make_timeline

VECTORS = Path(__file__).parents[2] / "vectors"

YEAR = 365 * 24 * 3600 * 10**6

instants = st.integers(-YEAR, YEAR).map(Micros)
positions = st.integers(0, 24 * 3600 * 10**6).map(Micros)
rates = st.integers(500, 2000)
moving = st.builds(Anchor, instants, positions, rates)


@given(moving, instants)
def test_the_position_is_the_exact_line_rounded_down(anchor: Anchor, instant: Micros) -> None:
    exact = anchor.position + Fraction(anchor.rate_permille, 1000) * (instant - anchor.at)
    assert anchor.position_at(instant) == floor(exact)


@given(moving, positions)
def test_an_instant_is_the_first_at_which_the_position_is_reached(anchor: Anchor, position: Micros) -> None:
    instant = anchor.instant_of(position)
    assert instant is not None
    assert anchor.position_at(instant) >= position
    assert anchor.position_at(Micros(instant - 1)) < position


@given(moving, instants, st.integers(0, 10**12))
def test_the_line_never_runs_backwards(anchor: Anchor, instant: Micros, span: int) -> None:
    assert anchor.position_at(Micros(instant + span)) >= anchor.position_at(instant)


@given(instants, positions, instants)
def test_a_paused_line_stays_where_it_is_and_reaches_nothing(at: Micros, position: Micros, later: Micros) -> None:
    anchor = Anchor(at, position, 0)
    assert anchor.position_at(later) == position
    assert anchor.instant_of(Micros(position + 1)) is None


@given(moving)
def test_the_line_goes_through_its_anchor(anchor: Anchor) -> None:
    assert anchor.position_at(anchor.at) == anchor.position
    assert anchor.instant_of(anchor.position) == anchor.at


def test_hours_of_playback_at_every_speed_are_as_in_the_shared_vectors() -> None:
    assert json.loads((VECTORS / "timeline_anchor.json").read_text()) == make_timeline.anchors()
