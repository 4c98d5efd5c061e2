"""The table of stretching engines: one line each."""

from collections.abc import Callable, Mapping
from typing import Final, Protocol

import numpy as np

from media.pcm import Samples
from media.problem import MediaProblem
from media.stretch import rubberband
from media.stretch.vocoder import Vocoder
from media.stretch.wsola import Wsola

# 4096 samples at 44.1 and 48 kHz: long enough to tell the tones of a chord apart.
_MUSIC_WINDOW_SECONDS: Final = 0.093
# The longest window with which the first sound comes out before 50 ms went in, at every tempo.
_LIVE_WINDOW_SECONDS: Final = 0.0465


class TimeEngine(Protocol):
    """Changes tempo alone; any cutting into blocks gives the same samples."""

    def process(self, samples: Samples, rate: float) -> Samples:
        """Take input (float32, shape (2, frames)) at 0.25 … 4 input samples per output sample; return what is finished."""

    def flush(self) -> Samples:
        """Return the rest, up to the exact length. Nothing may follow."""


def _live(rate_hz: int) -> Vocoder:
    return Vocoder(rate_hz, 2.0 ** np.floor(np.log2(_LIVE_WINDOW_SECONDS * rate_hz)) / rate_hz, waits_for_onsets=False)


ENGINES: Final[Mapping[str, Callable[[int], TimeEngine]]] = {
    "music": lambda rate_hz: Vocoder(rate_hz, _MUSIC_WINDOW_SECONDS),
    "live": _live,
    "speech": Wsola,
    "rubberband": lambda rate_hz: rubberband.Rubberband(rate_hz, rubberband.library()),
}
"""Makes an engine for a sample rate. `music` for everything, `live` answers within 50 ms, `speech` works on the waveform."""


def engine(name: str, rate_hz: int) -> TimeEngine:
    """A new engine for one stream.

    Raises:
        MediaProblem: ``unknown-engine``; ``engine-missing`` if what it needs is not installed.
    """
    make = ENGINES.get(name)
    if make is None:
        raise MediaProblem("unknown-engine", f"there is no engine {name!r}; there are {', '.join(ENGINES)}")
    return make(rate_hz)


def engines_here() -> tuple[str, ...]:
    """Names of the engines that can be used on this machine."""
    return tuple(name for name in ENGINES if name != "rubberband" or rubberband.is_there())
