"""What a media command says while it works: one line of JSON after the other, read by `hathor_rt/cli/media.py`.

``{"position": 0.25}`` now and then, ``{"code": …, "reason": …}`` if it refuses, anything else for what it found.
"""

import json
import time
from typing import Final, TextIO

from media.problem import MediaProblem

_TELL_EVERY_SECONDS: Final = 0.1


class ProgressLines:
    """Writes lines to `stream`, each at once."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._said_at = 0.0

    def say(self, line: object) -> None:
        """Any line, as JSON."""
        self._stream.write(json.dumps(line) + "\n")
        self._stream.flush()

    def tell(self, position: float) -> None:
        """How far it is, 0 … 1; most calls write nothing."""
        if position >= 1 or time.monotonic() - self._said_at >= _TELL_EVERY_SECONDS:
            self._said_at = time.monotonic()
            self.say({"position": round(position, 4)})

    def refuse(self, problem: MediaProblem) -> None:
        """That it cannot be done."""
        self.say({"code": problem.code, "reason": problem.reason})
