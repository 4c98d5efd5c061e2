"""beatsync's: pairs of probes whose spacing survived the way up, and the fastest of the last sixteen.

Source: utils/ntp.ts, store/global.tsx and shared/constants.ts of beatsync 1e0e466, as the research page describes them:
two probes 25 ms apart, kept if the server saw them 25 ± 5 ms apart; a pair every 50 ms until sixteen are kept, then one
every 2.5 s.
"""

from collections import deque

from loadtests.clock.methods.method import Cadence, Published
from sync.clock.exchange import Exchange
from sync.units import Micros

_GAP = 25_000
_KEPT = 16


class ProbePairs(Published):
    """Least round trip of the last sixteen pure pairs; it knows no drift."""

    def __init__(self, now: Micros) -> None:
        super().__init__(Cadence(0, 0, 2, _GAP, 2_500_000), now)

    def _reset(self) -> None:
        self._pure: deque[Exchange] = deque(maxlen=_KEPT)
        self._first: Exchange | None = None
        self._is_second = False

    def sent(self, now: Micros) -> None:
        self._is_second = not self._is_second
        pause = 50_000 - _GAP if len(self._pure) < _KEPT else 2_500_000
        self._due = Micros(now + (_GAP if self._is_second else pause))

    def heard(self, exchange: Exchange) -> None:
        first, self._first = self._first, exchange
        # Replies come in the order of the probes: an unpaired one is the first of its pair.
        if first is None:
            return
        self._first = None
        if abs((exchange.received - first.received) - (exchange.sent - first.sent)) <= 5_000:
            self._pure.append(min(first, exchange, key=lambda each: each.round_trip))

    def offset_at(self, now: Micros) -> float | None:
        if not self._pure:
            return None
        return float(min(self._pure, key=lambda each: each.round_trip).offset)
