"""Jellyfin's SyncPlay: the least delay of the last eight exchanges by a clock of whole milliseconds.

Source: TimeSync.js and TimeSyncServer.js of jellyfin-web f330b7b, as the research page describes them. The first probe
waits a second, three more follow each second, then one a minute. They go over HTTP; here over the same path as others'.
"""

from collections import deque

from loadtests.clock.methods.method import Cadence, Published
from sync.clock.exchange import Exchange
from sync.units import Micros


class SyncPlay(Published):
    """Least delay of the last eight; it knows no drift."""

    def __init__(self, now: Micros) -> None:
        super().__init__(Cadence(4, 1_000_000, 1, 0, 60_000_000), Micros(now + 1_000_000))

    def _reset(self) -> None:
        self._exchanges: deque[Exchange] = deque(maxlen=8)

    def heard(self, exchange: Exchange) -> None:
        self._exchanges.append(
            Exchange(
                _millis(exchange.sent),
                _millis(exchange.received),
                _millis(exchange.answered),
                _millis(exchange.returned),
            )
        )

    def offset_at(self, now: Micros) -> float | None:
        if not self._exchanges:
            return None
        return float(min(self._exchanges, key=lambda each: each.round_trip).offset)


def _millis(instant: Micros) -> Micros:
    return Micros(instant // 1_000 * 1_000)
