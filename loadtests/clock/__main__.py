"""Print the shoot-out: ``python -m loadtests.clock [seeds]`` (default 5; 20 take some minutes)."""

import sys
from functools import partial

from loadtests.clock.estimators import Estimator, line_up, root_mean_square
from loadtests.clock.trial import GRANULARITY, LENGTH_S, Outcome, attempt
from sync.units import Micros
from tests.simulation.network import LINKS, Link


def _make(index: int, granularity: Micros, seed: int, now: Micros) -> Estimator:
    return line_up(granularity, seed, now)[index][1]


def _cell(outcome: Outcome) -> str:
    ranked = sorted(abs(error) for error in outcome.errors)
    return f"{root_mean_square(outcome.errors) / 1e3:.2f}/{ranked[len(ranked) * 99 // 100] / 1e3:.2f}"


def _outcome(link: Link, index: int, seeds: int) -> Outcome:
    total = Outcome()
    for seed in range(seeds):
        total.add(attempt(link, seed, partial(_make, index)))
    return total


def main() -> None:
    """Each link a row, each method a column."""
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    names = [name for name, _ in line_up(Micros(GRANULARITY), 0, Micros(0))]
    print(
        f"RMS / p99 of the error in ms; {seeds} devices per link, {LENGTH_S:.0f} s each, clock shows {GRANULARITY} us steps,"
    )
    print("judged 30 s after joining and 5 s after a sleep or step, without the lopsidedness that no probe can see.\n")
    print("| link | " + " | ".join(names) + " | bound true | half-width ms | probes/min |")
    print("|---|" + "---|" * (len(names) + 3))
    for link in LINKS:
        outcomes = [_outcome(link, index, seeds) for index in range(len(names))]
        ours = outcomes[0]
        truth = 100 * (1 - ours.broken / ours.looks)
        half = sorted(ours.bounds)[len(ours.bounds) // 2] / 1e3
        rate = ours.probes / seeds / (LENGTH_S / 60)
        cells = " | ".join(_cell(outcome) for outcome in outcomes)
        print(f"| {link.name} | {cells} | {truth:.3f} % | {half:.2f} | {rate:.0f} |", flush=True)


if __name__ == "__main__":
    main()
