"""Between any two keys there is room, on both sides of the wire the same."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.documents.order import ALPHABET, LONGEST_KEY, between, is_key, run
from tests.vectors import make_documents

keys = st.text(ALPHABET, min_size=1, max_size=8).filter(lambda key: not key.endswith("0"))
ids = st.text("0123456789abcdefghjkmnpqrstvwxyz", min_size=1, max_size=16)


def test_the_shared_vectors_are_what_this_code_makes() -> None:
    vectors = json.loads(make_documents.ORDER_PATH.read_text())
    assert vectors == json.loads(make_documents.make_order())


def test_digits_stand_in_their_ascii_order() -> None:
    assert list(ALPHABET) == sorted(ALPHABET)
    assert len(ALPHABET) == 62


@given(keys, keys, ids)
def test_a_key_lies_between_its_neighbours(one: str, other: str, entry: str) -> None:
    if one == other:
        return
    left, right = sorted((one, other))
    key = between(left, right, entry)
    assert left < key < right
    assert is_key(key)


@given(keys, ids)
def test_a_key_lies_beyond_one_neighbour(key: str, entry: str) -> None:
    assert key < between(key, None, entry)
    assert between(None, key, entry) < key
    assert is_key(between(key, None, entry))
    assert is_key(between(None, key, entry))


@pytest.mark.slow
@given(st.none() | keys, st.none() | keys, st.lists(ids, max_size=80, unique=True))
def test_a_run_increases_within_its_bounds(left: str | None, right: str | None, entries: list[str]) -> None:
    if left is not None and right is not None and left >= right:
        return
    made = run(left, right, entries)
    assert len(made) == len(entries)
    assert made == sorted(set(made))
    assert all(is_key(key) for key in made)
    assert all((left is None or left < key) and (right is None or key < right) for key in made)


def test_concurrent_runs_at_one_place_do_not_mix() -> None:
    one = run("V1", "V3", [f"a{index}" for index in range(5)])
    other = run("V1", "V3", [f"b{index}" for index in range(5)])
    together = sorted([*one, *other])
    assert together in ([*one, *other], [*other, *one])


def test_concurrent_keys_at_one_place_differ() -> None:
    assert between("V1", "V3", "aaaa") != between("V1", "V3", "aaab")


def test_appending_and_prepending_do_not_lengthen_keys() -> None:
    last = first = between(None, None, "e0000")
    for index in range(5000):
        last = between(last, None, f"e{index:04d}")
        first = between(None, first, f"e{index:04d}")
    assert max(len(last), len(first)) <= 10


def test_inserting_at_one_spot_lengthens_keys_slowly() -> None:
    left, right = "V1", "V2"
    for index in range(600):
        right = between(left, right, f"e{index:04d}")
    assert len(right) < 600 / 4.7


def test_at_the_edges_of_the_range_there_is_still_room() -> None:
    last = "zzzzzz"
    for _ in range(20):
        following = between(last, None, "e1")
        assert following > last
        last = following
    first = "000001"
    for _ in range(20):
        preceding = between(None, first, "e1")
        assert preceding < first
        first = preceding


@pytest.mark.parametrize(("left", "right"), [("V1", "V1"), ("V2", "V1")])
def test_between_wrong_neighbours_there_is_no_key(left: str, right: str) -> None:
    with pytest.raises(ValueError, match="no key"):
        between(left, right, "e1")


@pytest.mark.parametrize("text", ["", "0", "V0", "V-", "Vé", " V", "V" * (LONGEST_KEY + 1)])
def test_what_is_no_key_is_told_apart(text: str) -> None:
    assert not is_key(text)
    assert is_key("V1")
