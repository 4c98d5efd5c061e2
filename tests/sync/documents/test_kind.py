"""Records that kinds and replicas exchange."""

from dataclasses import FrozenInstanceError, dataclass
from typing import ClassVar

import pytest

from sync.documents.kind import Action, Change


@dataclass(frozen=True, slots=True)
class Painted(Action):
    """An action as a kind defines it."""

    did: ClassVar[str] = "painted"
    entry: str
    shade: int


def test_an_action_tells_its_name_and_its_fields() -> None:
    assert Painted("e1", 3).to_plain() == {"did": "painted", "entry": "e1", "shade": 3}


def test_records_are_values() -> None:
    change = Change("e1", is_there=False, value=None, was_set=True)
    assert change == Change("e1", is_there=False, value=None, was_set=True)
    with pytest.raises(FrozenInstanceError):
        change.key = "e2"  # type: ignore[misc]  # that is the test
