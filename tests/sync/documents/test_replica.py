"""The life of an update: proposed, accepted or discarded, flushed."""

from collections.abc import Callable

import pytest
from pycrdt import Doc, Map, Snapshot

from sync.documents import playback, queue
from sync.documents.kind import Edit
from sync.documents.limits import Limits
from sync.documents.playback import PLAYBACK
from sync.documents.queue import QUEUE, Added, add, move, remove
from sync.documents.replica import Replica, ReplicaBroken
from sync.refusal import (
    ForeignClientId,
    MalformedUpdate,
    MissingPredecessor,
    Refusal,
    SchemaViolation,
    UnknownEntry,
    UpdateTooLarge,
)
from tests.sync.documents.peers import Peer, entry, filled, names
from tests.sync.documents.updates import after, at_root, collected, in_map, update, whole_entry


def everything(replica: Replica) -> tuple[object, ...]:
    return (
        replica.state(),
        replica.state_vector(),
        queue.entries(replica),
        names(Replica.load(QUEUE, replica.state(), [])),
    )


# ── updates from clients ─────────────────────────────────────────────────────────────────────────────────────────────


def test_an_accepted_update_is_seen_at_once_and_told_after_the_flush() -> None:
    replica = filled(2)
    peer, other = Peer(7, replica.state()), Peer(8, replica.state())
    before = replica.state()
    proposal = replica.propose(peer.edit(add(entry("n1"))), peer.ids)
    assert proposal.has_effect
    assert proposal.actions == (Added("n1", "t1", "p1", entry("n1").order, entry("n1").added_at),)
    assert names(replica) == ["e0", "e1"]
    replica.accept()
    assert set(names(replica)) == {"e0", "e1", "n1"}
    assert replica.state() == before
    told = replica.flush()
    assert told is not None
    other.doc.apply_update(told)
    assert other.content() == peer.content()
    assert replica.flush() is None
    replica.close()


def test_a_tick_is_told_as_one_small_update() -> None:
    replica = filled(20)
    peers = [Peer(7 + index, replica.state()) for index in range(4)]
    sent = [peer.edit(move({f"e{step}": f"A{step}{peer.client_id}x"})) for step in range(10) for peer in peers]
    for number, edited in enumerate(sent):
        assert replica.propose(edited, peers[number % 4].ids).has_effect
        replica.accept()
    told = replica.flush()
    assert told is not None
    assert len(told) < sum(map(len, sent))
    fresh = Peer(99, filled(20).state())
    fresh.doc.apply_update(told)
    assert queue.entries(Replica.load(QUEUE, fresh.doc.get_update(), [])) == queue.entries(replica)
    replica.close()


def test_an_update_without_effect_is_welcome_from_anyone() -> None:
    replica = filled(2)
    whole = replica.state()
    for ids in (frozenset[int](), frozenset({7})):
        proposal = replica.propose(whole, ids)
        assert (proposal.actions, proposal.has_effect) == ((), False)
        replica.accept()
    assert replica.flush() is None
    replica.close()


def test_a_reconnect_diff_carries_old_deletions_and_counts_for_what_is_new() -> None:
    replica = filled(3)
    peer = Peer(7, replica.state())
    for edit in (remove("e0"), add(entry("n1"))):
        replica.propose(peer.edit(edit), peer.ids)
        replica.accept()
    replica.flush()
    vector = replica.state_vector()
    peer.edit(move({"n1": "A1"}))
    proposal = replica.propose(peer.doc.get_update(vector), peer.ids)
    assert [action.did for action in proposal.actions] == ["moved"]
    replica.discard()
    replica.close()


def test_an_edit_that_lost_against_another_has_an_effect_but_no_actions() -> None:
    replica = filled(1)
    low, high = Peer(7, replica.state()), Peer(8, replica.state())
    for peer, key in ((high, "B1"), (low, "A1")):
        proposal = replica.propose(peer.edit(move({"e0": key})), peer.ids)
        assert proposal.has_effect
        replica.accept()
    assert proposal.actions == ()
    assert queue.entries(replica)[0].order == "B1"
    replica.close()


