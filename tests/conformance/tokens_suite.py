"""What every token store promises."""

from dataclasses import replace

import pytest

from hathor_rt.storage.ports import Conflict, DocumentToken, Storage
from sync.units import Micros
from tests.conformance.records import ALICE

TOKEN = DocumentToken("t1", b"\x00\xff" * 16, "playlist:p1", "editor", ALICE, Micros(5), Micros(9), False)


class TokenSuite:
    """The right to use documents."""

    async def test_a_token_comes_back_as_it_was_kept(self, storage: Storage) -> None:
        await storage.tokens.save(TOKEN)
        assert await storage.tokens.many(["t1", "t2", "t1"]) == {"t1": TOKEN}
        assert await storage.tokens.many([]) == {}

    async def test_a_name_is_used_once(self, storage: Storage) -> None:
        await storage.tokens.save(TOKEN)
        with pytest.raises(Conflict):
            await storage.tokens.save(replace(TOKEN, role="owner"))
        assert tuple(await storage.tokens.all()) == (TOKEN,)

    async def test_all_are_listed_oldest_first(self, storage: Storage) -> None:
        later, sooner = replace(TOKEN, token="a2", created_utc=Micros(8)), TOKEN
        await storage.tokens.save(later)
        await storage.tokens.save(sooner)
        assert tuple(await storage.tokens.all()) == (sooner, later)

    async def test_a_revoked_token_stays_and_says_so(self, storage: Storage) -> None:
        await storage.tokens.save(TOKEN)
        assert await storage.tokens.revoke("t1")
        assert await storage.tokens.revoke("t1")
        assert not await storage.tokens.revoke("t2")
        assert (await storage.tokens.many(["t1"]))["t1"] == replace(TOKEN, is_revoked=True)
