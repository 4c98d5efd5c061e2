"""Whether the peer of one connection lives, reads, and means what it sends; looked at about once a second."""

from collections.abc import Callable
from typing import Final

import trio

from sync.units import Micros
from sync.wire.endings import ending
from sync.wire.frames import Ending
from web.realtime.fanout import FanoutStream
from web.realtime.framing import PING_FRAME
from web.realtime.meters import Meter

# As the protocol says (sync/wire/endings.py): one lost packet is a moment, three heartbeats are silence.
SILENT_HEARTBEATS: Final = 3


class SignsOfLife:
    """Of one peer.

    Args:
        stream: Tells when it said or read something; takes the pings.
        meter: Knows how much of what it said was messages.
        heartbeat: After this long without a sign of life it is pinged, after three times as long given up.
        now: Present instant.
    """

    __slots__ = ("_heartbeat", "_judged_bytes", "_meter", "_pinged_at", "_stream")

    def __init__(self, stream: FanoutStream, meter: Meter, heartbeat: Micros, now: Micros) -> None:
        self._stream = stream
        self._meter = meter
        self._heartbeat = heartbeat
        self._pinged_at = now
        # How much had come when it was last found to be no noise.
        self._judged_bytes = 0

    def look(
        self, now: Micros, *, stale_after: Micros, end: Callable[[Ending], None], dismiss: Callable[[str], None]
    ) -> None:
        """Ping an idle peer, end a silent one or one that makes noise, dismiss one that stopped reading.

        Args:
            now: Present instant.
            stale_after: Who takes nothing of what waits for this long is dismissed.
            end: Says goodbye.
            dismiss: Drops one that would not read a goodbye; told why.
        """
        stream = self._stream
        silence, read_bytes = now - stream.read_at, stream.read_bytes
        if silence < self._heartbeat and read_bytes == self._judged_bytes and not stream.is_waiting:
            return  # most connections, most of the time: what was no noise a second ago is none now
        self._judged_bytes = read_bytes
        if self._meter.is_noise(read_bytes, trio.current_time()):
            end(ending("too-many", "this connection sends a lot and says nothing"))
        elif stream.is_waiting:
            if now - stream.progress_at > stale_after:
                dismiss("does not read")
        elif silence > SILENT_HEARTBEATS * self._heartbeat:
            end(ending("silent"))
        elif silence >= self._heartbeat and now - self._pinged_at >= self._heartbeat:
            self._pinged_at = now
            stream.queue(PING_FRAME)
