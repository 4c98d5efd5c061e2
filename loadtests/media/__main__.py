"""``python -m loadtests.media [--seeds 3] [--only music,stems] [--json FILE]``: what sound costs.

How well and how fast it is stretched and taken apart, what effects, bent segments and serving them cost.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from loadtests.machine import load_average, machine
from loadtests.media.bars import misses
from loadtests.media.effects import costs, effects_table
from loadtests.media.engines import ENGINES, missing
from loadtests.media.serving import tell as tell_serving
from loadtests.media.spans import tell
from loadtests.media.stems import stems_table
from loadtests.media.table import pitch_table, stretch_table
from loadtests.media.trial import Figures, Trial

SEEDS = 3
OURS = "music"
SPANS = "spans"
EFFECTS = "effects"
STEMS = "stems"
SERVING = "serving"
KNOWN = [*ENGINES, SPANS, EFFECTS, STEMS, SERVING]

STEMS_NOTES = """\
Gains are those over the unseparated mix, on songs of seeds that were never trained on, by the composer that made the
training songs: they say nothing of recordings. Needs what `make test-stems` installs."""
SPAN_NOTES = """\
Bent segments from a worker process, Opus at 128 kbit/s, encoding included: processor time for each second that comes out, made in
order; wall time, median (worst) of eight, from the assignment to the finished file of a rendition nobody asked for before."""
SERVING_NOTES = """\
Segments of one track to 100 listeners who take turns, each on a connection of its own over loopback: the server's processor
time."""
NOTES = """\
Signals are made from seeds and have a formula for every tempo (0.5, 0.8, 1.25, 2) and pitch (-12, -5, 3.37, 12 semitones; -5
and 5 for vowels). Processor time is that of all processes, for each second of stereo that comes out at 44.1 kHz, the lower
of two runs; other programs start, read and write in theirs. FFmpeg's filter runs the Rubber Band library in its mode for
real time. `ideal` is the formula itself: what the figures are at best. `blind` is the formula with other phases
at the beginning of each partial of the chords: what is left when all but those are right."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables."""
    options = _parser().parse_args(arguments)
    begin = load_average()
    results: dict[str, Figures | str] = {}
    for name in (name for name in options.only if name in ENGINES):
        print(name, file=sys.stderr, flush=True)
        results[name] = missing(name) or Trial(ENGINES[name]).run(range(1, options.seeds + 1))
    print(f"{machine()}; {datetime.now(UTC):%Y-%m-%d}; load average {begin:.1f} before, {load_average():.1f} after.\n")
    if results:
        print(f"{options.seeds} seeds of 5 s for each signal.\n\n{stretch_table(results)}\n\n{pitch_table(results)}\n")
    figures = results.get(OURS)
    if figures is not None and not isinstance(figures, str):
        print(f"Bars that `{OURS}` does not reach with every signal: {', '.join(misses(figures)) or 'none'}.\n")
    if results:
        print(NOTES)
    if SPANS in options.only:
        print(f"\n{SPAN_NOTES}\n\n{tell()}\n")
    if STEMS in options.only:
        print(f"\n{stems_table()}\n\n{STEMS_NOTES}")
    if SERVING in options.only:
        print(f"\n{SERVING_NOTES}\n\n{tell_serving()}\n")
    spent = costs() if EFFECTS in options.only else {}
    if spent:
        print(
            f"\nEffects: processor time for each second of stereo at 48 kHz, the least of three runs.\n\n{effects_table(spent)}"
        )
    if options.json is not None:
        content = {
            "machine": machine(),
            "load": [begin, load_average()],
            "seeds": options.seeds,
            "figures": results,
            "effects": spent,
        }
        options.json.write_text(json.dumps(content, indent=1) + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m loadtests.media", description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS, help="how many of each signal")
    names = "engines, spans, effects, stems, serving"
    parser.add_argument("--only", type=_names, default=KNOWN, metavar="NAME,…", help=names)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there too")
    return parser


def _names(text: str) -> list[str]:
    names = text.split(",")
    unknown = [name for name in names if name not in KNOWN]
    if unknown:
        raise argparse.ArgumentTypeError(f"there is no {', '.join(unknown)}; there are {', '.join(KNOWN)}")
    return names


if __name__ == "__main__":
    sys.exit(main())
