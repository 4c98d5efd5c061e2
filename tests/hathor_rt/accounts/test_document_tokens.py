"""Tokens open their documents, for a while, until they are revoked."""

from collections.abc import Callable

import pytest
import trio
from trio.testing import MockClock

from hathor_rt.accounts.document_tokens import DocumentTokens
from hathor_rt.ids import DocumentName, PrincipalId
from hathor_rt.refusals import InvalidToken
from hathor_rt.storage.memory.opening import open_memory
from sync.refusal import NotAllowed, UnknownDocument
from tests.fakes.rooms_world import VirtualTimebase

ANN = PrincipalId("ann")
LIST = DocumentName("playlist:p1")


def tokens() -> DocumentTokens:
    return DocumentTokens(open_memory(seed=1).tokens, VirtualTimebase())


async def test_a_token_says_who_and_in_what_role() -> None:
    known = tokens()
    kept, text = await known.issue(LIST, "editor", ANN)
    bearer = await known.read(text, LIST)
    assert (bearer.token, bearer.principal, bearer.role) == (kept.token, ANN, "editor")
    assert text not in repr(await known.all())
    assert len(text) == 40


FORGERIES: list[Callable[[str], str]] = [
    lambda text: text[:-1] + ("0" if text[-1] != "0" else "1"),
    lambda text: "",
    lambda text: text[:8],
    lambda text: "0" * 40,
    lambda text: text + "0",
    lambda text: "é" * 40,
    lambda text: text.upper(),
]


@pytest.mark.parametrize("forge", FORGERIES)
async def test_anything_else_is_refused_alike(forge: Callable[[str], str]) -> None:
    known = tokens()
    _, text = await known.issue(LIST, "editor", ANN)
    with pytest.raises(InvalidToken) as refused:
        await known.read(forge(text), LIST)
    assert str(refused.value) == "this token is not valid for this document; it may have ended or been revoked"


async def test_a_token_is_for_its_document_alone() -> None:
    known = tokens()
    _, text = await known.issue(LIST, "editor", ANN)
    for other in ("playlist:p2", "queue:p1", "playlist:p11"):
        with pytest.raises(InvalidToken):
            await known.read(text, DocumentName(other))


async def test_one_token_opens_all_scratch_documents_and_nothing_else() -> None:
    known = tokens()
    _, text = await known.issue("scratch:*", "editor", ANN)
    await known.read(text, DocumentName("scratch:any"))
    with pytest.raises(InvalidToken):
        await known.read(text, LIST)


@pytest.mark.parametrize("document", ["playlist:*", "*", "nope:x", "playlist:", "scratch:a*"])
async def test_a_token_for_anything_else_is_not_issued(document: str) -> None:
    with pytest.raises(UnknownDocument):
        await tokens().issue(document, "editor", ANN)


async def test_a_token_ends_by_itself(autojump_clock: MockClock) -> None:
    known = tokens()
    kept, text = await known.issue(LIST, "editor", ANN, hours=1)
    await trio.sleep(3599)
    await known.read(text, LIST)
    assert await known.ended([kept.token]) == frozenset()
    await trio.sleep(1)
    with pytest.raises(InvalidToken):
        await known.read(text, LIST)
    assert await known.ended([kept.token, "unknown"]) == {kept.token, "unknown"}


async def test_a_revoked_token_is_over() -> None:
    known = tokens()
    kept, text = await known.issue(LIST, "editor", ANN)
    await known.revoke(kept.token)
    with pytest.raises(InvalidToken):
        await known.read(text, LIST)
    assert await known.ended([kept.token]) == {kept.token}
    with pytest.raises(InvalidToken):
        await known.revoke("unknown")


async def test_a_token_lives_an_hour_to_a_year() -> None:
    for hours in (0, 24 * 367):
        with pytest.raises(NotAllowed):
            await tokens().issue(LIST, "editor", ANN, hours=hours)


async def test_a_token_that_was_just_read_is_over_as_soon_as_it_is_revoked(autojump_clock: MockClock) -> None:
    known = tokens()
    kept, text = await known.issue(LIST, "editor", ANN)
    await known.read(text, LIST)
    await known.revoke(kept.token)
    with pytest.raises(InvalidToken):
        await known.read(text, LIST)


async def revoked_elsewhere() -> tuple[DocumentTokens, str, str]:
    """A process that has just read a token, which another process then revoked; the token's id and text."""
    store, timebase = open_memory(seed=1).tokens, VirtualTimebase()
    here, elsewhere = DocumentTokens(store, timebase), DocumentTokens(store, timebase)
    kept, text = await here.issue(LIST, "editor", ANN)
    await here.read(text, LIST)
    await elsewhere.revoke(kept.token)
    return here, kept.token, text


async def test_what_another_process_revokes_is_over_after_a_second(autojump_clock: MockClock) -> None:
    here, _, text = await revoked_elsewhere()
    await trio.sleep(1)
    with pytest.raises(InvalidToken):
        await here.read(text, LIST)


async def test_looking_after_those_inside_tells_those_who_come(autojump_clock: MockClock) -> None:
    here, token, text = await revoked_elsewhere()
    assert await here.ended([token]) == {token}
    with pytest.raises(InvalidToken):
        await here.read(text, LIST)
