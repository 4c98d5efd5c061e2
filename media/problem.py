"""The one exception that a media job ends with when its input, and not the program, is at fault."""

from typing import Literal

ProblemCode = Literal[
    "damaged-file",
    "file-missing",
    "storage-full",
    "unknown-segment",
    "worker-died",
    "out-of-time",
    "out-of-memory",
    "unknown-engine",
    "engine-missing",
    "bad-change",
    "unknown-effect",
    "unknown-parameter",
    "unknown-preset",
    "bad-parameter",
    "out-of-range",
    "stems-missing",
    "model-missing",
    "model-refused",
    "damaged-model",
    "too-long",
    "still-separating",
]
"""Why a job was given up:

- ``damaged-file``: not sound we decode, or beyond a limit of size, length or channels.
- ``file-missing``: the file is not there or may not be read.
- ``storage-full``: no room for the result.
- ``unknown-segment``: an index beyond the recording's end.
- ``worker-died``: three worker processes died over it.
- ``out-of-time``: it ran longer than any sane file takes.
- ``out-of-memory``: it asked for more memory than any sane file needs.
- ``unknown-engine``: no stretching engine has this name.
- ``engine-missing``: the engine needs a program that is not installed.
- ``bad-change``: a tempo, a pitch or a file to write to that cannot be.
- ``unknown-effect``, ``unknown-parameter``, ``unknown-preset``: no effect, parameter or preset has this name.
- ``bad-parameter``: not a number, a list or an object where one belongs.
- ``out-of-range``: a number that this parameter cannot be.
- ``stems-missing``: the packages for stems are not installed.
- ``model-missing``: there is no separation model of this name.
- ``model-refused``: a model file of a kind that is not loaded: an unknown class, or pickled without leave.
- ``damaged-model``: a model file that is not whole, or not what its name or checksum says.
- ``too-long``: a recording that is longer than stems are made of.
- ``still-separating``: what was asked for of a stem is not there yet.
"""


class MediaProblem(Exception):
    """A job cannot be done, with a stable `code` and a `reason` for people."""

    def __init__(self, code: ProblemCode, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code: ProblemCode = code
        self.reason = reason
