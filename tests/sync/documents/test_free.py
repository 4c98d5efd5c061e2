"""Free-form updates: whatever Yjs clients make passes, what would hurt does not."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycrdt import Array, Doc, Map, Text, TransactionEvent, XmlElement, XmlFragment, XmlText

from sync.documents.familiar import Summary
from sync.documents.free import inspect_free, read_own_free
from sync.documents.limits import Limits
from sync.documents.nesting import Nesting
from sync.refusal import (
    ForeignClientId,
    MalformedUpdate,
    MissingPredecessor,
    Refusal,
    SchemaViolation,
    UpdateTooLarge,
)
from tests.sync.documents.updates import after, number, skipped, text, update

LIMITS = Limits(text_bytes=4096)
IDS = frozenset({7})


def look(encoded: bytes, clocks: dict[int, int] | None = None, limits: Limits = LIMITS) -> Summary:
    return inspect_free(encoded, limits, IDS, clocks=clocks or {}, nesting=Nesting(limits))


def in_root(content: int, body: bytes, key: str = "") -> bytes:
    if key:
        return bytes([0x20 | content]) + b"\x01" + text("r") + text(key) + body
    return bytes([content]) + b"\x01" + text("r") + body


def make_text(doc: Doc[Any]) -> None:
    written = doc.get("t", type=Text)
    written.insert(0, "héllo 😀 wörld")
    written.format(0, 3, {"bold": True})
    written.insert_embed(1, {"picture": [1]})
    del written[2:5]


def make_arrays(doc: Doc[Any]) -> None:
    array = doc.get("a", type=Array)
    array.append(Map({"x": [1, 2]}))
    array.append(Array([Map({"y": Text("q")})]))
    array.insert(1, "z")
    del array[0]


def make_maps(doc: Doc[Any]) -> None:
    content: Map[object] = doc.get("m", type=Map)
    content["k"], content["b"] = 1, b"binary"
    content["k"] = 2
    content["n"] = Map({"q": Map({"z": 1.5})})
    del content["n"]


def make_xml(doc: Doc[Any]) -> None:
    page = doc.get("x", type=XmlFragment)
    page.children.append(XmlElement("p"))
    page.children[0].children.append(XmlText("hey"))


@pytest.mark.parametrize("make", [make_text, make_arrays, make_maps, make_xml])
def test_what_clients_make_passes_piece_by_piece_and_as_a_whole(make: Callable[[Doc[Any]], None]) -> None:
    doc: Doc[Any] = Doc(client_id=7)
    updates: list[bytes] = []

    def note(event: TransactionEvent) -> None:
        updates.append(event.update)

    subscription = doc.observe(note)
    make(doc)
    doc.unobserve(subscription)
    clocks: dict[int, int] = {}
    nesting = Nesting(LIMITS)
    for each in updates:
        summary = inspect_free(each, LIMITS, IDS, clocks=clocks, nesting=nesting)
        clocks.update(summary.ends)
        nesting.learn(summary.placed)
    whole = read_own_free(doc.get_update(), {}, Nesting(LIMITS))
    assert whole.ends == clocks
    assert len(updates) > 1


def test_shared_values_are_counted_by_their_ids() -> None:
    told = look(update([(7, 0, [in_root(7, b"\x00"), in_root(7, b"\x01", "k")])]))
    assert told.placed.shared == {(7, 0): 1, (7, 1): 1}


@pytest.mark.parametrize(
    ("refusal", "encoded"),
    [
        (ForeignClientId, update([(8, 0, [in_root(4, text("x"))])])),
        (MissingPredecessor, update([(7, 3, [in_root(4, text("x"))])])),
        (MissingPredecessor, update([(7, 0, [skipped(2)])])),
        (MissingPredecessor, update([(7, 0, [after(9, 0, 4, text("x"))])])),
        (MissingPredecessor, update(deleted={9: [(0, 1)]})),
        (SchemaViolation, update([(7, 0, [in_root(9, text("guid") + b"\x7e")])])),
        (SchemaViolation, update([(7, 0, [in_root(11, b"\x00")])])),
        (SchemaViolation, update([(7, 0, [in_root(7, b"\x07")])])),
        (MalformedUpdate, update([(7, 0, [in_root(4, text(""))])])),
        (MalformedUpdate, update([(7, 0, [in_root(8, b"\x00")])])),
        (MalformedUpdate, update([(7, 0, [in_root(4, b"\x02\xff\xff")])])),
        (MalformedUpdate, update([(7, 0, [in_root(5, text("[" * 65))])])),
        (MalformedUpdate, update([(7, 0, [in_root(8, b"\x01" + b"\x75\x01" * 70 + b"\x7e")])])),
        (MalformedUpdate, update([(7, 0, [in_root(3, number(50) + b"x")])])),
        (UpdateTooLarge, bytes(LIMITS.update_bytes + 1)),
    ],
)
def test_what_would_hurt_is_refused(refusal: type[Refusal], encoded: bytes) -> None:
    with pytest.raises(refusal):
        look(encoded)


def test_a_foreign_id_is_named() -> None:
    with pytest.raises(ForeignClientId) as refused:
        look(update([(8, 0, [in_root(4, text("x"))])]))
    assert refused.value.client_id == 8


def test_a_keyed_run_that_begins_before_what_is_known_is_refused_and_a_text_is_not() -> None:
    # Yjs merges what a client typed; it sends the whole run again after a lost answer.
    assert look(update([(7, 0, [in_root(4, text("abc"))])]), {7: 1}).ends == {7: 3}
    with pytest.raises(MissingPredecessor):
        look(update([(7, 0, [in_root(8, b"\x02\x7e\x7e", "k")])]), {7: 1})


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(encoded: bytes) -> None:
    try:
        look(encoded, {1: 3})
    except Refusal:
        return
