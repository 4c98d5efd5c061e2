"""Who follows a document and is told what, without a task: the parts that rooms do not show."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hathor_rt.documents.effects import Publish, Record, Send
from hathor_rt.documents.followed import AUTHORS_REMEMBERED, MOST_CLAIMS, ClientIdWanted, FollowedDocuments
from hathor_rt.documents.ports import Visitor
from hathor_rt.ids import ConnectionId, DeviceId, DocumentName, PrincipalId
from sync.documents import queue
from sync.documents.kind import Action
from sync.documents.playback import PLAYBACK
from sync.documents.queue import QUEUE
from sync.documents.replica import Replica
from sync.documents.scratch import SCRATCH
from sync.refusal import ForeignClientId, NotAllowed, Refusal, SchemaViolation, UnknownDocument
from sync.wire.frames import Opened
from tests.sync.documents.peers import Peer, entry
from tests.sync.documents.updates import at_root, text, update

NAME = DocumentName("scratch:s1")
ANN = Visitor(ConnectionId("cann"), PrincipalId("ann"), DeviceId("dann"), "Ann")


class Table:
    """Documents with one follower."""

    def __init__(self) -> None:
        self.told: list[Send | Publish] = []
        self.kept: list[Record] = []
        self.documents = FollowedDocuments({NAME: Replica(SCRATCH)}, tell=self.told.append, keep=self.kept.append)
        self.documents.follow(NAME, ANN.connection, b"", 0, frozenset())

    def edit(self, client_id: int, clock: int = 0) -> bool:
        bytes_ = update([(client_id, clock, [b"\x04\x01" + text("t") + text("x")])])
        return self.documents.take(NAME, ANN, bytes_, 0, lambda actions: None)


def test_an_unknown_id_is_asked_about_and_then_remembered() -> None:
    table = Table()
    with pytest.raises(ClientIdWanted) as wanted:
        table.edit(5)
    assert (wanted.value.document, wanted.value.client_id) == (NAME, 5)
    table.documents.learn_author(NAME, 5, ANN.principal)
    assert table.edit(5)
    assert table.edit(5, 1)


def test_the_answer_to_an_open_names_no_id_and_opening_again_keeps_the_ids() -> None:
    table = Table()
    [send] = table.told
    assert isinstance(send, Send)
    assert isinstance(send.frame, Opened)
    assert send.frame.client_id == 0
    table.documents.learn_author(NAME, 5, ANN.principal)
    table.edit(5)
    table.documents.follow(NAME, ANN.connection, b"", 0, frozenset())
    assert table.edit(5, 1)


def test_nobody_edits_under_the_id_zero() -> None:
    with pytest.raises(ForeignClientId):
        Table().edit(0)


def test_one_connection_brings_a_bounded_number_of_ids() -> None:
    table = Table()
    for number in range(1, MOST_CLAIMS + 1):
        table.documents.learn_author(NAME, number, ANN.principal)
        table.edit(number)
    with pytest.raises(ForeignClientId):
        table.edit(MOST_CLAIMS + 1)


def test_what_was_not_opened_cannot_be_edited() -> None:
    table = Table()
    table.documents.depart(ANN.connection)
    with pytest.raises(UnknownDocument):
        table.edit(5)


def test_a_tick_of_a_scratch_document_is_one_row_by_nobody() -> None:
    table = Table()
    table.documents.learn_author(NAME, 5, ANN.principal)
    table.edit(5)
    table.edit(5, 1)
    assert table.kept == []
    table.documents.flush()
    [row] = table.kept
    assert (row.principal, row.actions) == ("", "[]")


def test_who_may_do_nothing_is_told_so_before_anybody_asks_whose_an_id_is() -> None:
    def refuse(actions: Iterable[Action]) -> None:
        raise NotAllowed("your role may only read this document")

    bytes_ = update([(5, 0, [b"\x04\x01" + text("t") + text("x")])])
    with pytest.raises(NotAllowed):
        Table().documents.take(NAME, ANN, bytes_, 0, refuse)


def test_no_id_is_claimed_for_what_the_server_alone_writes() -> None:
    name = DocumentName("playback:r1")
    documents = FollowedDocuments({name: Replica(PLAYBACK)}, tell=lambda effect: None, keep=lambda record: None)
    documents.follow(name, ANN.connection, b"", 0, frozenset())
    with pytest.raises(SchemaViolation):
        documents.take(name, ANN, update([(5, 0, [at_root("transport", root="playback")])]), 0, lambda actions: None)


def test_authors_are_remembered_up_to_a_bound_and_then_asked_about_again() -> None:
    table = Table()
    for number in range(1, AUTHORS_REMEMBERED + 2):
        table.documents.learn_author(NAME, number, ANN.principal)
    assert table.edit(AUTHORS_REMEMBERED + 1)
    with pytest.raises(ClientIdWanted):
        table.edit(1)


WRITERS = 3
STEPS = st.tuples(
    st.integers(0, WRITERS - 1),
    st.sampled_from(("add", "move", "remove", "damaged", "foreign", "again")),
    st.integers(0, 5),
    st.booleans(),
)


class QueueTable:
    """A queue with three writers, of whom the last may not remove anything."""

    def __init__(self, state: bytes) -> None:
        self.kept: list[Record] = []
        self.replica = Replica.load(QUEUE, state, ())
        name = DocumentName("queue:r1")
        self.documents = FollowedDocuments({name: self.replica}, tell=lambda effect: None, keep=self.kept.append)
        self.writers = [
            Visitor(ConnectionId(f"c{number}"), PrincipalId(f"p{number}"), DeviceId(f"d{number}"), "")
            for number in range(WRITERS)
        ]
        for number, writer in enumerate(self.writers):
            self.documents.follow(name, writer.connection, b"", 100 + number, frozenset())

    def take(self, writer: int, edit: bytes) -> bool | str:
        """Whether the document changed, or why it may not."""

        def judge(actions: Iterable[Action]) -> None:
            if writer == WRITERS - 1 and any(action.did == "removed" for action in actions):
                raise NotAllowed("no")

        try:
            return self.documents.take(DocumentName("queue:r1"), self.writers[writer], edit, 0, judge)
        except Refusal as refusal:
            return refusal.code

    def finish(self) -> None:
        self.documents.flush()
        self.documents.finish()


def made(step: str, peer: Peer, number: int, place: int, before: list[bytes]) -> bytes:
    """An update, of those that are taken and of those that are not."""
    held = sorted(peer.content())
    chosen = held[place % len(held)] if held else ""
    if step == "move" and held:
        return peer.edit(queue.move({chosen: f"V{number}1"}))
    if step == "remove" and held:
        return peer.edit(queue.remove(chosen))
    if step == "again" and before:
        return before[place % len(before)]
    name = f"e{peer.client_id}n{number}"
    added = peer.edit(queue.add(entry(name, f"V{place}x{number}1", added_by="p1")))
    if step == "damaged":
        return added[: len(added) // 2]
    return added


@pytest.mark.slow
@given(st.lists(STEPS, min_size=1, max_size=30))
def test_updates_taken_together_are_judged_and_kept_as_they_would_be_one_by_one(
    steps: list[tuple[int, str, int, bool]],
) -> None:
    first = Peer(50)
    for number in range(4):
        first.edit(queue.add(entry(f"s{number}")))
    state = first.doc.get_update()
    alone, together = QueueTable(state), QueueTable(state)
    peers = [Peer(100 + number, state) for number in range(WRITERS)]
    before: list[bytes] = []
    for number, (writer, step, place, is_last_of_tick) in enumerate(steps):
        edit = made(step, peers[writer], number, place, before)
        before.append(edit)
        sender = (writer + 1) % WRITERS if step == "foreign" else writer
        assert alone.take(sender, edit) == together.take(sender, edit)
        alone.finish()
        if is_last_of_tick:
            together.finish()
    together.finish()
    assert alone.kept == together.kept
    assert queue.entries(alone.replica) == queue.entries(together.replica)
    shown = [Peer(60, table.replica.state()).content() for table in (alone, together)]
    assert shown[0] == shown[1]
    assert {each.entry for each in queue.entries(together.replica)} == shown[1].keys()
    for table in (alone, together):
        table.documents.close()
