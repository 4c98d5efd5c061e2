"""Numbers and texts are read, and refused where they are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.documents.varuint import Varuints
from sync.refusal import MalformedUpdate
from tests.sync.documents.updates import number, text


@given(st.lists(st.integers(0, 2**53 - 1), max_size=20))
def test_numbers_are_read_one_after_the_other(values: list[int]) -> None:
    reading = Varuints(b"".join(map(number, values)))
    assert [reading.next() for _ in values] == values
    assert reading.at == len(reading.data)
    with pytest.raises(IndexError):
        reading.next()


@pytest.mark.parametrize("encoded", [number(2**53), number(2**64), b"\xff" * 9, b"\x80" * 9])
def test_larger_numbers_are_malformed(encoded: bytes) -> None:
    with pytest.raises(MalformedUpdate):
        Varuints(encoded).next()


@given(st.text(max_size=40), st.text(max_size=40))
def test_texts_are_read_one_after_the_other(one: str, other: str) -> None:
    reading = Varuints(text(one) + text(other))
    assert (reading.text(200).decode(), reading.text(200).decode()) == (one, other)


def test_a_text_is_bounded_and_utf_8() -> None:
    with pytest.raises(MalformedUpdate, match="2 bytes"):
        Varuints(text("abc")).text(2)
    with pytest.raises(MalformedUpdate, match="UTF-8"):
        Varuints(b"\x01\xff").text(2)
    with pytest.raises(IndexError):
        Varuints(b"\x02a").text(2)


def test_bytes_are_skipped_within_the_end() -> None:
    reading = Varuints(b"abc\x05")
    reading.skip(3)
    assert reading.next() == 5
    with pytest.raises(IndexError):
        reading.skip(1)
