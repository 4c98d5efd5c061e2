"""A sound file through effects into a WAV file of 32-bit floats."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from media.effects.chain import Chain, effects_of
from media.effects.limiter import Limiter
from media.effects.loudness_gain import gain_towards, loudness_of
from media.effects.settings import ChainSettings
from media.pcm import CHANNELS, Samples
from media.stretch.sound_files import check_target, opened, written

Tell = Callable[[float], None]
"""Takes progress, 0 … 1."""


def convert_file(source: Path, target: Path, settings: ChainSettings, *, tell: Tell) -> None:
    """Pass `source` through effects into `target`, which is there complete or not at all; one that was there is replaced.

    A WAV file of 32-bit floats keeps its rate and its channels, everything else becomes 48 kHz stereo. The result is longer
    by what echo and reverb leave behind. Loudness takes several passes, because the limiter's part in it must be measured.

    Args:
        source: Any sound file that is played.
        target: Name of a WAV file.
        settings: The effects.
        tell: Told how far it is.

    Raises:
        MediaProblem: ``damaged-file`` or ``file-missing`` for the source, ``bad-change`` for the target or more than two
            channels, ``storage-full``.
    """
    check_target(source, target)
    passes = _Passes(source, settings, tell)
    gain_db = passes.gain_db() if settings.loudness is not None else 0.0
    with ExitStack() as stack:
        read = opened(source, stack)
        with written(target, read.rate_hz, read.channels) as result:
            for block in passes.rendered(gain_db):
                result.write(block[: read.channels])
    tell(1.0)


class _Passes:
    """Reads one file again and again, and tells progress that never goes back though nobody knows how many passes come."""

    def __init__(self, source: Path, settings: ChainSettings, tell: Tell) -> None:
        self._source, self._settings, self._tell = source, settings, tell
        self._left = 1.0

    def gain_db(self) -> float:
        assert self._settings.loudness is not None
        target_lufs = self._settings.loudness.target_lufs
        return gain_towards(target_lufs, self._loudness(None), self._loudness)

    def rendered(self, gain_db: float | None) -> Iterator[Samples]:
        """Blocks of both channels; without gain and limiter if `gain_db` is None."""
        begun, self._left = 1 - self._left, self._left / 2
        with ExitStack() as stack:
            read = opened(self._source, stack)
            effects = effects_of(self._settings, read.rate_hz, gain_db or 0.0)
            if gain_db is None:
                effects = [each for each in effects if not isinstance(each, Limiter)]
            chain = Chain(effects)
            for block, position in read.blocks:
                both = block if read.channels == CHANNELS else np.repeat(block, CHANNELS, axis=0)
                yield chain.process(both)
                self._tell(begun + position * self._left)
            yield chain.flush()

    def _loudness(self, gain_db: float | None) -> float | None:
        with ExitStack() as stack:
            rate_hz = opened(self._source, stack).rate_hz
        return loudness_of(self.rendered(gain_db), rate_hz)
