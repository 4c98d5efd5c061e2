import pytest

import hathor_rt.refusals  # noqa: F401  # defines most refusals
from sync.refusal import NotAllowed, Refusal
from sync.wire.endings import ENDINGS
from web.answers import ANSWERS, answer_to, ending_of


def refusals() -> list[type[Refusal]]:
    found: list[type[Refusal]] = [Refusal]
    for each in found:
        found.extend(each.__subclasses__())
    # Tests define refusals of their own; only the program's count.
    return [each for each in found if each.__module__ in {"sync.refusal", "hathor_rt.refusals"}]


@pytest.mark.parametrize("refusal", refusals(), ids=lambda each: each.code)
def test_every_refusal_has_a_row(refusal: type[Refusal]) -> None:
    assert 400 <= answer_to(refusal("because")).status.value < 600


def test_every_row_belongs_to_a_refusal() -> None:
    assert set(ANSWERS) == {each.code for each in refusals()}


def test_every_ending_named_by_a_row_exists() -> None:
    assert {each.ending for each in ANSWERS.values() if each.ending} <= set(ENDINGS)


def test_codes_are_kebab_case_and_unlike_each_other() -> None:
    codes = [each.code for each in refusals()]
    assert len(set(codes)) == len(codes)
    assert all(code == code.lower() and " " not in code and "_" not in code for code in codes)


def test_a_refusal_without_an_ending_of_its_own_ends_as_refused() -> None:
    last_word = ending_of(NotAllowed("only hosts may"))
    assert last_word.code == "refused"
    assert last_word.reason == "only hosts may"
    assert last_word.retry_after < 0
