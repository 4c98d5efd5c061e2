import pytest
from hypothesis import given
from hypothesis import strategies as st

from hathor_rt.storage.search import query_words, searchable, shelf_key
from tests.conformance.records import track


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't stop, Björk", ("don", "t", "stop", "bjork")),
        ("  AC/DC\t", ("ac", "dc")),
        ("ŁÓDŹ Þór Ægir ß İstanbul", ("lodz", "thor", "aegir", "ss", "istanbul")),
        ("…!?", ()),
        ("", ()),
        ("x" * 100, ("x" * 64,)),
        ("a " * 100, ("a",) * 16),
    ],
)
def test_words_are_folded(text: str, words: tuple[str, ...]) -> None:
    assert query_words(text) == words


@given(st.text())
def test_words_hold_letters_and_digits_only_and_folding_is_final(text: str) -> None:
    words = query_words(text)
    assert all(word.isalnum() for word in words)
    assert query_words(" ".join(words)) == words


@given(st.text(max_size=60), st.text(max_size=60))
def test_every_word_of_a_tag_finds_it(title: str, artist: str) -> None:
    indexed = searchable(track("a", title=title, artist=artist)).split()
    for word in (*query_words(title), *query_words(artist)):
        assert any(each.startswith(word) for each in indexed)


def test_a_joined_word_is_found_in_both_ways() -> None:
    assert searchable(track("a", title="AC/DC", artist="", album="", genre="")) == "ac dc acdc"


def test_numbers_sort_as_numbers_and_missing_ones_last() -> None:
    shelf = [track("a", track_number=2), track("b", track_number=10), track("c", track_number=None)]
    assert [each.track for each in sorted(shelf, key=shelf_key)] == ["a", "b", "c"]


@given(st.integers(), st.integers())
def test_absurd_numbers_do_not_break_the_shelf(disc: int, number: int) -> None:
    assert len(shelf_key(track("a", disc_number=disc, track_number=number)).split("\x1f")) == 6
