"""Measure how far apart real browsers sound: ``python -m loadtests.insync [--only calm,late] [--seconds 20] [--clients 2]``.

Starts the server on the demo library, browsers on a private PulseAudio, plays every trial, and prints each figure beside the
bar it is held against and beside the rig's own floor. Takes about twelve minutes with the defaults; nothing else should run
meanwhile. ``--self-test`` tries the analysis on synthetic recordings instead, in half a minute and on any machine.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from loadtests.insync.measurement import Rig, prepare
from loadtests.insync.plots import write_plots
from loadtests.insync.proof import claims, proof_table
from loadtests.insync.pulse import private_pulse
from loadtests.insync.report import Report, TrialReport, floor_words, table
from loadtests.insync.self_test import measure_floor
from loadtests.insync.tracks import demo_tracks
from loadtests.insync.trials import TRIALS


def measure(arguments: argparse.Namespace, folder: Path) -> Report:
    """Run all trials that were asked for; each is printed as soon as it is judged."""
    reports: list[TrialReport] = []
    with sync_playwright() as playwright:
        with private_pulse(1) as pulse:
            floor = measure_floor(playwright, pulse, folder)
        print(f"{floor_words(floor)}\n", flush=True)
        rig = Rig(
            playwright, folder, prepare(folder), demo_tracks(), arguments.seconds, arguments.clients, arguments.keep
        )
        for name in arguments.only:
            print(f"{name} …", file=sys.stderr, flush=True)
            reports.append(rig.measure(TRIALS[name]))
            print(table(reports[-1]), flush=True)
    return Report(floor, reports)


def parsed(words: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.insync", description=__doc__)
    parser.add_argument("--only", type=_names, default=list(TRIALS), metavar="TRIAL,…", help=", ".join(TRIALS))
    parser.add_argument("--seconds", type=float, default=20, help="of steady play in each trial")
    parser.add_argument("--clients", type=int, default=2, choices=range(2, 5), help="browsers in the room, at least")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    parser.add_argument("--plots", type=Path, help="draw offsets over time into this folder, an SVG for each trial")
    parser.add_argument("--keep", type=Path, help="leave the recordings in this folder (float32, 2 channels a client)")
    parser.add_argument("--self-test", action="store_true", help="try the analysis on recordings whose truth is known")
    return parser.parse_args(words)


def _names(words: str) -> list[str]:
    names = words.split(",")
    unknown = [name for name in names if name not in TRIALS]
    if unknown:
        raise argparse.ArgumentTypeError(f"no such trial: {', '.join(unknown)}; there are {', '.join(TRIALS)}")
    return names


def main() -> None:
    """Exit status 1 if a trial failed to run or a claim is not held; a missed bar is a finding, not a failure."""
    arguments = parsed(sys.argv[1:])
    if arguments.self_test:
        found = claims()
        print(proof_table(found))
        sys.exit(0 if all(claim.is_held for claim in found) else 1)
    if arguments.keep is not None:
        arguments.keep.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="insync-") as name:
        report = measure(arguments, Path(name))
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(report.content(), indent=1, allow_nan=False) + "\n")
    if arguments.plots is not None:
        write_plots(report.trials, arguments.plots)
    sys.exit(1 if any(trial.failure for trial in report.trials) else 0)


if __name__ == "__main__":
    main()
