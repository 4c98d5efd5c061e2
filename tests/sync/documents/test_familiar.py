"""What is recognised as a whole is judged as it would be struct by struct; what is not is left to that."""

import random
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from pycrdt import Doc, Map, Text

from sync.documents.familiar import Id, Summary, recognise, recognise_free
from sync.documents.free import inspect_free, read_own_free
from sync.documents.guard import Reading, inspect, read_own, read_state_vector
from sync.documents.limits import Limits
from sync.documents.nesting import Nesting, Placed
from sync.refusal import Refusal
from tests.sync.documents.updates import ROOT, RandomUpdates, after, at_root, in_map, number, text, update, whole_entry

LIMITS = Limits()
# What stands in a shared value at a root is deep already.
FLAT_LIMITS = Limits(depth=2)
IDS = frozenset({7, 700_001})
FIELDS: dict[str, object] = {"track": "t1", "added_by": "p1", "order": "V1", "added_at": 1_763_600_000_000_000}

Situation = tuple[bytes, str | None, dict[int, int], set[Id], Nesting]
"""An update that comes, the root of its document, and what is known then: next clocks, nested maps, depths."""


def written(client: int, root: str | None, edits: Iterable[Callable[[Doc[Any]], None]]) -> list[Situation]:
    """The updates that a real client makes of `edits`, each with what is known before it."""
    updates: list[bytes] = []
    doc: Doc[Any] = Doc(client_id=client)
    subscription = doc.observe(lambda event: updates.append(event.update))
    situations: list[Situation] = []
    for edit in edits:
        clocks = read_state_vector(doc.get_state(), LIMITS)
        maps, nesting = set[Id](), Nesting(FLAT_LIMITS)
        if root is None:
            nesting.learn(read_own_free(doc.get_update(), {}, nesting).placed)
        else:
            maps.update(read_own(doc.get_update(), root).maps)
        with doc.transaction():
            edit(doc)
        situations.append((updates[-1], root, clocks, maps, nesting))
    doc.unobserve(subscription)
    return situations


def put(key: str, fields: dict[str, object]) -> Callable[[Doc[Any]], None]:
    def edit(doc: Doc[Any]) -> None:
        doc.get(ROOT, type=Map)[key] = Map(fields)

    return edit


def set_field(key: str, field: str, value: object) -> Callable[[Doc[Any]], None]:
    def edit(doc: Doc[Any]) -> None:
        doc.get(ROOT, type=Map)[key][field] = value

    return edit


def set_root(key: str, value: object) -> Callable[[Doc[Any]], None]:
    def edit(doc: Doc[Any]) -> None:
        doc.get(ROOT, type=Map)[key] = value

    return edit


def type_text(at: int, typed: str) -> Callable[[Doc[Any]], None]:
    def edit(doc: Doc[Any]) -> None:
        doc.get("text", type=Text).insert(at, typed)

    return edit


def type_deep(at: int) -> Callable[[Doc[Any]], None]:
    def edit(doc: Doc[Any]) -> None:
        doc.get(ROOT, type=Map)["m"]["text"].insert(at, "x")

    return edit


def familiar_situations(client: int) -> list[Situation]:
    entries = [put("e1", FIELDS), put("e2", FIELDS), set_field("e1", "order", "a1"), set_field("e1", "order", "B7")]
    notes = [put("e3", FIELDS), set_field("e3", "note", "hear this"), set_field("e3", "note", "or not")]
    values = [set_root("k", value) for value in ("a", "b", True, False, None, 3, -70_000, 1.5, 1e300, "", "c")]
    typing = [type_text(0, "a"), type_text(1, "b"), type_text(0, "zero"), type_text(2, "in between"), type_text(3, "x")]
    deep = [put("m", {}), set_field("m", "deep", "x"), set_field("m", "deep", "y")]
    return [
        *written(client, ROOT, [*entries, *notes]),
        *written(client, None, [*values, *typing, *deep]),
        *written(client, None, [put("m", {"text": Text("abc")}), *(type_deep(at) for at in (1, 2, 0, 6))]),
    ]


def at_length(situation: Situation, changed: bytes) -> Summary | str:
    """What reading struct by struct says."""
    _, root, clocks, maps, nesting = situation
    limits = Limits(text_bytes=LIMITS.text_bytes)
    try:
        if root is not None:
            return Reading(changed, limits, IDS, root, clocks, maps).run()
        # Below this limit nothing is recognised, so all is read.
        return inspect_free(changed, Limits(run=126), IDS, clocks=clocks, nesting=nesting)
    except Refusal as refusal:
        return refusal.code


def recognised(situation: Situation, changed: bytes) -> Summary | None:
    _, root, clocks, maps, nesting = situation
    if root is None:
        return recognise_free(changed, LIMITS, IDS, clocks=clocks, nesting=nesting)
    return recognise(changed, LIMITS, IDS, root=root, clocks=clocks, maps=maps)


