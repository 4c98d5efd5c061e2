"""What there is to know about a sound file: ``python -m media.inspection FILE``, a process of its own for `hathor media probe`.

It prints one line of JSON after the other: ``{"position": 0.25}`` now and then, at last ``{"found": {…}}``, or
``{"code": …, "reason": …}`` if it refuses, with exit status 2.
"""

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from media.analysis.loudness import LoudnessMeter
from media.analysis.true_peak import TruePeakMeter
from media.decode import Decoding
from media.pcm import RATE
from media.problem import MediaProblem

_TELL_EVERY_SECONDS: Final = 0.1

Found = dict[str, str | float | None]
"""By name with its unit."""


def inspect(path: Path, tell: Callable[[float], None]) -> Found:
    """Read the whole file once.

    Returns:
        ``seconds`` that can be played, ``frames`` at 48 kHz, ``loudness_lufs`` and ``true_peak_db`` (None for silence), and
        ``note`` with what was odd about the file, empty for a healthy one.

    Raises:
        MediaProblem: ``damaged-file``, ``file-missing``.
    """
    loudness, true_peak = LoudnessMeter(), TruePeakMeter()
    decoding = Decoding(path)
    for block in decoding.blocks():
        loudness.add(block)
        true_peak.add(block)
        tell(decoding.position)
    return {
        "seconds": round(decoding.frames / RATE, 3),
        "frames": decoding.frames,
        "loudness_lufs": loudness.loudness_lufs,
        "true_peak_db": true_peak.true_peak_db,
        "note": decoding.note,
    }


def main(arguments: Sequence[str]) -> int:
    """Run with the words after the command; the exit status."""
    [name] = arguments
    said_at = 0.0

    def tell(position: float) -> None:
        nonlocal said_at
        if time.monotonic() - said_at >= _TELL_EVERY_SECONDS:
            said_at = time.monotonic()
            _say({"position": round(position, 4)})

    try:
        _say({"found": inspect(Path(name), tell)})
    except MediaProblem as problem:
        _say({"code": problem.code, "reason": problem.reason})
        return 2
    return 0


def _say(line: object) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
