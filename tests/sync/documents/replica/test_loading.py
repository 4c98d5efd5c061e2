"""What is read out of a replica, and what it is made of when it is loaded."""

import pytest

from sync.documents import queue
from sync.documents.queue import QUEUE, add, move, remove
from sync.documents.replica import Replica, ReplicaBroken
from sync.refusal import (
    MalformedUpdate,
)
from tests.sync.documents.peers import Peer, entry, filled
from tests.sync.documents.updates import at_root, update, whole_entry


def test_a_document_is_its_snapshot_and_the_updates_after_it() -> None:
    replica = filled(2)
    snapshot, later = replica.state(), []
    for edit in (add(entry("n1")), move({"n1": "A1"}), remove("e0")):
        authored = replica.author(edit)
        assert authored is not None
        later.append(authored)
    for state, updates in ((snapshot, later), (replica.state(), []), (replica.state(), later)):
        loaded = Replica.load(QUEUE, state, updates)
        assert queue.entries(loaded) == queue.entries(replica)
        loaded.close()
    replica.close()


@pytest.mark.parametrize(
    "stored", [b"\xff", b"\x01", update([(7, 0, [at_root("n1")])]), update([(7, 1, whole_entry(7, 1, "n1"))])]
)
def test_what_was_stored_and_is_no_document_breaks_the_replica(stored: bytes) -> None:
    with pytest.raises(ReplicaBroken):
        Replica.load(QUEUE, stored, [])


def test_an_empty_store_is_an_empty_document() -> None:
    replica = Replica.load(QUEUE, b"", [])
    assert queue.entries(replica) == ()
    assert replica.state() == b"\x00\x00"
    replica.close()


def test_a_diff_is_what_is_missing() -> None:
    replica = filled(50)
    peer = Peer(7, replica.state())
    replica.author(add(entry("n1")))
    diff = replica.diff(peer.doc.get_state())
    assert len(diff) < 200 < len(replica.diff(b""))
    peer.doc.apply_update(diff)
    assert "n1" in peer.content()
    assert replica.diff(b"") == replica.diff(b"\x00") == replica.state()
    for garbage in (b"\x01", b"\x00\x00", b"\xff" * 9):
        with pytest.raises(MalformedUpdate):
            replica.diff(garbage)
    replica.close()


def test_the_state_is_encoded_once_per_version() -> None:
    replica = filled(5)
    first = replica.state()
    assert replica.state() is first
    replica.author(remove("e0"))
    assert replica.state() is not first
    replica.close()
