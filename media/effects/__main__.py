"""``python -m media.effects IN OUT …``: pass a file through effects, in a process of its own.

`hathor media effects` starts it, because its own process never loads numpy. It prints one line of JSON after the other:
``{"position": 0.25}`` now and then, and ``{"code": …, "reason": …}`` if it refuses, with exit status 2.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from media.effects.conversion import convert_file
from media.effects.presets import preset
from media.effects.settings import ChainSettings, chain_settings
from media.problem import MediaProblem

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
        settings = preset(options.preset) if options.preset is not None else _settings(options.json)
        convert_file(options.source, options.target, settings, tell=tell)
    except MediaProblem as problem:
        _say({"code": problem.code, "reason": problem.reason})
        return 2
    return 0


def _settings(path: Path) -> ChainSettings:
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise MediaProblem("file-missing", f"{path.name} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise MediaProblem("bad-parameter", f"{path.name} is not JSON: {error}") from error
    return chain_settings(content)


def _say(line: dict[str, float] | dict[str, str]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m media.effects", description="Pass a sound file through effects.")
    parser.add_argument("source", type=Path, help="any sound file")
    parser.add_argument("target", type=Path, help="a WAV file, replaced if it is there")
    chosen = parser.add_mutually_exclusive_group(required=True)
    chosen.add_argument("--preset", help="a name of the table in media/effects/presets.py")
    chosen.add_argument(
        "--json", type=Path, metavar="FILE", help="settings as media/effects/settings.py describes them"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
