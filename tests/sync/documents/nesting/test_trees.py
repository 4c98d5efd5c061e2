"""Whatever trees clients grow together, no shared value is thought flatter than it is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pycrdt import Array, Doc, Map, Text

from sync.documents.free import inspect_free, read_own_free
from sync.documents.limits import Limits
from sync.documents.nesting import Nesting
from sync.refusal import MalformedUpdate

LOW = Limits(depth=6)
CLIENTS = (7, 9, 8)


@dataclass(frozen=True, slots=True)
class Step:
    """One edit of one client: in the container of this number, counted from the deepest ones."""

    client: int
    container: int
    made: str
    place: int
    hears: bool
    is_loaded: bool


STEPS = st.builds(
    Step,
    client=st.sampled_from(CLIENTS),
    container=st.integers(0, 5),
    made=st.sampled_from(["plain", "plain", "map", "map", "array", "array", "text", "remove"]),
    place=st.integers(0, 5),
    hears=st.booleans(),
    is_loaded=st.integers(0, 7).map(lambda chance: chance == 0),
)


class Forest:
    """Clients that edit one document, and what is known of its depths."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.heard = dict.fromkeys(CLIENTS, 0)
        self.docs = {client: self.opened(client) for client in CLIENTS}
        self.clocks: dict[int, int] = {}
        self.nesting = Nesting(LOW)
        self.truth: dict[tuple[int, int], int] = {}

    def opened(self, client: int) -> "Doc[Any]":
        doc: Doc[Any] = Doc(client_id=client)
        for each in self.taken:
            doc.apply_update(each)
        self.heard[client] = len(self.taken)
        return doc

    def run(self, step: Step) -> None:
        if step.hears:
            for each in self.taken[self.heard[step.client] :]:
                self.docs[step.client].apply_update(each)
            self.heard[step.client] = len(self.taken)
        doc = self.docs[step.client]
        updates: list[bytes] = []
        subscription = doc.observe(lambda event: updates.append(event.update))
        depth = edited(doc, step)
        doc.unobserve(subscription)
        for each in updates:
            self.judge(each, step.client, depth)
        if step.is_loaded:
            self.nesting = self.loaded()

    def judge(self, made: bytes, client: int, depth: int) -> None:
        """Whether the bound of what an edit at this depth made is right."""
        try:
            ids = frozenset({client})
            summary = inspect_free(made, LOW, ids, clocks=self.clocks, nesting=self.nesting)
        except MalformedUpdate:
            assert depth > LOW.depth // 2
            self.docs[client] = self.opened(client)
            return
        self.clocks.update(summary.ends)
        self.nesting.learn(summary.placed)
        self.taken.append(made)
        for each, bound in summary.placed.shared.items():
            self.truth[each] = depth
            assert bound <= LOW.depth
            assert bound < depth + LOW.depth // 2
            # Too small it may be only where nobody gets to see it: within what somebody else removed meanwhile.
            assert bound >= depth or each not in self.loaded().shared

    def loaded(self) -> Nesting:
        """What is known when the document is loaded again. In a whole state everything is in sight: nothing is guessed."""
        nesting = Nesting(LOW)
        nesting.learn(read_own_free(self.whole(), {}, nesting).placed)
        assert nesting.shared == {each: self.truth[each] for each in nesting.shared}
        return nesting

    def whole(self) -> bytes:
        doc: Doc[Any] = Doc()
        for each in self.taken:
            doc.apply_update(each)
        return doc.get_update()


def edited(doc: "Doc[Any]", step: Step) -> int:
    """Do it, and return how deep what it made stands."""
    containers: list[tuple[int, Array[Any] | Map[Any]]] = [(1, doc.get("a", type=Array)), (1, doc.get("m", type=Map))]
    for depth, container in containers:
        values = container.values() if isinstance(container, Map) else list(container)
        containers += [(depth + 1, value) for value in values if isinstance(value, Array | Map)]
    depth, container = containers[-1 - step.container % len(containers)]
    new: dict[str, Callable[[], object]] = {
        "plain": lambda: step.place,
        "map": Map,
        "array": Array,
        "text": lambda: Text("t"),
    }
    if isinstance(container, Map):
        key = f"k{step.place % 2}"
        if step.made != "remove":
            container[key] = new[step.made]()
        elif key in container:
            del container[key]
    elif step.made != "remove":
        container.insert(step.place % (len(container) + 1), new[step.made]())
    elif len(container):
        del container[step.place % len(container)]
    return depth


@given(st.lists(STEPS, min_size=20, max_size=60))
def test_no_tree_is_thought_flatter_than_it_is_and_half_the_limit_always_passes(steps: list[Step]) -> None:
    forest = Forest()
    for step in steps:
        forest.run(step)
    assert forest.loaded().shared.items() <= forest.truth.items()
