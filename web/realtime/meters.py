"""What one connection may send: budgets of messages and bytes. Pure.

Within its budget a client feels nothing. Beyond it the server stops reading until the debt is paid, so that TCP itself
slows the sender down. A client that is never out of debt for a long stretch is abusing the service.
"""

from typing import Final

from hathor_rt.refusals import TooMany
from web.limits import Bucket

# A client at work sends a probe, a report and a few edits a second; dragging a row makes about 20 updates a second.
MESSAGES_PER_SECOND: Final = 60
MESSAGES_AT_ONCE: Final = 300
# Three updates of the largest size a second; an offline session's edits may come in one go.
BYTES_PER_SECOND: Final = 256 * 1024
BYTES_AT_ONCE: Final = 2 * 1024 * 1024
# What comes besides messages: frame headers, pongs, a message under way (112 KiB at most), TLS records. A flood of pings or
# of empty fragments is answered below us, so it is judged by the bytes it takes.
OVERHEAD_PER_MESSAGE: Final = 128
OVERHEAD_AT_ONCE: Final = 128 * 1024
OVERHEAD_PER_SECOND: Final = 1024
# Nobody's honest backlog takes this long to pay off: the longest is 2 MiB of edits at 256 KiB/s.
LONGEST_DEBT_SECONDS: Final = 30.0


class Meter:
    """Budget of one connection; instants are seconds of a steady clock."""

    def __init__(self, now: float) -> None:
        self._messages = Bucket.full(per_second=MESSAGES_PER_SECOND, burst=MESSAGES_AT_ONCE, at=now)
        self._bytes = Bucket.full(per_second=BYTES_PER_SECOND, burst=BYTES_AT_ONCE, at=now)
        self._in_debt_since: float | None = None
        self._began = now
        self._message_count = 0
        self._message_bytes = 0

    def charge(self, byte_count: int, now: float) -> float:
        """Account for one message. Returns how many seconds to stop reading for.

        Raises:
            TooMany: The connection has been beyond its budget without a break for 30 s.
        """
        self._message_count += 1
        self._message_bytes += byte_count
        wait = max(self._messages.spend(1, now), self._bytes.spend(byte_count, now))
        if wait == 0.0:
            self._in_debt_since = None
        elif self._in_debt_since is None:
            self._in_debt_since = now
        elif now - self._in_debt_since > LONGEST_DEBT_SECONDS:
            raise TooMany("this connection keeps sending more than its share; slow down and come back")
        return wait

    def is_noise(self, read_bytes: int, now: float) -> bool:
        """Whether too much of the `read_bytes` that came so far belongs to no message."""
        allowed = (
            OVERHEAD_AT_ONCE + OVERHEAD_PER_SECOND * (now - self._began) + OVERHEAD_PER_MESSAGE * self._message_count
        )
        return read_bytes - self._message_bytes > allowed
