"""How connections end: why, under which WebSocket close code, and when to come back.

The server says `Ending` and then closes with the code from this table. A client that saw only the close code (a proxy cut
the connection, the server died) finds its advice here too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sync.units import Micros
from sync.wire.frames import Ending

NEVER: Final = Micros(-1)
"""Do not come back by yourself: it would end the same way."""


@dataclass(frozen=True, slots=True)
class EndingRule:
    """`close_code`: of the WebSocket. `retry_after`: Micros, negative: never; clients add up to as much again, at random."""

    close_code: int
    retry_after: Micros
    meaning: str


# 4000 to 4999 are free for applications (RFC 6455, 7.4.2); the last three digits remind of the HTTP status.
ENDINGS: Final[Mapping[str, EndingRule]] = {
    "goodbye": EndingRule(1000, NEVER, "The client is done."),
    "going-away": EndingRule(1001, Micros(500_000), "The server stops or restarts."),
    "lost": EndingRule(1006, Micros(250_000), "The connection broke without a word."),
    "refused": EndingRule(4000, NEVER, "A refusal without a row of its own."),
    "malformed-frame": EndingRule(4400, NEVER, "Bytes that are no frame."),
    "unknown-principal": EndingRule(4401, NEVER, "No valid identity; ask for a session first."),
    "kicked": EndingRule(4403, NEVER, "Asked to leave."),
    "silent": EndingRule(4408, Micros(250_000), "Nothing was heard for three heartbeats."),
    "out-of-order": EndingRule(4409, NEVER, "A frame that this state of the connection does not allow."),
    "replaced": EndingRule(4410, NEVER, "The same device resumed on another connection."),
    "frame-too-large": EndingRule(4413, NEVER, "A frame beyond the size limit."),
    "wrong-protocol": EndingRule(4426, NEVER, "The versions do not meet; load the client again."),
    "too-many": EndingRule(4429, Micros(10_000_000), "Faster than the limits allow."),
    "failed": EndingRule(4500, Micros(2_000_000), "Something broke on the server."),
    "overloaded": EndingRule(4503, Micros(5_000_000), "The server cannot take more now."),
    "storage-down": EndingRule(4504, Micros(2_000_000), "Storage does not answer."),
    "storage-full": EndingRule(4507, Micros(30_000_000), "The disk is full."),
    "fenced": EndingRule(4509, Micros(500_000), "Another node has taken the room over."),
    "too-slow": EndingRule(4513, Micros(1_000_000), "Answers pile up because they are not read."),
}
"""Every way to end, by its code."""


def ending(code: str, reason: str = "", retry_after: Micros | None = None) -> Ending:
    """The last frame for `code`. `retry_after` overrides the advice of the table."""
    rule = ENDINGS.get(code, ENDINGS["refused"])
    return Ending(code, reason or rule.meaning, rule.retry_after if retry_after is None else retry_after)


def close_code(ending: Ending) -> int:
    """The WebSocket close code that goes with `ending`."""
    return ENDINGS.get(ending.code, ENDINGS["refused"]).close_code


def ending_of_close(close_code: int, reason: str = "") -> Ending:
    """What a close code means to a client that got no `Ending`; an unknown one counts as a lost connection."""
    for code, rule in ENDINGS.items():
        if rule.close_code == close_code:
            return ending(code, reason)
    return ending("lost", reason)
