"""Document tokens as kept: digests, never the text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from hathor_rt.ids import PrincipalId
from sync.units import Micros


@dataclass(frozen=True, slots=True)
class DocumentToken:
    """The right to use documents, given away as text. `token` names it in lists; `digest` is all that is kept of the text."""

    token: str
    digest: bytes
    document: str
    """A document's name, or ``kind:*``."""
    role: str
    principal: PrincipalId
    created_utc: Micros
    expires_utc: Micros
    is_revoked: bool


class TokenStore(Protocol):
    """Document tokens."""

    async def save(self, token: DocumentToken) -> None:
        """Keep a new token. Raises `Conflict` if its name is taken."""
        ...

    async def many(self, tokens: Sequence[str]) -> Mapping[str, DocumentToken]:
        """Those that exist, by name."""
        ...

    async def all(self) -> Sequence[DocumentToken]:
        """Every token, oldest first."""
        ...

    async def revoke(self, token: str) -> bool:
        """It ends now. False: there is none of this name."""
        ...
