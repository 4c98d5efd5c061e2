"""One method on one device for some virtual minutes, and how far off it was."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from loadtests.clock.conversation import converse, server_micros
from loadtests.clock.methods.method import Method
from loadtests.clock.networks import Network
from loadtests.clock.truth import LOOKS_PER_SECOND, Life
from sync.clock.exchange import Exchange
from sync.units import Micros

Make = Callable[[Micros, int, Micros], Method]
"""Makes a method from the granularity of the device's clock, a seed, and the local instant at which it joins."""

# Every method may settle first, and gets this long after a sleep or a step before it is judged again.
SETTLING_S: Final = 30.0
RECOVERY_S: Final = 5.0

# A clock counts as known, and as recovered, once its error stays below this for `KNOWN_FOR_S`.
KNOWN: Final = 1_000.0
KNOWN_FOR_S: Final = 10.0


@dataclass(slots=True)
class Outcome:
    """Errors in Micros, times in seconds.

    Attributes:
        errors: Ten a second once settled, without what no probe can see (how lopsided the network is).
        looks: How often the bound was compared with the truth, from the first reply on.
        broken: How often the truth lay outside.
        bounds: Certified errors, once settled.
        known_after: From joining until the clock was known; infinite if it never was.
        recovered_after: From the first reply after each sleep, and from each step or change of the path, until it was
            known again.
        probes: How many were sent.
        exchanges: All that was heard, in order.
    """

    errors: list[float] = field(default_factory=list)
    looks: int = 0
    broken: int = 0
    bounds: list[float] = field(default_factory=list)
    known_after: float = 0.0
    recovered_after: list[float] = field(default_factory=list)
    probes: int = 0
    exchanges: list[Exchange] = field(default_factory=list)


class _Ear:
    """Passes everything on to a method and keeps what it heard."""

    def __init__(self, method: Method) -> None:
        self.exchanges: list[Exchange] = []
        self.sent = method.sent
        self.next_at = method.next_at
        self.woke = method.woke
        self._heard = method.heard

    def heard(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)
        self._heard(exchange)


def attempt(life: Life, make: Make) -> Outcome:
    """Let one method run through the life of one device."""
    clock = life.oscillator
    method = make(clock.granularity, life.seed, clock.reading(0.0))
    ear = _Ear(method)
    outcome = Outcome(exchanges=ear.exchanges)
    # Error without lopsidedness at every look; None while the method says nothing.
    errors: list[float | None] = []
    lopsided = life.network.lopsided_ms * 1e3
    is_judged = _judged(life.network, len(life.local))

    def look(at: float) -> None:
        index = len(errors)
        local = life.local[index]
        offset = method.offset_at(local)
        if offset is None:
            errors.append(None)
            return
        error = local + offset - life.server[index]
        errors.append(error - lopsided)
        if not is_judged[index]:
            return
        bound = method.bound_at(local)
        if bound is not None:
            outcome.looks += 1
            outcome.broken += abs(error) > bound
        if at > SETTLING_S:
            outcome.errors.append(error - lopsided)
            if bound is not None:
                outcome.bounds.append(bound)

    outcome.probes = converse(life.network, clock, ear, life.seed, life.seconds, look, LOOKS_PER_SECOND)
    outcome.known_after = _known_from(errors, 0.0)
    outcome.recovered_after = [
        _known_from(errors, begin) - begin for begin in _upsets(life.network, ear.exchanges) if begin < life.seconds
    ]
    return outcome


def _judged(network: Network, looks: int) -> list[bool]:
    """For every look whether the clock is judged then: not while it sleeps, nor just after it slept or was set."""
    spans = [(start, start + length + RECOVERY_S) for start, length in network.interruptions.sleeps]
    spans += [(moment, moment + RECOVERY_S) for moment, _ in network.interruptions.steps]
    instants = [(index + 1) / LOOKS_PER_SECOND for index in range(looks)]
    return [not any(begin <= at < end for begin, end in spans) for at in instants]


def _upsets(network: Network, exchanges: list[Exchange]) -> list[float]:
    """When recovering begins: the first reply to a probe sent after a sleep, a step, a change of the path."""
    begins = [moment for moment, _ in network.interruptions.steps] + list(network.changes)
    for start, length in network.interruptions.sleeps:
        woken = server_micros(start + length)
        first = next((each for each in exchanges if each.received >= woken), None)
        if first is not None:
            begins.append((first.answered - server_micros(0.0)) / 1e6 + max(0, first.round_trip) / 2e6)
    return begins


def _known_from(errors: list[float | None], begin: float) -> float:
    """The first instant from `begin` on from which the error stays small for ten seconds."""
    first = int(begin * LOOKS_PER_SECOND)
    needed = int(KNOWN_FOR_S * LOOKS_PER_SECOND)
    wrong = [index for index in range(first, len(errors)) if not _is_small(errors[index])]
    # Between two looks at which it was wrong lie those at which it was right.
    for earlier, later in pairwise([first - 1, *wrong, len(errors)]):
        if later - earlier > needed:
            return max(begin, (earlier + 1) / LOOKS_PER_SECOND)
    return float("inf")


def _is_small(error: float | None) -> bool:
    return error is not None and abs(error) <= KNOWN
