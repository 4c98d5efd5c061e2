"""What a queue holds, and which changes its shape permits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycrdt import Array, Map

from sync.documents import order, queue
from sync.documents.kind import Action, Edit
from sync.documents.limits import Limits
from sync.documents.playback import PLAYBACK
from sync.documents.queue import (
    LONG_KEY,
    QUEUE,
    Added,
    Moved,
    QueueEntry,
    Removed,
    add,
    entry_of,
    move,
    orders_at,
    rebalanced,
    remove,
)
from sync.documents.replica import Proposal, Replica
from sync.refusal import SchemaViolation, UnknownEntry, UpdateTooLarge
from sync.units import Micros
from tests.sync.documents.peers import ADDED_AT, Peer, entries, entry, filled, names


def try_edit(replica: Replica, edit: Edit) -> Proposal:
    peer = Peer(7, replica.state())
    return replica.propose(peer.edit(edit), peer.ids)


# ── what a change is called ──────────────────────────────────────────────────────────────────────────────────────────


def test_actions_tell_everything_the_journal_needs() -> None:
    replica = filled(2)
    new, old = entry("n1", "A1", track="t7", added_by="p7"), queue.entries(replica)
    actions: list[Action] = []
    for edit in (add(new), move({"n1": "zz"}), remove("n1")):
        actions += try_edit(replica, edit).actions
        replica.discard()
        replica.author(edit)
    assert actions == [
        Added("n1", "t7", "p7", "A1", ADDED_AT),
        Moved("n1", "t7", "p7", came_from="A1", order="zz"),
        Removed("n1", "t7", "p7", "zz", ADDED_AT),
    ]
    assert actions[2].to_plain() == {
        "did": "removed", "entry": "n1", "track": "t7", "added_by": "p7", "order": "zz", "added_at": ADDED_AT,
    }  # fmt: skip
    assert queue.entries(replica) == old
    replica.close()


def test_one_update_may_do_many_things() -> None:
    replica = filled(3)
    peer = Peer(7, replica.state())

    def edit(root: Map[object]) -> None:
        for each in (add(entry("n1", "A1")), move({"e0": "zz", "n1": "B1"}), remove("e1")):
            each(root)

    actions = replica.propose(peer.edit(edit), peer.ids).actions
    assert sorted(action.did for action in actions) == ["added", "moved", "removed"]
    replica.accept()
    assert names(replica) == ["n1", "e2", "e0"]
    replica.close()


def test_what_comes_and_goes_at_once_is_no_action() -> None:
    replica = filled(1)
    peer = Peer(7, replica.state())

    def edit(root: Map[object]) -> None:
        add(entry("n1"))(root)
        remove("n1")(root)

    proposal = replica.propose(peer.edit(edit), peer.ids)
    assert (proposal.actions, proposal.has_effect) == ((), True)
    replica.accept()
    assert names(replica) == ["e0"]
    replica.close()


def test_a_move_does_not_bring_a_removed_entry_back() -> None:
    replica = filled(2)
    mover = Peer(7, replica.state())
    moved = mover.edit(move({"e0": "zz"}))
    replica.author(remove("e0"))
    proposal = replica.propose(moved, mover.ids)
    assert proposal.actions == ()
    replica.accept()
    replica.flush()
    assert names(replica) == ["e1"]
    assert names(Replica.load(QUEUE, replica.state(), [])) == ["e1"]
    replica.close()


# ── what is refused ──────────────────────────────────────────────────────────────────────────────────────────────────


def with_fields(**fields: object) -> Edit:
    whole = {"track": "t1", "added_by": "p1", "order": "V1", "added_at": 5, **fields}
    kept = {name: value for name, value in whole.items() if value is not ...}
    return lambda root: root.__setitem__("n1", Map[object](kept))


def change(field: str, value: object) -> Edit:
    def edit(root: Map[object]) -> None:
        fields = root["e0"]
        assert isinstance(fields, Map)
        fields[field] = value

    return edit


def drop(field: str) -> Edit:
    def edit(root: Map[object]) -> None:
        fields = root["e0"]
        assert isinstance(fields, Map)
        del fields[field]

    return edit


VIOLATIONS: dict[str, Edit] = {
    "no track": with_fields(track=...),
    "one field more": with_fields(extra=1),
    "a number for a track": with_fields(track=1),
    "a capital in a track": with_fields(track="T1"),
    "an empty author": with_fields(added_by=""),
    "a long author": with_fields(added_by="p" * 33),
    "no order key": with_fields(order="V0"),
    "a long order key": with_fields(order="V" * 1537),
    "a fraction of a microsecond": with_fields(added_at=1.5),
    "a time before 1970": with_fields(added_at=-1),
    "a time that is none": with_fields(added_at=float("nan")),
    "a time in words": with_fields(added_at="5"),
    "a true time": with_fields(added_at=True),
    "a map for a track": with_fields(track=Map()),
    "a plain record": lambda root: root.__setitem__("n1", {"track": "t1"}),
    "a number": lambda root: root.__setitem__("n1", 1),
    "nothing": lambda root: root.__setitem__("n1", None),
    "an array": lambda root: root.__setitem__("n1", Array(["t1"])),
    "an id with a space": lambda root: root.__setitem__("n 1", Map({"track": "t1"})),
    "the same entry again": lambda root: root.__setitem__("e0", Map({"track": "t1"})),
    "another track": change("track", "t9"),
    "another author": change("added_by", "p9"),
    "another time": change("added_at", 6),
    "a bad order": change("order", ""),
    "a map for an order": change("order", Map()),
    "an unknown field": change("colour", "red"),
    "a field less": drop("order"),
}


@pytest.mark.parametrize("edit", VIOLATIONS.values(), ids=VIOLATIONS)
def test_what_is_no_queue_is_refused(edit: Edit) -> None:
    replica = filled(2)
    before = queue.entries(replica)
    with pytest.raises(SchemaViolation):
        try_edit(replica, edit)
    assert queue.entries(replica) == before
    replica.close()


def test_a_queue_has_an_end() -> None:
    replica = Replica(QUEUE, Limits(entries=3))
    replica.author(add(*entries(3)))
    with pytest.raises(UpdateTooLarge, match="3 entries"):
        try_edit(replica, add(entry("n1")))

    def replacing(root: Map[object]) -> None:
        remove("e0")(root)
        add(entry("n1"))(root)

    assert try_edit(replica, replacing).has_effect
    replica.discard()
    assert try_edit(replica, move({"e0": "zz"})).has_effect
    replica.close()


def test_a_queue_has_an_end_of_its_past() -> None:
    replica = Replica(QUEUE, Limits(entry_ids=3))
    replica.author(add(*entries(3)))
    replica.author(remove("e0", "e1"))
    for current in (replica, Replica.load(QUEUE, replica.state(), [], Limits(entry_ids=3))):
        with pytest.raises(UpdateTooLarge):
            try_edit(current, add(entry("n1")))
        current.close()


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_entries_stand_by_order_and_id_and_are_kept() -> None:
    replica = Replica(QUEUE)
    replica.author(add(entry("b", "V1"), entry("a", "V1"), entry("c", "A1")))
    assert names(replica) == ["c", "a", "b"]
    assert queue.entries(replica) is queue.entries(replica)
    assert entry_of(replica, "a") == entry("a", "V1")
    assert entry_of(replica, "x") is None
    replica.close()


def test_whole_numbers_come_back_whole() -> None:
    replica = Replica.load(QUEUE, filled(1).state(), [])
    [only] = queue.entries(replica)
    assert (type(only.added_at), only.added_at) == (int, ADDED_AT)
    replica.close()


def test_another_kind_is_not_read_as_a_queue() -> None:
    replica = Replica(PLAYBACK)
    with pytest.raises(AssertionError):
        queue.entries(replica)
    replica.close()


@given(st.lists(st.tuples(st.sampled_from(["add", "move", "remove"]), st.integers(0, 11)), max_size=25))
@pytest.mark.slow
def test_the_kept_view_is_what_reading_anew_gives(steps: list[tuple[str, int]]) -> None:
    replica = Replica(QUEUE)
    for number, (what, which) in enumerate(steps):
        present = names(replica)
        if what == "add":
            replica.author(add(entry(f"n{number}")))
        elif present:
            chosen = present[which % len(present)]
            replica.author(remove(chosen) if what == "remove" else move({chosen: f"V{which}x"}))
    again = Replica.load(QUEUE, replica.state(), [])
    assert queue.entries(again) == queue.entries(replica)
    again.close()
    replica.close()


# ── edits ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_removing_what_is_not_there_removes_nothing() -> None:
    replica = filled(2)
    with pytest.raises(UnknownEntry):
        replica.author(remove("e0", "e9"))
    assert names(replica) == ["e0", "e1"]
    replica.author(remove("e0", "e0"))
    assert names(replica) == ["e1"]
    replica.close()


def test_adding_too_much_or_twice_adds_nothing() -> None:
    replica = filled(2)
    with pytest.raises(UpdateTooLarge, match="3 entries"):
        replica.author(add(entry("n1"), entry("n2"), at_most=3))
    with pytest.raises(SchemaViolation, match="e1 is taken"):
        replica.author(add(entry("n1"), entry("e1")))
    assert names(replica) == ["e0", "e1"]
    assert replica.author(add(entry("n1"), at_most=3)) is not None
    replica.close()


@pytest.mark.parametrize("index", range(4))
def test_new_entries_stand_where_they_were_put(index: int) -> None:
    replica = filled(3)
    new = ["n1", "n2"]
    orders = orders_at(queue.entries(replica), index, new)
    replica.author(add(*[entry(name, key) for name, key in zip(new, orders, strict=True)]))
    expected = ["e0", "e1", "e2"]
    expected[index:index] = new
    assert names(replica) == expected
    replica.close()


def test_between_equal_keys_the_next_place_is_taken() -> None:
    crowd = [entry("a", "V1"), entry("b", "V1"), entry("c", "V2")]
    [key] = orders_at(crowd, 1, ["n1"])
    assert "V1" < key < "V2"
    [last] = orders_at(crowd[:2], 1, ["n1"])
    assert last > "V1"


def test_short_keys_are_left_alone() -> None:
    assert rebalanced(entries(5)) == {}


@pytest.mark.parametrize("step", [0, 1], ids=["always before the last", "always behind the last"])
def test_rebalancing_keeps_the_order_and_shortens_keys(step: int) -> None:
    crowd = entries(6)
    for number in range(400):
        # All at one spot, which is what lengthens keys.
        index = 3 + step * number
        name = f"n{number:04d}"
        [key] = orders_at(crowd, index, [name])
        crowd.insert(index, QueueEntry(name, "t1", "p1", key, Micros(0)))
    assert max(len(each.order) for each in crowd) > LONG_KEY
    orders = rebalanced(crowd)
    after = sorted((orders.get(each.entry, each.order), each.entry) for each in crowd)
    assert [name for _, name in after] == [each.entry for each in crowd]
    assert max(len(key) for key, _ in after) <= LONG_KEY
    assert all(order.is_key(key) for key, _ in after)


def test_rebalancing_is_an_edit_like_others() -> None:
    replica = Replica(QUEUE)
    long = "V" * 60
    replica.author(add(entry("a", "A1"), entry("b", long), entry("c", long + "1"), entry("d", "z1")))
    replica.author(move(rebalanced(queue.entries(replica))))
    assert names(replica) == ["a", "b", "c", "d"]
    assert max(len(each.order) for each in queue.entries(replica)) <= LONG_KEY
    assert rebalanced(queue.entries(replica)) == {}
    replica.close()


def test_equal_long_keys_are_told_apart() -> None:
    long = "V" * 60
    crowd = [entry("a", long), entry("b", long)]
    orders = rebalanced(crowd)
    assert orders["a"] < orders["b"]


def test_whether_any_key_is_overlong_is_known_without_looking() -> None:
    replica = filled(3)
    assert not queue.has_overlong_keys(replica)
    long = "V" * queue.LONG_KEY + "1"
    replica.author(move({"e0": long, "e1": long}))
    assert queue.has_overlong_keys(replica)
    replica.author(remove("e0"))
    assert queue.has_overlong_keys(replica)
    replica.author(move(queue.rebalanced(queue.entries(replica))))
    assert not queue.has_overlong_keys(replica)
    reloaded = Replica.load(replica.kind, replica.snapshot()(), ())
    assert not queue.has_overlong_keys(reloaded)
    for each in (replica, reloaded):
        each.close()
