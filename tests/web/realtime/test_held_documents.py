"""A token holds so many documents and no more, those it has just left included."""

import pytest

from hathor_rt.ids import DocumentName
from hathor_rt.refusals import TooManyDocuments
from sync.units import Micros
from web.realtime.held_documents import HeldDocuments

A, B, C = DocumentName("scratch:a"), DocumentName("scratch:b"), DocumentName("scratch:c")
LINGER = Micros(60_000_000)


def at(seconds: float) -> Micros:
    return Micros(round(seconds * 1_000_000))


def test_a_token_holds_so_many_and_any_number_of_connections_to_each() -> None:
    held = HeldDocuments(2, LINGER)
    for document in (A, B, A, B):
        held.enter("t", document, at(0))
    with pytest.raises(TooManyDocuments, match="at most 2 documents open at once; one that was left counts for 60 s"):
        held.enter("t", C, at(0))
    held.enter("t", A, at(0))
    held.enter("another", C, at(0))


def test_a_document_that_was_left_counts_for_a_while() -> None:
    held = HeldDocuments(1, LINGER)
    held.enter("t", A, at(0))
    held.enter("t", A, at(0))
    held.leave("t", A, at(1))
    held.leave("t", A, at(10))
    with pytest.raises(TooManyDocuments):
        held.enter("t", B, at(69.9))
    held.enter("t", B, at(70))
    assert len(held) == 1


def test_who_comes_back_in_time_starts_anew() -> None:
    held = HeldDocuments(1, LINGER)
    held.enter("t", A, at(0))
    held.leave("t", A, at(1))
    held.enter("t", A, at(2))
    with pytest.raises(TooManyDocuments):
        held.enter("t", B, at(100))
    held.leave("t", A, at(200))
    with pytest.raises(TooManyDocuments):
        held.enter("t", B, at(201))
    held.enter("t", B, at(260))


def test_nothing_is_kept_of_those_who_are_gone() -> None:
    held = HeldDocuments(1, LINGER)
    for number in range(100):
        held.enter(f"t{number}", A, at(number))
        held.leave(f"t{number}", A, at(number))
    held.enter("t", A, at(1000))
    assert len(held) == 1
