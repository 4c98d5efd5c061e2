"""``python -m media.stems separate|list|fetch …``: stems and models, in a process of its own.

`hathor media separate` and `hathor models` start it, because their own process never loads numpy. It prints one line of JSON
after the other: ``{"position": 0.25}`` now and then, ``{"code": …, "reason": …}`` if it refuses, with exit status 2, and what
was done or found as the last line.
"""

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final, NoReturn

from media.problem import MediaProblem
from media.stem_models import OUR_MODEL
from media.stems.conversion import separate_file
from media.stems.fetching import fetch, remote_called
from media.stems.folder import open_separator
from media.stems.listing import listed

_TELL_EVERY_SECONDS: Final = 0.1
# Rendering must never take the processor from what plays.
_NICENESS: Final = 5


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
        match options.action:
            case "separate":
                separator = open_separator(options.model, options.models, takes_pickled=options.pickled)
                paths = separate_file(options.source, options.folder, separator, tell)
                _say({"stems": [str(path) for path in paths]})
            case "list":
                _say({"models": [asdict(each) for each in listed(options.models)]})
            case _:
                path, sha256 = fetch(remote_called(options.name), options.models, tell)
                _say({"model": str(path), "sha256": sha256})
    except MediaProblem as problem:
        _say({"code": problem.code, "reason": problem.reason})
        return 2
    return 0


def _say(line: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m media.stems", description="Stems, and the models that make them.")
    actions = parser.add_subparsers(dest="action", required=True)
    separate = actions.add_parser("separate")
    separate.add_argument("source", type=Path, help="any sound file")
    separate.add_argument("folder", type=Path, help="where the WAV files go")
    separate.add_argument("--model", default=OUR_MODEL)
    separate.add_argument("--pickled", action="store_true", help="read models that are pickles, too")
    fetching = actions.add_parser("fetch")
    fetching.add_argument("name")
    for each in (separate, fetching, actions.add_parser("list")):
        each.add_argument("--models", type=Path, required=True, help="the operator's folder of models")
    return parser


def _end(*_: object) -> NoReturn:
    # An exception, so that unfinished files are taken away.
    sys.exit(1)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _end)
    os.nice(_NICENESS)
    # Read by torch when it is loaded. The other half is for what plays; threads that wait for each other burn what they wait.
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // 2)))
    sys.exit(main(sys.argv[1:]))
