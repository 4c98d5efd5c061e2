"""How a plain Yjs client is told no: its protocol has no refusals, so the socket is closed with a code and a reason.

The reason is the code of the refusal, a colon, and the sentence for people. y-websocket comes back by itself after every code
but 4400 to 4499, so what coming back would not mend has a code of these, and what it would mend has none. The table for
people is in `sync/wire/PROTOCOL.md`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sync.refusal import Refusal
from sync.wire.endings import ENDINGS

CLOSE_CODES: Final[Mapping[str, int]] = {
    "malformed-frame": 4400,
    "malformed-update": 4400,
    "invalid-token": 4401,
    "not-allowed": 4403,
    "foreign-client-id": 4403,
    "kicked": 4403,
    "unknown-document": 4404,
    "restored": 4412,
    "frame-too-large": 4413,
    "update-too-large": 4413,
    "schema-violation": 4422,
    "unknown-track": 4422,
    "room-full": 4503,
    "silent": 4508,
    "missing-predecessor": 4510,
    "too-many": 4529,
    "too-many-documents": 4529,
}
"""By the code of the refusal; others have theirs from `sync.wire.endings`, or 4000."""


@dataclass(frozen=True, slots=True)
class Closing:
    """The last word on a socket."""

    code: int
    reason: str


def closing(code: str, reason: str) -> Closing:
    """The closing for a refusal's code."""
    rule = ENDINGS.get(code)
    number = CLOSE_CODES.get(code) or (rule.close_code if rule is not None else ENDINGS["refused"].close_code)
    return Closing(number, f"{code}: {reason}")


def closing_of(refusal: Refusal) -> Closing:
    """The closing for a refusal."""
    return closing(refusal.code, refusal.reason)
