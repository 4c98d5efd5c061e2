"""``python -m media.stretch IN OUT …``: stretch a file, in a process of its own.

`hathor media stretch` starts it, because its own process never loads numpy. It prints one line of JSON after the other:
``{"position": 0.25}`` now and then, and ``{"code": …, "reason": …}`` if it refuses, with exit status 2.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from media.problem import MediaProblem
from media.progress_lines import ProgressLines
from media.stretch.conversion import stretch_file
from media.stretch.stretcher import Change


def main(arguments: Sequence[str]) -> int:
    """Run with the words after the command; the exit status."""
    options = _parser().parse_args(arguments)
    lines = ProgressLines(sys.stdout)
    try:
        change = _change(options.tempo, options.pitch)
        stretch_file(
            options.source,
            options.target,
            change,
            engine=options.engine,
            keeps_formants=options.formants,
            tell=lines.tell,
        )
    except MediaProblem as problem:
        lines.refuse(problem)
        return 2
    return 0


def _change(tempo: float, semitones: float) -> Change:
    try:
        return Change(tempo, semitones)
    except ValueError as error:
        raise MediaProblem("bad-change", str(error)) from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m media.stretch", description="Stretch a sound file.")
    parser.add_argument("source", type=Path, help="any sound file")
    parser.add_argument("target", type=Path, help="a WAV file, replaced if it is there")
    parser.add_argument("--tempo", type=float, default=1.0, help="0.5 to 2; above 1 plays faster")
    parser.add_argument("--pitch", type=float, default=0.0, help="-12 to 12 semitones")
    parser.add_argument("--formants", action="store_true", help="keep formants where they are")
    parser.add_argument("--engine", default="music", help="of the table in media/stretch/engines.py")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
