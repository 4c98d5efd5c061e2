import pytest

from sync.documents.authors import authors
from sync.documents.queue import QUEUE, add, move, remove
from sync.documents.replica import Replica
from sync.refusal import MalformedUpdate
from tests.sync.documents.peers import Peer, entry, filled

SERVER = 1


def test_an_empty_document_has_no_authors() -> None:
    assert authors(b"", []) == frozenset()


def test_whoever_added_moved_or_removed_something_is_an_author_wherever_the_snapshot_ends() -> None:
    replica = Replica(QUEUE, client_id=SERVER)
    replica.author(add(entry("e0"), entry("e1")))
    states, updates = [replica.snapshot()()], []
    for number, edit in enumerate((add(entry("n1")), move({"e0": "A1"}), remove("e1"), add(entry("n2")), remove("n2"))):
        peer = Peer(7 + number % 3, replica.state())
        update = peer.edit(edit)
        replica.propose(update, peer.ids)
        replica.accept()
        replica.flush()
        updates.append(update)
        states.append(replica.snapshot()())
    # Peer 9 only removed: a removal is nobody's operation.
    for index, state in enumerate(states):
        assert authors(state, updates[index:]) == {SERVER, 7, 8}
    replica.close()


def test_many_authors_are_read_from_the_packed_form_and_from_the_bare_one() -> None:
    replica = filled(3)
    for number in range(100, 400):
        peer = Peer(number, replica.state())
        replica.propose(peer.edit(move({"e0": f"A{number}x"})), peer.ids)
        replica.accept()
        replica.flush()
    bare, packed = authors(replica.state(), []), authors(replica.snapshot()(), [])
    assert bare == packed
    assert bare > set(range(100, 400))
    replica.close()


@pytest.mark.parametrize("damaged", [b"\xff", b"\x01\x02\x03", b"\x00\x00\x07" + bytes(20)])
def test_what_is_no_document_is_told_so(damaged: bytes) -> None:
    with pytest.raises(MalformedUpdate):
        authors(damaged, [])


def test_an_update_that_cannot_be_read_is_told() -> None:
    with pytest.raises(MalformedUpdate):
        authors(b"", [b"\x00\x00", b"\x01\x02\x03"])
