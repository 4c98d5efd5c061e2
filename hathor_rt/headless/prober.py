"""Keeps the room's clock known: sends probes as planned and learns from the replies."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import trio

from sync.clock.exchange import Exchange
from sync.clock.probing import ProbePlan
from sync.clock.room_clock import RoomClock
from sync.units import MICROS_PER_SECOND, Micros
from sync.wire.frames import Probe, ProbeReply

RESOLUTION: Final = Micros(1)
"""The local clock is read in nanoseconds and rounded down to microseconds."""

# One lapsed probe is a lost moment, three in a row are half a minute without an answer.
_LAPSES_TO_DEATH: Final = 3

UNKNOWN_ERROR: Final = Micros(10_000_000)
"""Told while nothing is known of the clock."""


@dataclass(frozen=True, slots=True)
class Drift:
    """The room's clock against ours, in parts per million, positive if it runs faster; and one standard deviation of that."""

    ppm: float
    sigma_ppm: float


class Prober:
    """The clock side of one participant, over all its connections.

    Args:
        now: The local clock.
        seed: Fixes the jitter of the probes; each device its own.
    """

    def __init__(self, now: Callable[[], Micros], seed: int) -> None:
        self._now = now
        self._plan = ProbePlan(seed, now())
        self._clock = RoomClock(RESOLUTION)
        self._epoch = ""
        self._lapses = 0
        self._woken = trio.Event()

    @property
    def epoch(self) -> str:
        """The timebase of the present connection."""
        return self._clock.epoch

    @property
    def is_known(self) -> bool:
        """Whether instants of this timebase can be told."""
        return self._clock.estimate.ready

    def to_room(self, local: Micros) -> Micros:
        """The room's clock at `local`. Only while `is_known`."""
        return self._clock.estimate.to_peer(local)

    def to_local(self, instant: Micros) -> Micros:
        """Our clock at the room's `instant`. Only while `is_known`."""
        return self._clock.estimate.to_local(instant)

    def error(self) -> Micros:
        """Certified error of the present instant."""
        return self._clock.estimate.error_at(self._now()) if self.is_known else UNKNOWN_ERROR

    @property
    def round_trip(self) -> Micros:
        """q95 of the round trips."""
        return self._clock.estimate.round_trip

    @property
    def drift(self) -> Drift:
        """How fast the room's clock runs."""
        estimate = self._clock.estimate
        return Drift(estimate.drift_ppm, estimate.drift_sigma_ppm)

    def begin(self, epoch: str) -> None:
        """A connection was welcomed: a burst is due."""
        self._epoch = epoch
        self._clock.begin(epoch)
        self._plan.reconnected(self._now())
        self._lapses = 0
        self._wake()

    def set_playing(self, is_playing: bool) -> None:
        """Whether something plays decides how often is asked."""
        if is_playing:
            self._plan.play(self._now())
        else:
            self._plan.rest()
        self._wake()

    def answered(self, reply: ProbeReply, returned: Micros) -> None:
        """Take in a reply that arrived at `returned`."""
        if not self._plan.is_under_way(reply.seq):
            return
        exchange = Exchange(Micros(reply.sent), Micros(reply.received), Micros(reply.answered), returned)
        if not self._clock.add(self._epoch, exchange) or not self.is_known:
            return
        self._lapses = 0
        self._plan.answered(reply.seq, self._clock.estimate.error_at(returned))
        if self._clock.estimate.jumped:
            self._plan.burst(self._now())
            self._wake()

    async def run(self, send: Callable[[Probe], Awaitable[object]]) -> None:
        """Probe over one connection, from its welcome on; returns when the link turns out to be dead."""
        while True:
            now = self._now()
            self._lapses += len(self._plan.lapsed(now))
            if self._lapses >= _LAPSES_TO_DEATH:
                return
            if self._plan.next_at(now) <= now:
                sent = self._now()
                await send(Probe(self._plan.sent(sent), sent))
            with trio.move_on_after(max(0, self._plan.next_at(now) - self._now()) / MICROS_PER_SECOND):
                await self._woken.wait()
                self._woken = trio.Event()

    def _wake(self) -> None:
        self._woken.set()
