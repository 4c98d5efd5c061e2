"""``python -m media.analysis FILE [--plot OUT.png]``: all facts of a file, in a process of its own (`hathor media analyse`).

It prints one line of JSON after the other: ``{"position": 0.25}`` now and then, at last ``{"found": {…}}``, or
``{"code": …, "reason": …}`` if it refuses, with exit status 2.
"""

import argparse
import base64
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from media.analysis.listener import Listener
from media.analysis.peaks import ZOOMS_PER_SECOND
from media.analysis.plot import plot
from media.decode import Decoding
from media.pcm import RATE
from media.problem import MediaProblem

_TELL_EVERY_SECONDS: Final = 0.1


def analyse(path: Path, picture: Path | None, tell: Callable[[float], None]) -> dict[str, object]:
    """Listen to a file from end to end, and draw `picture` if one is wanted.

    Returns:
        The fields of `RecordingFacts`, the fingerprint in base64 (null: no libchromaprint), with ``frames``, ``seconds`` and
        ``note`` (what was odd about the file).

    Raises:
        MediaProblem: ``damaged-file``, ``file-missing``; ``bad-change`` if the picture cannot be written.
    """
    listener, decoding = Listener(), Decoding(path)
    for block in decoding.blocks():
        listener.add(block)
        tell(decoding.position)
    facts = listener.facts()
    if picture is not None:
        try:
            plot(facts, decoding.frames, listener.waveform(ZOOMS_PER_SECOND[-1]), path.stem).save(picture)
        except (OSError, ValueError) as error:
            raise MediaProblem("bad-change", f"{picture} cannot be written: {error}") from error
    found = msgspec.structs.asdict(facts)
    words = facts.fingerprint
    return {
        "frames": decoding.frames,
        "seconds": round(decoding.frames / RATE, 3),
        "note": decoding.note,
        **found,
        "fingerprint": None if words is None else base64.b64encode(words).decode(),
    }


def main(arguments: Sequence[str]) -> int:
    """Run with the words after the command; the exit status."""
    options = _parser().parse_args(arguments)
    said_at = 0.0

    def tell(position: float) -> None:
        nonlocal said_at
        if time.monotonic() - said_at >= _TELL_EVERY_SECONDS:
            said_at = time.monotonic()
            _say({"position": round(position, 4)})

    try:
        _say({"found": analyse(options.file, options.plot, tell)})
    except MediaProblem as problem:
        _say({"code": problem.code, "reason": problem.reason})
        return 2
    return 0


def _say(line: object) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m media.analysis", description="Tell the facts of a sound file.")
    parser.add_argument("file", type=Path, help="any sound file")
    parser.add_argument("--plot", type=Path, help="draw waveform and beats into this file")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
