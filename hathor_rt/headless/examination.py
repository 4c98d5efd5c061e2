"""How well this machine can keep a server's time: the join burst of a device, and a few seconds more, judged in words."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

import trio

from hathor_rt.headless.link import Door, Link
from hathor_rt.headless.prober import Prober
from hathor_rt.headless.refusals import Unreachable
from sync.timeline.lead import quantile
from sync.units import MICROS_PER_SECOND, Micros
from sync.wire.frames import FromServer, Probe, ProbeReply, Welcome

# Two devices that are each certain within half of this differ by no more; 2 ms is what "in step" promises.
_IN_STEP: Final = Micros(1_000)
# Below this the ear hears one sound and no echo between two speakers (Haas effect, from about 20 to 30 ms on two sounds).
_ONE_SOUND: Final = Micros(10_000)
# The server stamps probes before anything else; more than this means that it or its machine is overloaded.
_SLOW_INSIDE: Final = Micros(5_000)
# A path whose slow tenth takes so much longer than its best has a queue in it.
_UNSTEADY: Final = Micros(30_000)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What an examination found. Spans in Micros.

    Attributes:
        server: Its software and version.
        seconds: How long it took.
        sent, answered: Probes.
        best_trip, middle_trip, slow_trip: Least, median and q90 of the round trips.
        slow_inside: q90 of the time a probe spent inside of the server.
        clock_error: Certified error of the server's clock as known here.
        drift_ppm, drift_sigma_ppm: The server's clock against ours, and how sure that is.
    """

    server: str
    seconds: float
    sent: int
    answered: int
    best_trip: Micros
    middle_trip: Micros
    slow_trip: Micros
    slow_inside: Micros
    clock_error: Micros
    drift_ppm: float
    drift_sigma_ppm: float

    @property
    def verdict(self) -> str:
        """One word: "tight", "good" or "poor"."""
        if self.clock_error <= _IN_STEP:
            return "tight"
        return "good" if self.clock_error <= _ONE_SOUND else "poor"

    @property
    def remarks(self) -> tuple[str, ...]:
        """What to know and what could be done, in sentences."""
        said = [_MEANING[self.verdict]]
        lost = self.sent - self.answered
        if lost > 1:
            said.append(f"{lost} of {self.sent} probes were not answered in time: the link loses packets or stalls.")
        if self.slow_trip - self.best_trip > _UNSTEADY:
            said.append("Round trips vary much: something else uses the link, or the Wi-Fi is weak.")
        if self.slow_inside > _SLOW_INSIDE:
            said.append("The server takes long to answer: its machine is busy.")
        return tuple(said)


_MEANING: Final = {
    "tight": "Devices on links like this one play within two milliseconds of each other.",
    "good": "Devices play together without an echo, if not to the millisecond.",
    "poor": "The server's clock is known too vaguely: beside another speaker an echo may be heard.",
}


class _Patient(Protocol):
    """Told how the examination goes on."""

    def __call__(self, answered: int, clock_error: Micros) -> None: ...


class Examination:
    """One device that probes and does nothing else. The guest of its `Link`.

    Args:
        door: How the realtime socket is reached; somebody was introduced already.
        now: The local clock.
        seed: Fixes the jitter of the probes.
        progress: Called after every reply.
    """

    def __init__(self, door: Door, now: Callable[[], Micros], seed: int, progress: _Patient | None = None) -> None:
        self._now = now
        self._prober = Prober(now, seed)
        self._link = Link(door, self, now, "hathor-doctor")
        self._progress = progress
        self._server = ""
        self._sent = 0
        self._trips: list[Micros] = []
        self._inside: list[Micros] = []

    async def run(self, seconds: float) -> Diagnosis:
        """Probe for `seconds` (above 0).

        Raises:
            TurnedAway: The server does not want us.
            Unreachable: It answered no probe at all.
        """
        began = self._now()
        with trio.move_on_after(seconds):
            await self._link.run()
        if not self._trips:
            raise Unreachable(f"no probe was answered within {seconds:g} s")
        drift = self._prober.drift
        return Diagnosis(
            server=self._server,
            seconds=(self._now() - began) / MICROS_PER_SECOND,
            # The latest may still be on its way.
            sent=max(self._sent, len(self._trips)),
            answered=len(self._trips),
            best_trip=min(self._trips),
            middle_trip=Micros(quantile(self._trips, 50)),
            slow_trip=Micros(quantile(self._trips, 90)),
            slow_inside=Micros(quantile(self._inside, 90)),
            clock_error=self._prober.error(),
            drift_ppm=drift.ppm,
            drift_sigma_ppm=drift.sigma_ppm,
        )

    async def welcomed(self, welcome: Welcome) -> None:
        """See `Guest.welcomed`."""
        self._server = welcome.server
        self._prober.begin(welcome.clock_epoch)
        self._prober.set_playing(True)

    async def stay(self) -> None:
        """See `Guest.stay`."""
        await self._prober.run(self._send)

    async def received(self, frame: FromServer, at: Micros) -> None:
        """See `Guest.received`."""
        if not isinstance(frame, ProbeReply):
            return
        self._prober.answered(frame, at)
        self._trips.append(Micros(at - frame.sent - (frame.answered - frame.received)))
        self._inside.append(Micros(frame.answered - frame.received))
        if self._progress is not None:
            self._progress(len(self._trips), self._prober.error())

    async def _send(self, probe: Probe) -> None:
        if await self._link.send(probe):
            self._sent += 1
