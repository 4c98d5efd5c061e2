"""Numbers survive the way through the engine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycrdt import Doc, Map

from sync.documents.plain import LARGEST_WHOLE, Plain, is_storable, with_whole_numbers

plains = st.recursive(
    st.none() | st.booleans() | st.integers(-LARGEST_WHOLE, LARGEST_WHOLE) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.slow
@given(plains)
def test_what_goes_through_a_document_comes_back(value: Plain) -> None:
    assert is_storable(value)
    doc: Doc[Map[object]] = Doc()
    root: Map[object] = doc.get("root", type=Map)
    root["value"] = value
    assert with_whole_numbers(root["value"]) == value


def test_whole_floats_become_ints_and_others_stay() -> None:
    assert repr(with_whole_numbers([2.0, -0.5, {"a": 1e3}, 2.0**60])) == "[2, -0.5, {'a': 1000}, 1.152921504606847e+18]"


@pytest.mark.parametrize("value", [2**53, -(2**53), float("nan"), float("-inf"), [{"a": 2**60}]])
def test_what_javascript_cannot_hold_is_not_storable(value: Plain) -> None:
    assert not is_storable(value)


def test_a_shared_type_is_no_plain_value() -> None:
    with pytest.raises(TypeError, match="Map"):
        with_whole_numbers([Map()])
