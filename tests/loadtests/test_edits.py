import pytest

from loadtests.edits import CASES, WRITERS, client_of


@pytest.mark.parametrize("name", CASES)
def test_every_edit_is_accepted_and_changes_the_document(name: str) -> None:
    make, own = CASES[name]
    edits = make(3, 2 * WRITERS)
    replica = edits.load()
    for update, writer in edits.updates:
        before = replica.state()
        assert replica.propose(update, frozenset({client_of(writer)})).has_effect
        replica.accept()
        replica.flush()
        assert replica.state() != before
    replica.close()
    owner = own(edits.load())
    for update, writer in edits.updates:
        assert owner.take(update, writer)
    assert owner.finish() == (len(edits.updates) if replica.kind.keeps_authors else 1)
    owner.close()
