"""Document tokens: the right to use documents as text, for programs that cannot sign in.

A token is a name of 8 characters and a secret of 32 (160 bits). Only the secret's digest is kept, so a stolen database opens
no document. A token acts for one principal with one role, in one document or in all of a kind (``scratch:*``).

Revoking is felt at once in the process that revokes. Another one that uses the same database (`hathor token revoke` is one)
is believed after a second at most: for so long a token that was read is not read again, and so often those in use are.
"""

import hashlib
import hmac
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from hathor_rt.accounts.recent_answers import RecentAnswers
from hathor_rt.ids import DeviceId, DocumentName, PrincipalId, is_id, random_id
from hathor_rt.refusals import InvalidToken
from hathor_rt.storage.ports import DocumentToken, TokenStore
from hathor_rt.timebase import Timebase
from sync.documents.kinds import parse_document_name
from sync.refusal import NotAllowed
from sync.units import MICROS_PER_SECOND, Micros

HOURS: Final = 24
"""How long a token lives unless it was asked otherwise."""

MOST_HOURS: Final = 24 * 366
_NAME_CHARACTERS: Final = 8
_SECRET_CHARACTERS: Final = 32
_LONGEST: Final = 64


@dataclass(frozen=True, slots=True)
class Bearer:
    """What a genuine token says.

    Attributes:
        token: Its name.
        principal: Whom it acts for.
        device: Stands for whatever program uses it.
        role: In the document it was shown for.
    """

    token: str
    principal: PrincipalId
    device: DeviceId
    role: str


class DocumentTokens:
    """Issues, reads and revokes tokens.

    Args:
        store: Where they are kept.
        timebase: Tells when one is over.
    """

    def __init__(self, store: TokenStore, timebase: Timebase) -> None:
        self._store = store
        self._timebase = timebase
        self._recent = RecentAnswers(self._one, timebase)

    async def issue(
        self, document: str, role: str, principal: PrincipalId, *, hours: int = HOURS
    ) -> tuple[DocumentToken, str]:
        """A new token and its text, which is told this once.

        Raises:
            UnknownDocument: `document` is neither a document's name nor ``scratch:*``.
            NotAllowed: A token lives between an hour and a year.
        """
        scope = checked_scope(document)
        if not 1 <= hours <= MOST_HOURS:
            raise NotAllowed(f"a token lives 1 to {MOST_HOURS} hours")
        name, secret = random_id(_NAME_CHARACTERS), random_id(_SECRET_CHARACTERS)
        now = self._timebase.stamp().utc_at
        expires = Micros(now + hours * 3600 * MICROS_PER_SECOND)
        token = DocumentToken(name, _digest(secret), scope, role, principal, now, expires, False)
        await self._store.save(token)
        return token, name + secret

    async def read(self, text: str, document: DocumentName) -> Bearer:
        """Who may use `document` with this token.

        Raises:
            InvalidToken: It is none, is over, was revoked, or is for another document; all look the same.
        """
        name, secret = text[:_NAME_CHARACTERS], text[_NAME_CHARACTERS:]
        if not is_id(text, longest=_LONGEST) or not secret:
            raise _invalid()
        token = await self._recent.get(name)
        # Compared in constant time, also if there is no such token.
        is_genuine = hmac.compare_digest(_digest(secret), token.digest if token is not None else bytes(32))
        if token is None or not is_genuine or not self._lives(token) or not _covers(token.document, document):
            raise _invalid()
        return Bearer(token.token, token.principal, DeviceId(token.token), token.role)

    async def ended(self, names: Collection[str]) -> frozenset[str]:
        """Which of these tokens are over, revoked or gone."""
        asked_at = self._timebase.now()
        known = await self._store.many(tuple(names))
        for name in names:
            self._recent.learn(name, known.get(name), asked_at)
        return frozenset(name for name in names if name not in known or not self._lives(known[name]))

    async def all(self) -> Sequence[DocumentToken]:
        """Every token, oldest first."""
        return await self._store.all()

    async def revoke(self, name: str) -> None:
        """End a token by its name; whoever uses it is let go within a second or so. Raises `InvalidToken`: there is none."""
        try:
            is_known = await self._store.revoke(name)
        finally:
            self._recent.forget(name)  # also if nobody knows whether it was done
        if not is_known:
            raise InvalidToken("there is no token of this name; `hathor token list` shows them")

    async def _one(self, name: str) -> DocumentToken | None:
        return (await self._store.many([name])).get(name)

    def _lives(self, token: DocumentToken) -> bool:
        return not token.is_revoked and self._timebase.stamp().utc_at < token.expires_utc


def checked_scope(document: str) -> str:
    """`document` if a token can be for it: a document, or all scratch documents.

    Raises:
        UnknownDocument: It is neither.
    """
    if document != "scratch:*":
        parse_document_name(document)
    return document


def _covers(scope: str, document: DocumentName) -> bool:
    return scope == document or (scope.endswith(":*") and document.startswith(scope[:-1]))


def _digest(secret: str) -> bytes:
    # The secret is 160 random bits, so nothing slower than this is needed against guessing.
    return hashlib.sha256(secret.encode()).digest()


def _invalid() -> InvalidToken:
    return InvalidToken("this token is not valid for this document; it may have ended or been revoked")
