import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.likeness import SAME_BELOW, Alike, bit_error, groups, likely_same


def fingerprint(seed: int, words: int = 900) -> bytes:
    return random.Random(seed).randbytes(4 * words)


def worn(words: bytes, share: float, seed: int = 1) -> bytes:
    """Every bit is flipped with probability `share`."""
    chance = random.Random(seed)
    return bytes(byte ^ sum(1 << bit for bit in range(8) if chance.random() < share) for byte in words)


def test_a_fingerprint_is_like_itself_and_unlike_others() -> None:
    assert bit_error(fingerprint(1), fingerprint(1)) == 0
    other = bit_error(fingerprint(1), fingerprint(2))
    assert other is not None
    assert 0.45 < other < 0.5


@settings(max_examples=20, deadline=None)
@given(st.integers(-80, 80), st.integers(0, 1_000))
def test_what_was_cut_off_the_beginning_does_not_matter(offset: int, seed: int) -> None:
    whole = fingerprint(seed, 400)
    one, two = (whole[4 * max(0, offset) :], whole[4 * max(0, -offset) :])
    assert bit_error(one, two) == 0
    assert bit_error(two, one) == 0


@pytest.mark.parametrize("share", [0.01, 0.05, 0.1])
def test_the_error_is_the_share_of_bits_that_differ(share: float) -> None:
    assert bit_error(fingerprint(1), worn(fingerprint(1), share)) == pytest.approx(share, rel=0.2)


def test_snippets_are_not_compared() -> None:
    assert bit_error(fingerprint(1, 39), fingerprint(1, 39)) is None
    assert bit_error(b"", fingerprint(1)) is None
    assert likely_same({"a": b"", "b": b""}) == []


def test_copies_are_found_among_many() -> None:
    library = {f"t{number}": fingerprint(number) for number in range(200)}
    library["copy"] = worn(fingerprint(7), 0.02)
    library["later"] = fingerprint(12)[4 * 30 :]
    found = likely_same(library)
    assert [{alike.one, alike.two} for alike in found] == [{"later", "t12"}, {"copy", "t7"}]
    assert all(alike.bit_error < SAME_BELOW for alike in found)


def test_words_that_all_have_prove_nothing() -> None:
    silence = bytes.fromhex("a3d46d25") * 50
    library = {f"t{number}": silence + fingerprint(number, 200) for number in range(150)}
    assert likely_same(library) == []


def test_pairs_that_hang_together_are_one_group() -> None:
    pairs = [Alike("a", "b", 0.0), Alike("x", "y", 0.0), Alike("c", "b", 0.0)]
    assert groups(pairs) == [["a", "b", "c"], ["x", "y"]]
    assert groups([]) == []
