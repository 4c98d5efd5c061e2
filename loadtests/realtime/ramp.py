"""How much a server carries: the rate is doubled until it no longer keeps up, then the edge is looked for in between."""

from dataclasses import dataclass
from functools import cache
from typing import Final

from loadtests.realtime.convergence import Verdict
from loadtests.realtime.gathering import Gathering, Outcome, gathered
from loadtests.realtime.scenarios.scenario import Effort
from loadtests.realtime.servers import Server

# Who waits longer than this for a friend's click sees that something is wrong.
LATE_SECONDS: Final = 0.1
_TAKEN: Final = 0.95
VALUE_BYTES: Final = 15
# Two bisections of a doubling leave a fifth of uncertainty, less than two runs differ by.
_REFINEMENTS: Final = 2


@dataclass(frozen=True, slots=True)
class Edge:
    """Where a server stops keeping up.

    Attributes:
        best: The highest rate it kept up with; None: not even the lowest.
        failed: The lowest rate above it with which it did not.
        verdicts: Of every crowd, after its last run.
    """

    best: Outcome | None
    failed: Outcome | None
    verdicts: tuple[Verdict, ...]


def keeps_up(outcome: Outcome) -> bool:
    """Everything taken, everything delivered, 99 of 100 deliveries within a tenth of a second."""
    latencies = outcome.latencies
    return outcome.accepted >= _TAKEN and not len(latencies.missing) and outcome.p99 <= LATE_SECONDS


@cache
def edge(server: Server, clients: int, effort: Effort) -> Edge:
    """Look for it. The same question is asked once a process."""
    seconds = effort.pick(2.5, 0.5)
    with gathered(server, clients, value_bytes=VALUE_BYTES) as gathering:
        best, failed = _doubled(gathering, effort.pick(20_000 / clients, 100), seconds, effort)
        verdicts = [gathering.verify()]
    for _ in range(_REFINEMENTS if best and failed else 0):
        assert best is not None
        assert failed is not None
        with gathered(server, clients, value_bytes=VALUE_BYTES) as gathering:
            gathering.run(best.offered, 1.0)  # so that just-in-time compilers know their task
            between = gathering.run((best.offered * failed.offered) ** 0.5, seconds)
            verdicts.append(gathering.verify())
        best, failed = (between, failed) if keeps_up(between) else (best, between)
    return Edge(best, failed, tuple(verdicts))


def _doubled(
    gathering: Gathering, rate: float, seconds: float, effort: Effort
) -> tuple[Outcome | None, Outcome | None]:
    best: Outcome | None = None
    gathering.run(rate, 1.0)  # so that just-in-time compilers know their task
    while True:
        outcome = gathering.run(rate, seconds)
        if not keeps_up(outcome):  # once more: a stall of the machine is not the server's
            outcome = gathering.run(rate, seconds)
        if not keeps_up(outcome):
            return best, outcome
        best = outcome
        if effort.is_quick and rate > 300:
            return best, None
        rate *= 2