def test_discarding_leaves_no_trace_and_what_was_accepted_stays() -> None:
    replica = filled(2)
    peer, other = Peer(7, replica.state()), Peer(8, replica.state())
    replica.propose(peer.edit(add(entry("n1"))), peer.ids)
    replica.accept()
    replica.propose(other.edit(remove("e0")), other.ids)
    replica.discard()
    assert set(names(replica)) == {"e0", "e1", "n1"}
    replica.propose(peer.edit(move({"n1": "A1"})), peer.ids)
    replica.accept()
    replica.flush()
    assert names(replica) == ["n1", "e0", "e1"]
    assert names(Replica.load(QUEUE, replica.state(), [])) == ["n1", "e0", "e1"]
    replica.close()


def changes_a_track(root: Map[object]) -> None:
    fields = root["e0"]
    assert isinstance(fields, Map)
    fields["track"] = "t9"


REFUSED: dict[str, tuple[type[Refusal], Callable[[Replica], bytes]]] = {
    "garbage": (MalformedUpdate, lambda _: b"\x01\x02\x03"),
    "a foreign id": (ForeignClientId, lambda r: Peer(5, r.state()).edit(add(entry("n1")))),
    "a gap": (MissingPredecessor, lambda _: update([(7, 3, [collected(1)])])),
    "a changed track": (
        SchemaViolation,
        lambda r: Peer(7, r.state()).edit(changes_a_track),
    ),
    "an empty entry": (SchemaViolation, lambda r: Peer(7, r.state()).edit(lambda root: root.__setitem__("n1", Map()))),
    "a removed entry, added again": (SchemaViolation, lambda _: update([(7, 0, whole_entry(7, 0, "gane"))])),
    "sections that wait for each other": (
        MissingPredecessor,
        lambda _: update([(7, 0, [after(8, 0)]), (8, 0, [after(7, 0)])]),
    ),
    "nonsense below the schema": (SchemaViolation, lambda _: update([(7, 0, [in_map(1, 0, "junk")])])),
    "an entry under a bad id": (SchemaViolation, lambda _: update([(7, 0, whole_entry(7, 0, "NOT"))])),
    "a bare map": (SchemaViolation, lambda _: update([(7, 0, [at_root("n1")])])),
}


@pytest.mark.parametrize(("kind", "make"), REFUSED.values(), ids=REFUSED)
def test_a_refused_update_changes_nothing(kind: type[Refusal], make: Callable[[Replica], bytes]) -> None:
    replica = filled(3)
    replica.author(add(entry("gane")))
    replica.author(remove("gane"))
    before = everything(replica)
    for _ in range(2):
        with pytest.raises(kind):
            replica.propose(make(replica), frozenset({7, 8}))
        assert everything(replica) == before
    peer = Peer(7, replica.state())
    assert replica.propose(peer.edit(add(entry("n1"))), peer.ids).has_effect
    replica.accept()
    assert replica.flush() is not None
    replica.close()


def test_a_refused_update_in_a_tick_harms_none_of_the_others() -> None:
    replica = filled(1)
    peer, other = Peer(7, replica.state()), Peer(8, replica.state())
    replica.propose(peer.edit(add(entry("n1"))), peer.ids)
    replica.accept()
    with pytest.raises(SchemaViolation):
        replica.propose(other.edit(lambda root: root.__setitem__("n2", Map())), other.ids)
    replica.propose(peer.edit(add(entry("n3"))), peer.ids)
    replica.accept()
    replica.flush()
    assert set(names(Replica.load(QUEUE, replica.state(), []))) == {"e0", "n1", "n3"}
    replica.close()


def test_an_id_is_used_once_also_when_the_removal_is_not_known_to_the_author() -> None:
    replica = filled(1)
    stale = Peer(7)
    replica.author(remove("e0"))
    for current in (replica, Replica.load(QUEUE, replica.state(), [])):
        with pytest.raises(SchemaViolation, match="e0 is taken"):
            current.propose(update([(7, 0, whole_entry(7, 0, "e0"))]), stale.ids)
        current.close()


