"""Every way to end has one close code and one piece of advice."""

import json

import pytest

from sync.units import Micros
from sync.wire.endings import ENDINGS, close_code, ending, ending_of_close
from sync.wire.frames import Ending
from tests.vectors import make_wire


def test_close_codes_are_unique_and_legal() -> None:
    codes = [rule.close_code for rule in ENDINGS.values()]
    assert len(set(codes)) == len(codes)
    assert all(code in (1000, 1001, 1006) or 4000 <= code <= 4999 for code in codes)


@pytest.mark.parametrize("code", ENDINGS)
def test_a_close_code_tells_what_the_frame_would_have_told(code: str) -> None:
    said = ending(code, "Why.")
    assert ending_of_close(close_code(said), "Why.") == said


def test_an_ending_without_a_row_is_a_refusal_for_good() -> None:
    said = ending("invite-expired", "The link is old.")
    assert said.code == "invite-expired"
    assert said.retry_after < 0
    assert close_code(said) == ENDINGS["refused"].close_code


def test_advice_can_be_overridden() -> None:
    assert ending("too-many", "Slower.", Micros(3)) == Ending("too-many", "Slower.", 3)


def test_a_reason_is_never_empty() -> None:
    assert ending("going-away").reason == ENDINGS["going-away"].meaning


def test_an_unknown_close_code_is_a_lost_connection() -> None:
    assert ending_of_close(1011).code == "lost"
    assert ending_of_close(1011).retry_after >= 0


def test_clients_have_the_same_table() -> None:
    vectors = json.loads(make_wire.PATH.read_text())["endings"]
    assert vectors == {code: [rule.close_code, rule.retry_after] for code, rule in ENDINGS.items()}
