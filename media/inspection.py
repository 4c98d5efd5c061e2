"""What there is to know about a sound file: ``python -m media.inspection FILE``, a process of its own for `hathor media probe`.

It prints one line of JSON after the other: ``{"position": 0.25}`` now and then, at last ``{"found": {…}}``, or
``{"code": …, "reason": …}`` if it refuses, with exit status 2.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from media.analysis.loudness import LoudnessMeter
from media.analysis.true_peak import TruePeakMeter
from media.decode import Decoding
from media.pcm import RATE
from media.problem import MediaProblem
from media.progress_lines import ProgressLines

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
    lines = ProgressLines(sys.stdout)
    try:
        lines.say({"found": inspect(Path(name), lines.tell)})
    except MediaProblem as problem:
        lines.refuse(problem)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
