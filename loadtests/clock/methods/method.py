"""What every method of estimating a clock has: a schedule of probes, and an answer."""

from dataclasses import dataclass
from typing import Final, Protocol

from loadtests.clock.conversation import Prober
from sync.units import Micros

# As far ahead as needed to say: not before a reply is here.
AFTER_THE_REPLY: Final = Micros(2**62)


class Method(Prober, Protocol):
    """A prober that can also say what time it is."""

    def offset_at(self, now: Micros) -> float | None:
        """Server's clock minus ours at local instant `now`, in Micros; None while unknown."""
        ...

    def bound_at(self, now: Micros) -> float | None:
        """How far that can be off; None for methods that do not know."""
        ...


@dataclass(frozen=True, slots=True)
class Cadence:
    """`burst` probes `gap` apart at the start, then `group` probes `group_gap` apart every `pause`; all in Micros."""

    burst: int
    gap: int
    group: int
    group_gap: int
    pause: int


class Published:
    """What the other methods share: a cadence, and a fresh start after a sleep, which in fact is a reconnection."""

    def __init__(self, cadence: Cadence, now: Micros) -> None:
        self._cadence = cadence
        self._due = now
        self._count = 0
        self._reset()

    def _reset(self) -> None:
        """Forget all exchanges."""
        raise NotImplementedError

    def next_at(self, now: Micros) -> Micros:
        return self._due

    def sent(self, now: Micros) -> None:
        self._count += 1
        cadence = self._cadence
        if self._count < cadence.burst:
            gap = cadence.gap
        else:
            gap = cadence.pause if (self._count - cadence.burst) % cadence.group == 0 else cadence.group_gap
        self._due = Micros(now + gap)

    def woke(self, now: Micros) -> None:
        self._count = 0
        self._due = now
        self._reset()

    def bound_at(self, now: Micros) -> float | None:
        return None
