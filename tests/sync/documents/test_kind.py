"""Records that kinds and replicas exchange."""

import pytest

from sync.documents.kind import Action, Change


class Painted(Action, frozen=True, tag="painted"):
    """An action as a kind defines it."""

    entry: str
    shade: int


def test_an_action_tells_its_name_and_its_fields() -> None:
    assert Painted("e1", 3).to_plain() == {"did": "painted", "entry": "e1", "shade": 3}


def test_records_are_values() -> None:
    change = Change("e1", is_there=False, value=None, was_set=True)
    assert change == Change("e1", is_there=False, value=None, was_set=True)
    with pytest.raises(AttributeError):
        change.key = "e2"  # type: ignore[misc]  # that is the test
