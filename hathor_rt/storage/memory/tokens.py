"""Document tokens in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import trio

from hathor_rt.storage.ports import Conflict, DocumentToken


class MemoryTokens:
    """`TokenStore` whose tokens last as long as the object."""

    def __init__(self) -> None:
        self._tokens: dict[str, DocumentToken] = {}

    async def save(self, token: DocumentToken) -> None:
        """See `TokenStore.save`."""
        await trio.lowlevel.checkpoint()
        if token.token in self._tokens:
            raise Conflict(f"token {token.token} exists")
        self._tokens[token.token] = token

    async def many(self, tokens: Sequence[str]) -> Mapping[str, DocumentToken]:
        """See `TokenStore.many`."""
        await trio.lowlevel.checkpoint()
        return {each: self._tokens[each] for each in tokens if each in self._tokens}

    async def all(self) -> Sequence[DocumentToken]:
        """See `TokenStore.all`."""
        await trio.lowlevel.checkpoint()
        return tuple(sorted(self._tokens.values(), key=lambda each: (each.created_utc, each.token)))

    async def revoke(self, token: str) -> bool:
        """See `TokenStore.revoke`."""
        await trio.lowlevel.checkpoint()
        if token not in self._tokens:
            return False
        self._tokens[token] = replace(self._tokens[token], is_revoked=True)
        return True
