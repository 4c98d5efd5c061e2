"""``python -m media.stretch IN OUT …``: stretch a file, in a process of its own.

`hathor media stretch` starts it, because its own process never loads numpy. It prints one line of JSON after the other:
``{"position": 0.25}`` now and then, and ``{"code": …, "reason": …}`` if it refuses, with exit status 2.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from media.problem import MediaProblem
from media.stretch.conversion import stretch_file
from media.stretch.stretcher import Change

_TELL_EVERY_SECONDS: Final = 0.1


def main(arguments: Sequence[str]) -> int:
    """Run with the words after the command; the exit status."""
    options = _parser().parse_args(arguments)
    said_at = 0.0

    def tell(position: float) -> None:
        nonlocal said_at
        if position >= 1 or time.monotonic() - said_at >= _TELL_EVERY_SECONDS:
            said_at = time.monotonic()
            _say({"position": round(position, 4)})

    try:
        change = _change(options.tempo, options.pitch)
        stretch_file(
            options.source, options.target, change, engine=options.engine, keeps_formants=options.formants, tell=tell
        )
    except MediaProblem as problem:
        _say({"code": problem.code, "reason": problem.reason})
        return 2
    return 0


def _change(tempo: float, semitones: float) -> Change:
    try:
        return Change(tempo, semitones)
    except ValueError as error:
        raise MediaProblem("bad-change", str(error)) from error


def _say(line: dict[str, float] | dict[str, str]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


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
