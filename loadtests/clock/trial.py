"""One device on one link for ten minutes, and what its estimator made of it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from loadtests.clock.estimators import Estimator
from sync.units import Micros
from tests.simulation.network import Link, SimulatedClock, converse, server_micros

# Browsers without cross-origin isolation show tenths of a millisecond; ours is served isolated, this is the harder case.
GRANULARITY = 100

# Every method may settle first, and gets this long after a sleep or a step before it is judged again.
SETTLING_S = 30.0
RECOVERY_S = 5.0

LENGTH_S = 600.0


@dataclass(slots=True)
class Outcome:
    """Errors in Micros.

    Attributes:
        errors: Ten a second once settled, without what no probe can see (the link's lopsidedness).
        looks: How often the bound was compared with the truth, from the first reply on.
        broken: How often the truth lay outside.
        bounds: Certified errors, once settled.
        probes: Probes sent.
    """

    errors: list[float] = field(default_factory=list)
    looks: int = 0
    broken: int = 0
    bounds: list[float] = field(default_factory=list)
    probes: int = 0

    def add(self, other: "Outcome") -> None:
        """Put another device's outcome to this."""
        self.errors += other.errors
        self.bounds += other.bounds
        self.looks += other.looks
        self.broken += other.broken
        self.probes += other.probes


def is_recovering(link: Link, at: float) -> bool:
    """Whether a sleep goes on or the clock jumped just now."""
    asleep = any(start <= at < start + length + RECOVERY_S for start, length in link.sleeps)
    return asleep or any(moment <= at < moment + RECOVERY_S for moment, _ in link.steps)


def attempt(link: Link, seed: int, make: Callable[[Micros, int, Micros], Estimator]) -> Outcome:
    """Let one estimator run. `make` gets granularity, seed and the local start."""
    clock = SimulatedClock(seed, GRANULARITY, link)
    estimator = make(clock.granularity, seed, clock.reading(0.0))
    outcome = Outcome()

    def look(at: float) -> None:
        local = Micros(round(clock.exact(at)))
        offset = estimator.offset_at(local)
        if offset is None or is_recovering(link, at):
            return
        error = local + offset - server_micros(at)
        bound = estimator.bound_at(local)
        if bound is not None:
            outcome.looks += 1
            outcome.broken += abs(error) > bound
        if at > SETTLING_S:
            outcome.errors.append(error - link.lopsided_ms * 1e3)
            outcome.bounds += [] if bound is None else [bound]

    outcome.probes = converse(link, clock, estimator, 1000 + seed, LENGTH_S, look)
    return outcome
