"""The one record of what plays."""

import pytest
from pycrdt import Doc, Map

from sync.documents.kind import Edit
from sync.documents.plain import Plain
from sync.documents.playback import PLAYBACK, Wrote, transport, write_transport
from sync.documents.queue import QUEUE
from sync.documents.replica import Replica, ReplicaBroken

RECORD: dict[str, Plain] = {
    "clock_epoch": "e1",
    "revision": 3,
    "boundary_at": None,
    "is_settled": False,
    "current": {"entry": "x", "frames": 2**53 - 1},
    "anchor": {"at": 1_732_098_765_123_456, "position": -5, "rate_permille": 1250},
}


def test_the_record_comes_back_as_it_was_written() -> None:
    replica = Replica(PLAYBACK)
    assert transport(replica) is None
    replica.author(write_transport(RECORD))
    assert transport(replica) == RECORD
    loaded = Replica.load(PLAYBACK, replica.state(), [])
    assert transport(loaded) == RECORD
    anchor = (transport(loaded) or {})["anchor"]
    assert isinstance(anchor, dict)
    assert {type(value) for value in anchor.values()} == {int}
    loaded.close()
    replica.close()


def test_the_newest_record_counts_and_the_old_ones_cost_nothing() -> None:
    replica = Replica(PLAYBACK)
    sizes = []
    for revision in range(300):
        assert replica.author(write_transport({**RECORD, "revision": revision})) is not None
        sizes.append(len(replica.state()))
    assert (transport(replica) or {})["revision"] == 299
    assert sizes[-1] <= sizes[0] + 16
    replica.close()


def test_the_journal_is_told() -> None:
    assert Wrote("transport").to_plain() == {"did": "wrote", "key": "transport"}


@pytest.mark.parametrize("number", [2**53, -(2**60), float("nan"), float("inf")])
def test_a_number_that_javascript_cannot_hold_is_no_record(number: float) -> None:
    with pytest.raises(ValueError, match="JavaScript"):
        write_transport({"anchor": {"at": number}})


BROKEN: dict[str, Edit] = {
    "another key": lambda root: root.__setitem__("mix", {}),
    "a number": lambda root: root.__setitem__("transport", 1),
    "a shared map": lambda root: root.__setitem__("transport", Map({"revision": 1})),
}


@pytest.mark.parametrize("edit", BROKEN.values(), ids=BROKEN)
def test_a_program_that_writes_something_else_is_broken(edit: Edit) -> None:
    replica = Replica(PLAYBACK)
    with pytest.raises(ReplicaBroken):
        replica.author(edit)
    replica.close()


def test_a_stored_record_must_be_one() -> None:
    doc: Doc[Map[object]] = Doc()
    doc.get("playback", type=Map)["transport"] = 5
    with pytest.raises(ReplicaBroken):
        Replica.load(PLAYBACK, doc.get_update(), [])


def test_another_kind_is_not_read_as_playback() -> None:
    replica = Replica(QUEUE)
    with pytest.raises(AssertionError):
        transport(replica)
    replica.close()
