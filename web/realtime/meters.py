"""What one connection may send: budgets of messages and bytes. Pure.

Within its budget a client feels nothing. Beyond it the server stops reading until the debt is paid, so that TCP itself
slows the sender down. A client that is never out of debt for a long stretch is abusing the service.
"""

from dataclasses import dataclass
from typing import Final

from hathor_rt.config import Config
from hathor_rt.refusals import TooMany

# A question for everything there is costs a few bytes, and up to 30 ms to answer (measured: 3 MiB of text in 290 000 pieces).
MESSAGES_PER_QUESTION: Final = 10

_KILOBYTE: Final = 1000
# What comes besides whole messages: frame headers, pongs, TLS records, a message under way. A flood of pings or of empty
# fragments is answered below us, so it is judged by the bytes it takes.
OVERHEAD_PER_MESSAGE: Final = 128
OVERHEAD_AT_ONCE: Final = 16 * 1024
OVERHEAD_PER_SECOND: Final = 1024
# On our own socket: see `web.realtime.gateway`.
_LONGEST_MESSAGE: Final = 112 * 1024


@dataclass(frozen=True, slots=True)
class Budget:
    """What every connection of a kind may send.

    Attributes:
        messages_per_second: In the long run. A client at work sends a probe, a report and a few edits a second; dragging a
            row makes about 20 updates a second.
        messages_at_once: After a quiet time.
        bytes_per_second: In the long run: three updates of the largest size.
        bytes_at_once: An offline session's edits may come in one go.
        longest_debt_seconds: Nobody's honest backlog takes this long to pay off.
    """

    messages_per_second: float
    messages_at_once: float
    bytes_per_second: float
    bytes_at_once: float
    longest_debt_seconds: float

    @classmethod
    def of(cls, config: Config) -> "Budget":
        """As the settings say."""
        return cls(
            config.messages_per_second,
            config.messages_at_once,
            config.upload_kilobytes_per_second * _KILOBYTE,
            config.upload_kilobytes_at_once * _KILOBYTE,
            config.longest_debt_seconds,
        )


class Meter:
    """Budget of one connection; instants are seconds of a steady clock.

    Args:
        budget: What it may send.
        now: Present instant.
        longest_message: Its bytes may all have come before it counts as a message.
    """

    __slots__ = (
        "_began",
        "_budget",
        "_bytes_paid_at",
        "_in_debt_since",
        "_longest_message",
        "_message_bytes",
        "_message_count",
        "_messages_paid_at",
    )

    def __init__(self, budget: Budget, now: float, *, longest_message: int = _LONGEST_MESSAGE) -> None:
        self._budget = budget
        self._longest_message = longest_message
        # When everything sent so far is paid off at the steady rate: two token buckets, each in one number.
        self._messages_paid_at = now
        self._bytes_paid_at = now
        self._in_debt_since: float | None = None
        self._began = now
        self._message_count = 0
        self._message_bytes = 0

    def charge(self, byte_count: int, now: float, *, as_messages: int = 1) -> float:
        """Account for one message. Returns how many seconds to stop reading for.

        Args:
            byte_count: Its length.
            now: Present instant.
            as_messages: For how many it counts; see `MESSAGES_PER_QUESTION`.

        Raises:
            TooMany: The connection has been beyond its budget without a break for too long.
        """
        budget = self._budget
        self._message_count += 1
        self._message_bytes += byte_count
        self._messages_paid_at = max(self._messages_paid_at, now) + as_messages / budget.messages_per_second
        self._bytes_paid_at = max(self._bytes_paid_at, now) + byte_count / budget.bytes_per_second
        wait = max(
            self._messages_paid_at - now - budget.messages_at_once / budget.messages_per_second,
            self._bytes_paid_at - now - budget.bytes_at_once / budget.bytes_per_second,
        )
        if wait <= 0.0:
            self._in_debt_since = None
            return 0.0
        if self._in_debt_since is None:
            self._in_debt_since = now
        elif now - self._in_debt_since > budget.longest_debt_seconds:
            raise TooMany("this connection keeps sending more than its share; slow down and come back")
        return wait

    def is_noise(self, read_bytes: int, now: float) -> bool:
        """Whether too much of the `read_bytes` that came so far belongs to no message."""
        allowed = (
            self._longest_message
            + OVERHEAD_AT_ONCE
            + OVERHEAD_PER_SECOND * (now - self._began)
            + OVERHEAD_PER_MESSAGE * self._message_count
        )
        return read_bytes - self._message_bytes > allowed
