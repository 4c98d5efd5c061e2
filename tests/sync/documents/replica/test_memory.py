"""What a replica holds in memory: while it rests, and after it was closed."""

import gc
import resource

import pytest
from pycrdt import Map

from sync.documents.queue import QUEUE, add, remove
from sync.documents.replica import Replica
from sync.documents.watched import WatchedDocument
from sync.refusal import (
    SchemaViolation,
)
from tests.sync.documents.peers import Peer, entry, filled, names


def breaks_the_shape(root: Map[object]) -> None:
    root["n1"] = Map[object]({"track": "t1"})


def test_a_long_document_keeps_its_shadow_while_it_rests() -> None:
    replica = filled(400)
    copies = _copies()
    replica.rest()
    assert _copies() == copies
    replica.close()


def test_a_resting_replica_holds_one_copy_and_goes_on_as_if_nothing_was() -> None:
    replica = filled(2)
    peer = Peer(7, replica.state())
    replica.propose(peer.edit(add(entry("n1"))), peer.ids)
    replica.accept()
    with pytest.raises(AssertionError):
        replica.rest()
    replica.flush()
    before, copies = replica.state(), _copies()
    replica.rest()
    assert _copies() == copies - 1
    assert replica.state() == before
    assert set(names(replica)) == {"e0", "e1", "n1"}
    assert replica.propose(peer.edit(remove("e1")), peer.ids).has_effect
    replica.accept()
    replica.author(remove("e0"))
    replica.flush()
    assert names(replica) == ["n1"]
    replica.close()


def _copies() -> int:
    return sum(isinstance(each, WatchedDocument) for each in gc.get_objects())


@pytest.mark.slow
def test_closed_replicas_give_their_memory_back() -> None:
    state = filled(40).state()

    def visit() -> None:
        replica = Replica.load(QUEUE, state, [])
        peer, other = Peer(7, state), Peer(8, state)
        replica.propose(peer.edit(add(entry("n1"))), peer.ids)
        replica.discard()
        with pytest.raises(SchemaViolation):
            replica.propose(other.edit(breaks_the_shape), other.ids)
        replica.close()

    def resident() -> int:
        gc.collect()
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    for _ in range(60):
        visit()
    before = resident()
    for _ in range(600):
        visit()
    # Without dropping the observers this is more than 60 MiB (two documents of 50 KiB each time).
    assert resident() - before < 16 * 1024