@pytest.mark.parametrize("client", IDS)
def test_everyday_edits_of_real_clients_are_recognised(client: int) -> None:
    situations = familiar_situations(client)
    found = [recognised(situation, situation[0]) for situation in situations]
    known = [summary is not None for summary in found]
    # Four others: the first characters of a text, empty maps, and what Yjs writes in more than one operation.
    assert known.count(False) <= 4
    assert sum(bool(summary and summary.placed.deep) for summary in found) == 6
    for situation, summary in zip(situations, found, strict=True):
        assert summary is None or summary == at_length(situation, situation[0])


@pytest.mark.parametrize("client", IDS)
def test_damaged_familiar_updates_are_never_judged_otherwise_than_at_length(client: int) -> None:
    chance = random.Random(client)
    agreed = 0
    for situation in familiar_situations(client):
        for _ in range(400):
            changed = bytearray(situation[0])
            for _ in range(chance.choice((1, 1, 2, 3))):
                at = chance.randrange(len(changed))
                how = chance.randrange(3)
                if how == 0:
                    changed[at] = chance.choice((chance.randrange(256), changed[at] ^ 1, changed[at] + 1 & 0xFF))
                elif how == 1:
                    changed.insert(at, chance.choice((0, 1, 7, 0x20, 0x41, 0x80, chance.randrange(256))))
                elif len(changed) > 1:
                    del changed[at]
            summary = recognised(situation, bytes(changed))
            if summary is not None:
                assert summary == at_length(situation, bytes(changed)), bytes(changed).hex()
                agreed += 1
    assert agreed > 100


@pytest.mark.parametrize("seed", range(4))
def test_senseless_updates_are_never_judged_otherwise_than_at_length(seed: int) -> None:
    clocks, maps, nesting = {7: 4, 8: 3}, {(7, 0), (8, 1)}, Nesting(FLAT_LIMITS)
    nesting.learn(Placed({(7, 0): 1, (8, 1): 2}, ((7, 2, 4, 2), (8, 1, 2, 2))))
    random_updates = RandomUpdates(seed, (7, 8))
    for _ in range(1500):
        made = random_updates.next(clocks)
        for root in (ROOT, None):
            situation: Situation = (made, root, clocks, maps, nesting)
            summary = recognised(situation, made)
            assert summary is None or summary == at_length(situation, made), made.hex()


KNOWN, MAPS = {7: 5, 9: 6}, {(7, 0), (9, 0)}
VALUE = in_map(7, 0, "note")


@pytest.mark.parametrize(
    "strange",
    [
        update([(7, 4, [VALUE])]),  # known already
        update([(7, 6, [VALUE])]),  # something is missing before it
        update([(9, 6, [in_map(9, 0, "note")])]),  # by somebody else
        update([(7, 5, [in_map(7, 3, "note")])]),  # within what is no map
        update([(7, 5, [in_map(9, 6, "note")])]),  # within what does not exist yet
        update([(7, 5, [after(7, 0)])]),  # in the place of a nested map
        update([(7, 5, [after(9, 6)])]),  # after what does not exist yet
        update([(7, 5, [after(7, 5)])]),  # after itself
        update([(7, 5, [VALUE])], {9: [(5, 2)]}),  # deletes the future
        update([(7, 5, [VALUE])], {7: [(5, 2)]}),
        update([(7, 5, [at_root("k", 8, b"\x01\x77" + text("x"))])]),  # a plain value under the root
        update([(7, 6, whole_entry(7, 6, "e9"))]),  # an entry with a gap before it
        update([(7, 5, whole_entry(7, 4, "e9"))]),  # its fields elsewhere
        update([(7, 5, [in_map(7, 0, "x" * 200)])]),  # longer than the pattern goes
    ],
)  # fmt: skip
def test_what_is_not_quite_familiar_is_left_to_the_guard(strange: bytes) -> None:
    assert recognise(strange, LIMITS, IDS, root=ROOT, clocks=KNOWN, maps=MAPS) is None


def test_tight_limits_leave_everything_to_the_guard() -> None:
    known = update([(7, 5, [VALUE])])
    assert recognise(known, LIMITS, IDS, root=ROOT, clocks=KNOWN, maps=MAPS) == inspect(
        known, LIMITS, IDS, root=ROOT, clocks=KNOWN, maps=MAPS
    )
    for tight in (Limits(text_bytes=126), Limits(run=126)):
        assert recognise(known, tight, IDS, root=ROOT, clocks=KNOWN, maps=MAPS) is None


def test_clocks_end_where_those_of_the_engine_do() -> None:
    last = 2**31 - 1
    typed = b"\x01\x01" + number(7) + number(last - 2) + b"\x84" + number(7) + number(0)
    known, nesting = {7: last - 2}, Nesting(LIMITS)
    assert recognise_free(typed + b"\x02ab\x00", LIMITS, IDS, clocks=known, nesting=nesting) is not None
    assert recognise_free(typed + b"\x03abc\x00", LIMITS, IDS, clocks=known, nesting=nesting) is None
