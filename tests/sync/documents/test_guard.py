"""What is refused before the engine sees it, and what is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.documents.familiar import Summary
from sync.documents.guard import inspect, read_own, read_state_vector
from sync.documents.limits import Limits
from sync.documents.queue import add, move, remove
from sync.refusal import (
    ForeignClientId,
    MalformedUpdate,
    MissingPredecessor,
    Refusal,
    SchemaViolation,
    UpdateTooLarge,
)
from tests.sync.documents.peers import Peer, entry, filled
from tests.sync.documents.updates import (
    NULL,
    ROOT,
    after,
    at_root,
    collected,
    in_map,
    number,
    skipped,
    text,
    update,
    whole_entry,
)

# The document: client 1 (the server) made a map at clock 0 with four values; 9 made three operations that were removed.
CLOCKS = {1: 5, 9: 3}
MAPS = frozenset({(1, 0)})
LIMITS = Limits()


def look(encoded: bytes, *ids: int, limits: Limits = LIMITS) -> Summary:
    return inspect(encoded, limits, frozenset(ids or (7, 8)), root=ROOT, clocks=CLOCKS, maps=MAPS)


# ── honest updates ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_honest_edit_is_summed_up() -> None:
    replica = filled(3)
    peer = Peer(7, replica.state())
    own = read_own(replica.state(), ROOT)
    assert own.ends == {1: 15}
    assert own.maps == {(1, 0), (1, 5), (1, 10)}
    assert own.keys == {"e0", "e1", "e2"}
    edits = [peer.edit(add(entry("n1"))), peer.edit(move({"e0": "A1", "n1": "B1"})), peer.edit(remove("e1"))]
    clocks, maps = dict(own.ends), set(own.maps)
    for edited, ends, deletions in zip(edits, [{7: 5}, {7: 7}, {}], [0, 2, 1], strict=True):
        summary = inspect(edited, LIMITS, peer.ids, root=ROOT, clocks=clocks, maps=maps)
        assert summary.ends == ends
        assert summary.deletions == deletions
        assert summary.may_have_effect
        clocks.update(summary.ends)
        maps |= summary.maps
    replica.close()


def test_an_empty_update_has_no_effect() -> None:
    assert not look(update()).may_have_effect


def test_what_is_known_is_no_news_whoever_sends_it() -> None:
    summary = look(update([(1, 0, whole_entry(1, 0, "e1"))]))
    assert summary == Summary({}, 0, frozenset(), frozenset({"e1"}))
    assert not summary.may_have_effect


def test_runs_of_collected_and_skipped_operations_are_legal() -> None:
    assert look(update([(7, 0, [collected(1000)])])).ends == {7: 1000}
    assert look(update([(1, 0, [skipped(5)])])).ends == {}


def test_sections_may_build_on_each_other() -> None:
    sections = [(7, 0, [in_map(8, 0, "order")]), (8, 0, whole_entry(8, 0, "n1"))]
    assert look(update(sections)).ends == {7: 1, 8: 5}
    assert look(update(sections[::-1])).ends == {7: 1, 8: 5}


def test_values_may_be_added_to_a_map_that_was_removed() -> None:
    first = look(update([(7, 0, [at_root("n1", 1, b"\x01")])]))
    assert first.maps == {(7, 0)}


# ── the table of what is refused ─────────────────────────────────────────────────────────────────────────────────────

MALFORMED = {
    "nothing": b"",
    "one byte": b"\x01",
    "bytes left over": update() + b"\x00",
    "an empty section": update([(7, 0, [])]),
    "two sections of one client": update([(7, 0, [collected(1)]), (7, 1, [collected(1)])]),
    "a run of nothing": update([(7, 0, [collected(0)])]),
    "a run of 2^50": update([(7, 0, [collected(2**50)])]),
    "a deleted run of 2^31": update([(7, 0, [after(1, 1, 1, number(2**31))])]),
    "a clock beyond 2^31": update([(7, 0, [collected(2**20)] * 2049)]),
    "a number of 54 bits": number(2**53),
    "a number without end": b"\xff" * 20,
    "more sections than bytes": number(10**9),
    "more structs than bytes": number(1) + number(10**9) + number(7) + number(0),
    "more ranges than bytes": update()[:1] + number(1) + number(1) + number(10**9),
    "a deleted range of nothing": update(deleted={1: [(0, 0)]}),
    "a deleted range of 2^50": update(deleted={1: [(0, 2**50)]}),
    "two parts of one client in the delete set": b"\x00\x02" + (number(1) + number(1) + b"\x00\x01") * 2,
    "a text that is no UTF-8": update([(7, 0, [in_map(1, 0, "order", body=b"\x01\x77\x02\xff\xff")])]),
    "a text of 4 GiB": update([(7, 0, [in_map(1, 0, "order", body=b"\x01\x77" + number(2**32))])]),
    "a long text": update([(7, 0, [in_map(1, 0, "order", body=b"\x01\x77" + text("x" * 2049))])]),
    "a long binary": update([(7, 0, [in_map(1, 0, "order", body=b"\x01\x74" + number(2**31))])]),
    "an object of 2^40 keys": update([(7, 0, [in_map(1, 0, "order", body=b"\x01\x76" + number(2**40))])]),
    "an unknown value": update([(7, 0, [in_map(1, 0, "order", body=b"\x01\x05")])]),
    "an endless integer": update([(7, 0, [in_map(1, 0, "order", body=b"\x01\x7d" + b"\xff" * 12)])]),
    "its own future": update([(7, 0, [after(7, 0)])]),
    "cut off": update([(7, 0, whole_entry(7, 0, "n1"))])[:-3],
}
MISSING = {
    "a gap": update([(7, 1, [collected(1)])]),
    "a gap inside": update([(7, 0, [collected(1), skipped(1), collected(1)])]),
    "an unknown parent": update([(7, 0, [in_map(6, 0, "order")])]),
    "an unknown predecessor": update([(7, 0, [after(1, 5)])]),
    "the future of somebody is deleted": update(deleted={1: [(0, 6)]}),
    "a stranger is deleted": update(deleted={6: [(0, 1)]}),
    "a run that begins inside what is known": update([(9, 2, [after(1, 1, 1, number(3))])]),
}
VIOLATIONS = {
    "another root": update([(7, 0, [at_root("n1", root="evil")])]),
    "an array": update([(7, 0, [at_root("n1", body=b"\x00")])]),
    "a text": update([(7, 0, [at_root("n1", body=b"\x02")])]),
    "a subdocument": update([(7, 0, [at_root("n1", 9, text("guid") + b"\x7e")])]),
    "a string sequence": update([(7, 0, [at_root("n1", 4, text("hello"))])]),
    "a value at the root": update([(7, 0, [at_root("n1", 8, NULL)])]),
    "a value without a key": update([(7, 0, [b"\x08\x01" + text(ROOT) + NULL])]),
    "a map in a map": update([(7, 0, [in_map(1, 0, "order", 7, b"\x01")])]),
    "a map in the place of a value": update([(7, 0, [after(1, 1, 7, b"\x01")])]),
    "a value in the place of a map": update([(7, 0, [after(1, 0)])]),
    "a right neighbour": update([(7, 0, [b"\x48" + number(1) + number(1) + NULL])]),
    "a value in a value": update([(7, 0, [in_map(1, 1, "order")])]),
    "two values under a key": update([(7, 0, [in_map(1, 0, "order", body=b"\x02\x7e\x7e")])]),
}


@pytest.mark.parametrize("encoded", MALFORMED.values(), ids=MALFORMED)
def test_malformed_updates_are_refused(encoded: bytes) -> None:
    with pytest.raises(MalformedUpdate):
        look(encoded)


@pytest.mark.parametrize("encoded", MISSING.values(), ids=MISSING)
def test_updates_that_build_on_the_unknown_are_refused(encoded: bytes) -> None:
    with pytest.raises(MissingPredecessor):
        look(encoded, 7, 8, 9)


@pytest.mark.parametrize("encoded", VIOLATIONS.values(), ids=VIOLATIONS)
def test_content_that_documents_do_not_have_is_refused(encoded: bytes) -> None:
    with pytest.raises(SchemaViolation):
        look(encoded)


@pytest.mark.parametrize("foreign", [1, 9, 6, 2**31 - 1])
def test_nobody_authors_under_the_id_of_another(foreign: int) -> None:
    with pytest.raises(ForeignClientId):
        look(update([(foreign, CLOCKS.get(foreign, 0), [collected(1)])]))


def test_a_long_update_is_refused_unread() -> None:
    with pytest.raises(UpdateTooLarge):
        look(bytes(64 * 1024 + 1))


@pytest.mark.parametrize("opening", [b"\x75\x01", b"\x76\x01\x01k"], ids=["arrays", "objects"])
@pytest.mark.parametrize("depth", [64, 15_000])
def test_depth_bombs_are_refused(opening: bytes, depth: int) -> None:
    with pytest.raises(MalformedUpdate, match="deep"):
        look(update([(7, 0, [in_map(1, 0, "order", body=b"\x01" + opening * depth + b"\x7e")])]))


@pytest.mark.parametrize("opening", [b"\x75\x01", b"\x76\x01\x01k"], ids=["arrays", "objects"])
def test_moderate_depth_is_no_matter_of_the_guard(opening: bytes) -> None:
    assert look(update([(7, 0, [in_map(1, 0, "order", body=b"\x01" + opening * 63 + b"\x7e")])])).ends == {7: 1}


def test_every_plain_value_is_read_to_its_end() -> None:
    values = [
        b"\x7f", b"\x7e", b"\x7d\x05", b"\x7d\xc5\x01", b"\x7c" + bytes(4), b"\x7b" + bytes(8), b"\x7a" + bytes(8),
        b"\x79", b"\x78", b"\x77" + text("ü"), b"\x76\x02" + text("a") + b"\x7e" + text("b") + b"\x78", b"\x75\x00",
        b"\x74\x02ab",
    ]  # fmt: skip
    body = b"\x01\x75" + number(len(values)) + b"".join(values)
    assert look(update([(7, 0, [in_map(1, 0, "order", body=body)])])).ends == {7: 1}


@given(st.binary(max_size=120))
def test_any_bytes_are_read_or_refused(encoded: bytes) -> None:
    for read in (lambda: look(encoded), lambda: read_own(encoded, ROOT), lambda: read_state_vector(encoded, LIMITS)):
        try:
            read()
        except Refusal:
            continue


# ── state vectors ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_state_vector_is_read() -> None:
    assert read_state_vector(b"", LIMITS) == {}
    assert read_state_vector(b"\x00", LIMITS) == {}
    assert read_state_vector(b"\x02\x07\x80\x01\x01\x05", LIMITS) == {7: 128, 1: 5}


@pytest.mark.parametrize(
    "encoded", [b"\x01", b"\x01\x07", b"\x00\x00", b"\x02\x07\x01\x07\x02", b"\xff\xff\xff\xff\x7f", b"\xff" * 12]
)
def test_a_malformed_state_vector_is_refused(encoded: bytes) -> None:
    with pytest.raises(MalformedUpdate):
        read_state_vector(encoded, LIMITS)
