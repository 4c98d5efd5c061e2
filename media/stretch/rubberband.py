"""The Rubber Band library's finer engine, for those who have installed it: its program `rubberband` and `pyrubberband`.

Both are under the GPL and no part of Hathor RT. The program takes whole files, so nothing comes out before the end.
"""

import importlib
import importlib.util
import shutil
from collections.abc import Mapping, Sequence
from typing import Final, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from media.pcm import Samples
from media.problem import MediaProblem
from media.stretch.time_map import TimeMap

PROGRAM: Final = "rubberband"
PACKAGE: Final = "pyrubberband"
# Two options without values: pyrubberband passes names and values on as they come. Without the first one the program
# stretches the channels apart.
_OPTIONS: Final = {"--centre-focus": "--fine"}


class Library(Protocol):
    """What is used of `pyrubberband`."""

    def timemap_stretch(
        self, y: Samples, sr: int, time_map: Sequence[tuple[int, int]], rbargs: Mapping[str, str]
    ) -> NDArray[np.float64]:
        """Stretch `y`, shape (frames, channels), along pairs of input and output frames."""


def is_there() -> bool:
    """Whether both the program and the package are installed."""
    return shutil.which(PROGRAM) is not None and importlib.util.find_spec(PACKAGE) is not None


def library() -> Library:
    """The package.

    Raises:
        MediaProblem: ``engine-missing`` unless the package and the program are installed.
    """
    if not is_there():
        raise MediaProblem(
            "engine-missing", f"the engine rubberband needs the program {PROGRAM} and the Python package {PACKAGE}"
        )
    return cast("Library", importlib.import_module(PACKAGE))


class Rubberband:
    """Keeps the input until `flush`, which stretches it all."""

    def __init__(self, rate_hz: int, package: Library) -> None:
        self._rate_hz = rate_hz
        self._package = package
        self._map = TimeMap()
        self._rate: float | None = None
        self._turns = [(0, 0)]
        self._kept: list[Samples] = []

    def process(self, samples: Samples, rate: float) -> Samples:
        """The next input; nothing comes out yet."""
        if self._rate is not None and rate != self._rate and self._map.end:
            self._turns.append((self._map.end, round(self._map.output_at(self._map.end))))
        self._rate = rate
        self._map.extend(samples.shape[1], rate)
        self._kept.append(samples)
        return np.zeros((2, 0), np.float32)

    def flush(self) -> Samples:
        """The whole result, of the exact length."""
        if self._map.end == 0:
            return np.zeros((2, 0), np.float32)
        due = round(self._map.output_at(self._map.end))
        path = [*self._turns, (self._map.end, due)]
        whole = np.concatenate(self._kept, axis=1)
        made = self._package.timemap_stretch(np.ascontiguousarray(whole.T), self._rate_hz, path, _OPTIONS)
        sound = np.ascontiguousarray(made.T[:, :due], dtype=np.float32)
        return np.pad(sound, ((0, 0), (0, due - sound.shape[1])))
