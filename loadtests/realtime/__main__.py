"""``python -m loadtests.realtime [--quick] [--only light,saturation] [--peers hathor,y-websocket]``."""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Collection
from contextlib import nullcontext

from loadtests.machine import allow_many_files
from loadtests.realtime.conditions import ahead_of_others, machine
from loadtests.realtime.scenarios import SCENARIOS
from loadtests.realtime.scenarios.scenario import Effort, Scenario
from loadtests.realtime.servers import SERVERS, Hathor, Server
from loadtests.realtime.table import BAD, Row, markdown


def main() -> None:
    """A table for every scenario that was asked for, each server a row or more."""
    arguments = _arguments()
    servers = [server for server in SERVERS if server.name in arguments.peers]
    allow_many_files()
    # What measures nothing need not push anybody aside.
    with nullcontext(False) if arguments.quick else ahead_of_others() as is_ahead:
        print(
            f"{machine(is_ahead)}.\n\nPeers with their defaults and nothing stored; {Hathor().label}: {Hathor().conditions}.\n"
        )
        failures = sum(_measure(SCENARIOS[name], servers, Effort(arguments.quick)) for name in arguments.only)
    sys.exit(1 if failures else 0)


def _measure(scenario: Scenario, servers: list[Server], effort: Effort) -> int:
    """Print the table of one scenario. Returns how many servers did not get through it; if it is quick, correctly."""
    before = os.getloadavg()[0]
    rows: list[Row] = []
    failures = 0
    for server in servers:
        print(f"{scenario.title}: {server.name}", file=sys.stderr, flush=True)
        try:
            rows += [(server.label, *row) for row in scenario.rows(server, effort)]
        except (OSError, RuntimeError, TimeoutError, subprocess.SubprocessError) as error:
            failures += 1
            print(getattr(error, "stderr", None) or error, file=sys.stderr)
            rows.append((server.label, *[f"failed: {error}"], *[""] * (len(scenario.columns) - 2)))
    rows += scenario.floor(effort)
    if effort.is_quick:
        failures += sum(row[-1].startswith(BAD) for row in rows)
    print(f"### {scenario.title}\n\n{markdown(scenario.columns, rows)}\n")
    print(f"Load average {before:.1f} before, {os.getloadavg()[0]:.1f} after.\n", flush=True)
    return failures


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m loadtests.realtime", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="see that everything works; measures nothing")
    parser.add_argument("--only", type=_names(SCENARIOS), default=list(SCENARIOS), metavar=",".join(SCENARIOS))
    names = [server.name for server in SERVERS]
    parser.add_argument("--peers", type=_names(names), default=names, metavar=",".join(names))
    return parser.parse_args()


def _names(known: Collection[str]) -> Callable[[str], list[str]]:
    def parse(text: str) -> list[str]:
        chosen = text.split(",")
        if unknown := [name for name in chosen if name not in known]:
            raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}; there are {', '.join(known)}")
        return chosen

    return parse


if __name__ == "__main__":
    main()