def test_a_full_document_takes_removals_only() -> None:
    replica = Replica(QUEUE, Limits(state_bytes=480))
    peer = Peer(7)
    for index in range(4):
        replica.propose(peer.edit(add(entry(f"n{index}"))), peer.ids)
        replica.accept()
        replica.flush()
    with pytest.raises(UpdateTooLarge, match="480"):
        replica.propose(peer.edit(add(entry("n4"), entry("n5"))), peer.ids)
    first = names(replica)[0]
    other = Peer(8, replica.state())
    assert replica.propose(other.edit(remove(first)), other.ids).has_effect
    replica.close()


def test_a_document_of_the_server_takes_nothing_from_clients() -> None:
    replica = Replica(PLAYBACK)
    replica.author(playback.write_transport({"revision": 1}))
    peer = Peer(7)
    hostile = peer.doc.get("playback", type=Map)
    writes = [
        peer.edit(lambda _: hostile.__setitem__("transport", {"revision": 2})),
        update([(7, 0, [at_root("transport", 1, b"\x01", root="playback")])]),
        update([(7, 0, [collected(1)])]),
        update(deleted={1: [(0, 1)]}),
    ]
    for write in writes:
        with pytest.raises(SchemaViolation):
            replica.propose(write, peer.ids)
    assert not replica.propose(replica.state(), peer.ids).has_effect
    assert playback.transport(replica) == {"revision": 1}
    replica.close()


# ── edits by the server ──────────────────────────────────────────────────────────────────────────────────────────────


def test_the_servers_edit_is_told_and_mixes_with_a_tick() -> None:
    replica = filled(2)
    peer, other = Peer(7, replica.state()), Peer(8, replica.state())
    replica.propose(peer.edit(add(entry("n1", "A1"))), peer.ids)
    replica.accept()
    authored = replica.author(move({"e1": "B1"}))
    assert authored is not None
    assert names(replica) == ["n1", "e1", "e0"]
    told = replica.flush()
    assert told is not None
    for each in (authored, told, authored):
        other.doc.apply_update(each)
    assert other.doc.get_update() == replica.state() or other.content().keys() == {"n1", "e1", "e0"}
    assert names(Replica.load(QUEUE, replica.state(), [])) == names(replica)
    replica.close()


def test_an_edit_that_changes_nothing_tells_nothing() -> None:
    replica = filled(1)
    assert replica.author(move({"absent": "A1"})) is None
    with pytest.raises(UnknownEntry):
        replica.author(remove("e0", "absent"))
    assert names(replica) == ["e0"]
    replica.close()


def test_the_server_goes_on_under_its_id_after_a_restart() -> None:
    replica = Replica.load(QUEUE, filled(2).state(), [])
    assert replica.author(add(entry("n1"))) is not None
    again = Replica.load(QUEUE, replica.state(), [])
    assert set(names(again)) == {"e0", "e1", "n1"}
    replica.close()
    again.close()


def fails_half_way(root: Map[object]) -> None:
    del root["e0"]
    raise ZeroDivisionError


def breaks_the_shape(root: Map[object]) -> None:
    root["n1"] = Map[object]({"track": "t1"})


def panics(_: Map[object]) -> None:
    Doc.from_snapshot(Snapshot.from_doc(Doc()), Doc())


@pytest.mark.parametrize("edit", [fails_half_way, breaks_the_shape, panics])
def test_what_cannot_be_undone_breaks_the_replica_with_an_ordinary_exception(edit: Edit) -> None:
    replica = filled(1)
    with pytest.raises(ReplicaBroken):
        replica.author(edit)
    replica.close()


# ── order of calls ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_proposal_is_decided_before_the_next_step() -> None:
    replica = filled(1)
    peer = Peer(7, replica.state())
    edited = peer.edit(add(entry("n1")))
    replica.propose(edited, peer.ids)
    for step in (replica.flush, lambda: replica.author(remove("e0")), lambda: replica.propose(edited, peer.ids)):
        with pytest.raises(AssertionError):
            step()
    replica.accept()
    replica.accept()
    replica.discard()
    assert replica.flush() is not None
    replica.close()


def test_a_closed_replica_is_not_used() -> None:
    replica = filled(1)
    replica.close()
    replica.close()
    with pytest.raises(AssertionError):
        replica.author(add(entry("n1")))
