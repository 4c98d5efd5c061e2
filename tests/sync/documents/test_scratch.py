"""Scratch documents: anything goes, within bounds, and in one update a tick."""

from typing import Any

import pytest
from pycrdt import Array, Doc, Map, Text, TransactionEvent

from sync.documents.limits import Limits
from sync.documents.replica import Replica
from sync.documents.scratch import SCRATCH, SCRATCH_LIMITS
from sync.refusal import MalformedUpdate, UpdateTooLarge
from tests.sync.documents.updates import number, text, update

IDS = frozenset({7})


def updates_of(doc: Doc[Any]) -> list[bytes]:
    updates: list[bytes] = []

    def note(event: TransactionEvent) -> None:
        updates.append(event.update)

    doc.observe(note)
    return updates


def test_a_tick_of_edits_to_anything_becomes_one_update_that_brings_others_in_step() -> None:
    doc: Doc[Any] = Doc(client_id=7)
    updates = updates_of(doc)
    doc.get("list", type=Array).append(Map({"a": 1}))
    written = doc.get("words", type=Text)
    written.insert(0, "hello")
    del written[0:2]
    replica, other = Replica(SCRATCH, SCRATCH_LIMITS), Doc[Any]()
    for each in updates:
        assert replica.propose(each, IDS).has_effect
        replica.accept()
    told = replica.flush()
    assert told is not None
    other.apply_update(told)
    assert str(other.get("words", type=Text)) == "llo"
    again = Replica.load(SCRATCH, b"", [told], SCRATCH_LIMITS)
    assert again.state_vector() == replica.state_vector()
    assert again.propose(updates[0], frozenset()).has_effect is False


def test_a_child_of_what_cannot_have_children_is_refused_and_nothing_else_is_harmed() -> None:
    replica = Replica(SCRATCH, SCRATCH_LIMITS)
    replica.propose(update([(7, 0, [b"\x04\x01" + text("t") + text("abc")])]), IDS)
    replica.accept()
    child = b"\x08\x00" + number(7) + number(1) + b"\x01\x7e"
    with pytest.raises(MalformedUpdate):
        replica.propose(update([(7, 3, [child])]), IDS)
    assert replica.propose(update([(7, 3, [b"\x04\x01" + text("u") + text("d")])]), IDS).has_effect


def test_shared_values_are_bounded() -> None:
    replica = Replica(SCRATCH, Limits(shared_values=2))
    array = b"\x07\x01" + text("r") + b"\x00"
    replica.propose(update([(7, 0, [array, array])]), IDS)
    replica.accept()
    with pytest.raises(UpdateTooLarge):
        replica.propose(update([(7, 2, [array])]), IDS)


def test_authors_are_bounded() -> None:
    replica = Replica(SCRATCH, Limits(client_ids=1))
    one = b"\x04\x01" + text("t") + text("a")
    replica.propose(update([(7, 0, [one])]), IDS)
    replica.accept()
    with pytest.raises(UpdateTooLarge):
        replica.propose(update([(8, 0, [one])]), frozenset({8}))
