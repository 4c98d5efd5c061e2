"""How plain clients are told no."""

import pytest

from hathor_rt.refusals import InvalidToken
from sync.wire.endings import ENDINGS, NEVER, ending
from tests.web.test_answers import refusals
from web.realtime.yjs_closing import CLOSE_CODES, closing, closing_of


def test_the_reason_names_the_refusal() -> None:
    assert closing_of(InvalidToken("over")).reason == "invalid-token: over"
    assert closing_of(InvalidToken("over")).code == 4401


@pytest.mark.parametrize("code", ENDINGS)
def test_clients_come_back_exactly_when_that_may_help(code: str) -> None:
    # y-websocket gives up after 4400 to 4499 and comes back after everything else.
    last_word = ending(code)
    told = closing(last_word.code, last_word.reason)
    if ENDINGS[code].retry_after != NEVER:
        assert not 4400 <= told.code < 4500


def test_every_code_belongs_to_a_refusal_or_an_ending() -> None:
    known = {each.code for each in refusals()} | ENDINGS.keys()
    assert CLOSE_CODES.keys() <= known
    assert closing("never-heard-of", "").code == 4000
