"""A sound file stretched into a WAV file of 32-bit floats."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from media.stretch.sound_files import check_target, opened, written
from media.stretch.stretcher import Change, Stretcher

Tell = Callable[[float], None]
"""Takes progress, 0 … 1."""


def stretch_file(source: Path, target: Path, change: Change, *, engine: str, keeps_formants: bool, tell: Tell) -> None:
    """Stretch `source` into `target`, which is there complete or not at all; one that was there is replaced.

    A WAV file of 32-bit floats keeps its rate and its channels, everything else becomes 48 kHz stereo.

    Args:
        source: Any sound file that is played.
        target: Name of a WAV file.
        change: Tempo and pitch.
        engine: A name of `media.stretch.engines.ENGINES`.
        keeps_formants: Whether formants stay where they are when the pitch moves.
        tell: Told how far it is.

    Raises:
        MediaProblem: ``damaged-file`` or ``file-missing`` for the source, ``bad-change`` for the target or more than two
            channels, ``unknown-engine``, ``engine-missing``, ``storage-full``.
    """
    check_target(source, target)
    with ExitStack() as stack:
        read = opened(source, stack)
        stretcher = Stretcher(read.rate_hz, read.channels, engine=engine, keeps_formants=keeps_formants)
        with written(target, read.rate_hz, read.channels) as result:
            for block, position in read.blocks:
                result.write(stretcher.process(block, change))
                tell(position)
            result.write(stretcher.flush())
    tell(1.0)
