"""However they are sent, shared values of a free-form document nest no deeper than the limit, and half of it always."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from pycrdt import Array, Doc, Map, Text

from sync.documents.free import inspect_free
from sync.documents.nesting import Nesting, Placed
from sync.documents.replica import Replica
from sync.documents.scratch import SCRATCH, SCRATCH_LIMITS
from sync.refusal import MalformedUpdate, MissingPredecessor
from tests.sync.documents.updates import after, before, collected, number, text, update, within

IDS = frozenset({7, 9})
DEEPEST = SCRATCH_LIMITS.depth
ARRAY, MAP, TEXT, ELEMENT = b"\x00", b"\x01", b"\x02", b"\x03" + text("p")
PLAIN, WORD = b"\x01\x7e", text("abc")
SHARED = 7


@dataclass(slots=True)
class Chain:
    """What client 7 writes: one shared value in the other, each in the last one; `clock` comes next."""

    operations: list[bytes] = field(default_factory=list)
    clock: int = 0
    last: int = 0

    def add(self, operation: bytes, length: int = 1) -> "Chain":
        self.operations.append(operation)
        self.clock += length
        return self

    def nested(self) -> None:
        """What was added last is the next level."""
        self.last = self.clock - 1

    def levels(self, level: "Level", count: int) -> "Chain":
        for _ in range(count):
            level(self)
            self.nested()
        return self


Level = Callable[[Chain], object]
"""Adds the operations of one more level; the last of them is a shared value in `Chain.last`."""


def root() -> Chain:
    return Chain().add(b"\x07\x01" + text("r") + ARRAY)


def first(shared: bytes, key: str = "") -> Level:
    return lambda chain: chain.add(within(7, chain.last, SHARED, shared, key))


def behind_a_plain_value(chain: Chain) -> None:
    chain.add(within(7, chain.last, 8, PLAIN)).add(after(7, chain.clock - 1, SHARED, ARRAY))


def before_a_plain_value(chain: Chain) -> None:
    chain.add(within(7, chain.last, 8, PLAIN)).add(before(7, chain.clock - 1, SHARED, ARRAY))


def behind_a_shared_value(chain: Chain) -> None:
    chain.add(within(7, chain.last, SHARED, TEXT)).add(after(7, chain.clock - 1, SHARED, ARRAY))


def in_the_place_of_a_plain_value(chain: Chain) -> None:
    chain.add(within(7, chain.last, 8, PLAIN, "k")).add(after(7, chain.clock - 1, SHARED, MAP))


def in_the_middle_of_a_text(chain: Chain) -> None:
    chain.add(within(7, chain.last, 4, WORD), 3)
    neighbours = number(7) + number(chain.clock - 3) + number(7) + number(chain.clock - 2)
    chain.add(b"\xc7" + neighbours + TEXT)


LEVELS = {
    "arrays": first(ARRAY),
    "maps": first(MAP, "k"),
    "texts": first(TEXT),
    "elements": first(ELEMENT),
    "behind a plain value": behind_a_plain_value,
    "before a plain value": before_a_plain_value,
    "behind a shared value": behind_a_shared_value,
    "in the place of a plain value": in_the_place_of_a_plain_value,
    "in the middle of a text": in_the_middle_of_a_text,
}

GUESSED = (behind_a_plain_value, before_a_plain_value, in_the_place_of_a_plain_value, in_the_middle_of_a_text)


def is_taken(replica: Replica, proposed: bytes) -> bool:
    """Whether it was; the only refusal there may be names its reason."""
    try:
        assert replica.propose(proposed, IDS).has_effect
    except MalformedUpdate as refused:
        if f"shared values nest at most {DEEPEST} deep" not in refused.reason:
            raise
        return False
    replica.accept()
    return True


@pytest.fixture(params=list(LEVELS.values()), ids=list(LEVELS))
def level(request: pytest.FixtureRequest) -> Level:
    made: Level = request.param
    return made


def test_in_one_update_shared_values_nest_as_deep_as_the_limit_and_not_deeper(level: Level) -> None:
    replica = Replica(SCRATCH, SCRATCH_LIMITS)
    assert not is_taken(replica, update([(7, 0, root().levels(level, DEEPEST).operations)]))
    assert replica.flush() is None
    chain = root().levels(level, DEEPEST - 1)
    assert is_taken(replica, update([(7, 0, chain.operations)]))
    further = Chain(clock=chain.clock, last=chain.clock - 1).levels(level, 1)
    assert not is_taken(replica, update([(7, chain.clock, further.operations)]))
    # Everybody else goes on, and plain values stand in the deepest one, too.
    assert is_taken(replica, update([(9, 0, [within(7, chain.clock - 1, 8, PLAIN, "k")])]))
    assert replica.flush() is not None
    replica.close()


def kept_open(replica: Replica, told: list[bytes]) -> Replica:
    return replica


def loaded_from_the_log(replica: Replica, told: list[bytes]) -> Replica:
    replica.close()
    return Replica.load(SCRATCH, b"", told, SCRATCH_LIMITS)


def loaded_from_a_snapshot(replica: Replica, told: list[bytes]) -> Replica:
    kept = replica.snapshot()()
    replica.close()
    return Replica.load(SCRATCH, kept, (), SCRATCH_LIMITS)


def loaded_from_a_snapshot_and_the_log(replica: Replica, told: list[bytes]) -> Replica:
    replica.close()
    older = Replica.load(SCRATCH, b"", told[:-3], SCRATCH_LIMITS)
    kept = older.snapshot()()
    older.close()
    return Replica.load(SCRATCH, kept, told[-3:], SCRATCH_LIMITS)


@pytest.mark.parametrize(
    "load", [kept_open, loaded_from_the_log, loaded_from_a_snapshot, loaded_from_a_snapshot_and_the_log]
)
def test_neither_many_updates_nor_loading_again_make_a_deeper_chain(
    level: Level, load: Callable[[Replica, list[bytes]], Replica]
) -> None:
    replica, told, depth, chain = Replica(SCRATCH, SCRATCH_LIMITS), [], 1, root()
    assert is_taken(replica, update([(7, 0, chain.operations)]))
    told.append(replica.flush() or b"")
    while depth <= DEEPEST:
        clock = chain.clock
        chain = Chain(clock=clock, last=chain.clock - 1).levels(level, 1)
        # Each operation in an update of its own: what it stands beside is known, not in sight.
        beginning, nested = chain.operations[:-1], chain.operations[-1]
        if beginning and not is_taken(replica, update([(7, clock, beginning)])):
            break
        if not is_taken(replica, update([(7, chain.clock - 1, [nested])])):
            break
        depth += 1
        told.append(replica.flush() or b"")
        if depth % 9 == 0:
            replica = load(replica, told)
    assert DEEPEST // 2 <= depth <= DEEPEST
    # Only what stands beside a plain value has to be guessed.
    assert depth == DEEPEST or level in GUESSED
    replica.close()


def test_a_chain_by_two_clients_in_the_order_they_are_sent_is_as_deep_as_any() -> None:
    # Whoever was away under two ids sends both at once, the higher one first: what that builds on comes later.
    def both(count: int) -> bytes:
        higher = [within(7, place, SHARED, ARRAY) for place in range(count)]
        lower = [*root().operations, *(within(9, place, SHARED, ARRAY) for place in range(count - 1))]
        return update([(9, 0, higher), (7, 0, lower)])

    replica = Replica(SCRATCH, SCRATCH_LIMITS)
    assert not is_taken(replica, both(DEEPEST // 2 + 1))
    assert is_taken(replica, both(DEEPEST // 2))
    loaded = Replica.load(SCRATCH, b"", [replica.flush() or b""], SCRATCH_LIMITS)
    for each in (replica, loaded):
        assert not is_taken(each, update([(7, DEEPEST // 2, [within(9, DEEPEST // 2 - 1, SHARED, MAP, "k")])]))
        each.close()


def test_operations_that_wait_for_each_other_are_refused() -> None:
    replica = Replica(SCRATCH, SCRATCH_LIMITS)
    with pytest.raises(MissingPredecessor):
        replica.propose(update([(9, 0, [within(7, 0, SHARED, MAP)]), (7, 0, [within(9, 0, SHARED, MAP)])]), IDS)
    replica.close()


def test_the_rest_of_a_run_stands_as_deep_as_its_known_part_and_as_it_says() -> None:
    # Yjs sends what was typed in a row as one run, also when a part of it is known: "ab" is, "c" is not. The engine puts the
    # rest behind the known part.
    nesting = Nesting(SCRATCH_LIMITS)
    nesting.learn(Placed({(7, 3): 41}, ((7, 3, 6, 41),)))
    within_the_deep, at_the_root = (4, {7: 6}), (6, {7: 8})
    comes_later = (9, 0, [b"\x08\x01" + text("r") + PLAIN])
    for (begin, clocks), beside, others in (
        (within_the_deep, (7, 0), []),
        (at_the_root, (7, 3), []),
        (within_the_deep, (9, 0), [comes_later]),
    ):
        run = update([(7, begin, [after(*beside, 4, WORD)]), *others])
        told = inspect_free(run, SCRATCH_LIMITS, IDS, clocks=clocks, nesting=nesting).placed
        assert told.deep == ((7, begin + 2, begin + 3, 41),)


def test_what_is_put_where_something_was_collected_nests_for_nobody() -> None:
    # How deep that stood is forgotten when the document is loaded again; the engine collects it at once.
    chain = root().levels(first(ARRAY), 60)
    removed = update((), {7: [(0, 1)]})
    replica = Replica.load(SCRATCH, b"", [update([(7, 0, chain.operations)]), removed], SCRATCH_LIMITS)
    for clock, nested in enumerate(
        (
            after(7, 60, SHARED, ARRAY),
            within(9, 0, SHARED, ARRAY),
            within(7, 60, SHARED, MAP, "k"),
            within(9, 2, SHARED, MAP),
        )
    ):
        assert is_taken(replica, update([(9, clock, [nested])]))
        assert replica.flush() == update([(9, clock, [collected(1)])], {9: [(clock, 1)]})
    replica.close()


def test_what_was_stored_before_there_was_a_limit_opens_and_does_not_grow_deeper() -> None:
    stored = root().levels(first(ARRAY), 99)
    replica = Replica.load(SCRATCH, b"", [update([(7, 0, stored.operations)])], SCRATCH_LIMITS)
    assert is_taken(replica, update([(7, 100, [within(7, 99, 8, PLAIN)])]))
    assert is_taken(replica, update([(7, 101, [within(7, 0, SHARED, MAP, "k")])]))
    for shallowest in (DEEPEST - 1, 99):
        assert not is_taken(replica, update([(7, 102, [within(7, shallowest, SHARED, MAP, "k")])]))
    replica.close()


def test_thousands_side_by_side_are_as_deep_as_one() -> None:
    replica, doc = Replica(SCRATCH, SCRATCH_LIMITS), Doc[Any](client_id=7)
    updates: list[bytes] = []
    subscription = doc.observe(lambda event: updates.append(event.update))
    array = doc.get("a", type=Array)
    array.append("plain")
    for _ in range(1500):
        array.append(Map())
    array.extend([Map({"of": Array([number])}) for number in range(1000)])
    doc.unobserve(subscription)
    assert all(is_taken(replica, each) for each in updates)
    loaded = Replica.load(SCRATCH, b"", [replica.flush() or b""], SCRATCH_LIMITS)
    assert is_taken(loaded, update([(9, 0, [after(7, 1, SHARED, MAP)])]))
    for each in (replica, loaded):
        each.close()


def test_an_honest_document_sixty_deep_is_taken_edit_by_edit() -> None:
    replica, doc = Replica(SCRATCH, SCRATCH_LIMITS), Doc[Any](client_id=7)
    updates: list[bytes] = []
    subscription = doc.observe(lambda event: updates.append(event.update))
    last = doc.get("m", type=Map)
    for depth in range(60):
        last["k"] = Map()
        last["depth"] = depth
        last = last["k"]
    last["text"] = Text("deep")
    last["text"].insert(2, "er")
    doc.unobserve(subscription)
    assert all(is_taken(replica, each) for each in updates)
    replica.close()
