import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.refusal import MalformedUpdate
from sync.timeline import transport as line
from sync.timeline.plain import from_plain, to_plain
from sync.timeline.transport import Cue
from sync.units import Micros, SampleCount
from tests.vectors import make_timeline

VECTORS = Path(__file__).parents[2] / "vectors"

ROOM = line.settle(
    line.play(line.empty("c"), Cue("e", "t", "a", SampleCount(48_001)), Micros(7), Micros(5)),
    Cue("f", "u", "b", SampleCount(0)),
)


def floated(value: object) -> object:
    """As pycrdt returns it."""
    if isinstance(value, dict):
        return {name: floated(part) for name, part in value.items()}
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def test_a_record_survives_being_written_and_read() -> None:
    assert from_plain(to_plain(ROOM)) == ROOM
    assert from_plain(to_plain(line.empty("c"))) == line.empty("c")


def test_whole_numbers_may_come_as_floats_and_leave_as_ints() -> None:
    read = from_plain(floated(to_plain(ROOM)))
    assert read == ROOM
    assert type(read.anchor.at) is int
    assert type(read.boundary_at) is int


def test_unknown_names_are_ignored_and_the_vibe_may_be_missing() -> None:
    value = to_plain(ROOM) | {"mood": "blue"}
    del value["rate_permille"], value["pitch_cents"], value["keeps_formants"]
    assert from_plain(value) == ROOM


@pytest.mark.parametrize("case", make_timeline.malformed(), ids=lambda case: str(case["why"]))
def test_values_that_are_no_record_are_refused(case: dict[str, object]) -> None:
    with pytest.raises(MalformedUpdate):
        from_plain(case["value"])


def test_the_shared_vectors_are_these() -> None:
    assert json.loads((VECTORS / "timeline_malformed.json").read_text()) == make_timeline.malformed()


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)


@given(anything)
def test_anything_else_is_refused(value: object) -> None:
    with pytest.raises(MalformedUpdate):
        from_plain(value)


@given(st.sampled_from(sorted(to_plain(ROOM))), anything)
def test_a_record_with_one_field_replaced_is_read_or_refused(name: str, value: object) -> None:
    try:
        read = from_plain(to_plain(ROOM) | {name: value})
    except MalformedUpdate:
        return
    assert from_plain(to_plain(read)) == read
