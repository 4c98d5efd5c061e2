import pytest

from hathor_rt.ids import is_id, random_id


def test_a_random_id_has_the_form_of_an_id() -> None:
    for characters in (1, 10, 16, 32):
        assert len(random_id(characters)) == characters
        assert is_id(random_id(characters))


def test_ids_do_not_repeat() -> None:
    assert len({random_id() for _ in range(1_000)}) == 1_000


def test_every_letter_of_the_alphabet_is_drawn() -> None:
    # 4096 draws miss one of 32 letters with a chance below 1e-54.
    assert set(random_id(4_096)) == set("0123456789abcdefghjkmnpqrstvwxyz")


@pytest.mark.parametrize("text", ["", "A", "i", "l", "o", "u", "-", "é", "a b", "../x", "a\n", "0" * 33])
def test_anything_else_is_no_id(text: str) -> None:
    assert not is_id(text)


def test_the_longest_id_is_the_callers_choice() -> None:
    assert is_id("0" * 64, longest=64)
    assert not is_id("0" * 5, longest=4)
