"""Who follows a document and is told what, without a task: the parts that rooms do not show."""

from collections.abc import Iterable

import pytest

from hathor_rt.documents.effects import Publish, Record, Send
from hathor_rt.documents.followed import AUTHORS_REMEMBERED, MOST_CLAIMS, ClientIdWanted, FollowedDocuments
from hathor_rt.documents.ports import Visitor
from hathor_rt.ids import ConnectionId, DeviceId, DocumentName, PrincipalId
from sync.documents.kind import Action
from sync.documents.replica import Replica
from sync.documents.scratch import SCRATCH
from sync.refusal import ForeignClientId, NotAllowed, UnknownDocument
from sync.wire.frames import Opened
from tests.sync.documents.updates import text, update

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


def test_authors_are_remembered_up_to_a_bound_and_then_asked_about_again() -> None:
    table = Table()
    for number in range(1, AUTHORS_REMEMBERED + 2):
        table.documents.learn_author(NAME, number, ANN.principal)
    assert table.edit(AUTHORS_REMEMBERED + 1)
    with pytest.raises(ClientIdWanted):
        table.edit(1)
