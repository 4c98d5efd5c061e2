"""``python -m loadtests.clock [--quick] [--seeds 20] [--only lan,lte] [--granularity 100] [--json FILE]``."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from loadtests.clock.bars import ESTIMATE_SECONDS, misses
from loadtests.clock.costs import estimate_seconds, probe_seconds
from loadtests.clock.floor import least_errors
from loadtests.clock.methods.line_up import METHODS, OURS
from loadtests.clock.networks import NETWORK_OF, Network
from loadtests.clock.summary import Summary, percentile, root_mean_square, summary
from loadtests.clock.table import NOTES, others_table, table
from loadtests.clock.trial import Outcome, attempt
from loadtests.clock.truth import life
from loadtests.machine import load_average, machine
from sync.units import Micros

# Browsers without cross-origin isolation show tenths of a millisecond; our page is isolated, this is the harder case.
GRANULARITY = 100

SECONDS = 600.0
SEEDS = 20
QUICK_SECONDS = 60.0
QUICK_SEEDS = 1


@dataclass(frozen=True, slots=True)
class Effort:
    """How many devices on each network, for how many virtual seconds, with clocks of which granularity in Micros."""

    seeds: int
    seconds: float
    granularity: int


@dataclass(frozen=True, slots=True)
class Found:
    """What one network gave: every method's figures, the floor, our outcome of the first device for timing."""

    by_method: dict[str, Summary]
    floor: tuple[float, float] | None
    sample: Outcome


def measure(network: Network, effort: Effort) -> Found:
    """All methods on the same devices, which live the same lives."""
    lives = [life(network, seed, effort.granularity, effort.seconds) for seed in range(effort.seeds)]
    by_method: dict[str, Summary] = {}
    ours: Sequence[Outcome] = ()
    for name, make in METHODS.items():
        outcomes = [attempt(each, make) for each in lives]
        by_method[name] = summary(outcomes, effort.seconds)
        ours = outcomes if name == OURS else ours
    floor = None
    if not network.interruptions.sleeps and not network.interruptions.steps:
        least = [
            error for each, outcome in zip(lives, ours, strict=True) for error in least_errors(each, outcome.exchanges)
        ]
        floor = root_mean_square(least) / 1e3, percentile(least, 99) / 1e3
    return Found(by_method, floor, ours[0])


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables. Returns 1 if a certified error was wrong too often, which no network excuses."""
    options = _parser().parse_args(arguments)
    quick = bool(options.quick)
    seeds = options.seeds or (QUICK_SEEDS if quick else SEEDS)
    effort = Effort(seeds, QUICK_SECONDS if quick else SECONDS, options.granularity)
    begin = load_average()
    found: dict[str, Found] = {}
    for name in options.only:
        print(name, file=sys.stderr, flush=True)
        found[name] = measure(NETWORK_OF[name], effort)
    sample = next(iter(found.values())).sample
    granularity = Micros(effort.granularity)
    costs = {name: probe_seconds(make, sample.exchanges, granularity) for name, make in METHODS.items()}
    alone = max(estimate_seconds(each.sample.exchanges, granularity) for each in found.values())
    results = {name: each.by_method for name, each in found.items()}
    print(f"{machine()}; {datetime.now(UTC):%Y-%m-%d}; load average {begin:.1f} before, {load_average():.1f} after.\n")
    print(
        f"{seeds} devices a network, {effort.seconds:.0f} s each, clocks of {granularity} us; judged 30 s after joining.\n"
    )
    print(table(results, {name: each.floor for name, each in found.items()}) + "\n")
    print(others_table(results, costs) + "\n")
    verdict = "within" if alone <= ESTIMATE_SECONDS else "above"
    print(
        f"Our estimate alone, on the dearest network: {alone * 1e6:.1f} µs a reply, {verdict} the bar of 10.\n\n{NOTES}"
    )
    if options.json is not None:
        _write(options.json, effort, found, costs, alone)
    return int(any("bound" in misses(name, each.by_method[OURS]) for name, each in found.items()))


def _write(path: Path, effort: Effort, found: dict[str, Found], costs: dict[str, float], alone: float) -> None:
    networks = {
        name: {
            "source": NETWORK_OF[name].source,
            "methods": {method: asdict(figures) for method, figures in each.by_method.items()},
            "told_the_drift_ms": each.floor,
            "missed": misses(name, each.by_method[OURS]),
        }
        for name, each in found.items()
    }
    content = {
        "machine": machine(),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "effort": asdict(effort),
        "networks": networks,
        "probe_seconds": costs,
        "estimate_seconds": alone,
    }
    path.write_text(json.dumps(content, indent=1) + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m loadtests.clock", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a minute of one device each: see that everything works")
    parser.add_argument("--seeds", type=int, help=f"devices a network, {SEEDS} by default")
    parser.add_argument("--only", type=_names, default=list(NETWORK_OF), metavar="NETWORK,…")
    parser.add_argument("--granularity", type=int, default=GRANULARITY, help="of the devices' clocks, in microseconds")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there too")
    return parser


def _names(text: str) -> list[str]:
    names = text.split(",")
    unknown = [name for name in names if name not in NETWORK_OF]
    if unknown:
        raise argparse.ArgumentTypeError(f"no such network: {', '.join(unknown)}; there are {', '.join(NETWORK_OF)}")
    return names


if __name__ == "__main__":
    sys.exit(main())
