"""A sound file separated into WAV files of 32-bit floats, one for each stem."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from media.pcm import CHANNELS, Samples
from media.problem import MediaProblem
from media.stems.separation import Separator, separate
from media.stretch.sound_files import check_target, opened, written

Tell = Callable[[float], None]
"""Takes progress, 0 … 1, after each window; what it raises ends the work and leaves no file."""


def separate_file(source: Path, folder: Path, separator: Separator, tell: Tell) -> list[Path]:
    """Write ``SOURCE - STEM.wav`` into `folder` for every stem; either all of them are there at the end or none is new.

    A WAV file of 32-bit floats keeps its rate, everything else becomes 48 kHz. Stems are stereo; a mono file is worked on as
    two equal channels. They add up to what was read (`media/stems/consistency.py`).

    Raises:
        MediaProblem: ``damaged-file`` or ``file-missing`` for the source, ``bad-change`` for the folder or more than two
            channels, ``storage-full``.
    """
    paths = [folder / f"{source.stem} - {stem}.wav" for stem in separator.stems]
    for path in paths:
        check_target(source, path)
    with ExitStack() as stack:
        read = opened(source, stack)
        position = 0.0

        def stereo() -> Iterator[Samples]:
            nonlocal position
            for block, at in read.blocks:
                position = at
                yield block if read.channels == CHANNELS else np.repeat(block, CHANNELS, axis=0)

        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise MediaProblem("bad-change", f"{folder} cannot be made: {error.strerror}") from error
        with ExitStack() as files:
            writers = [files.enter_context(written(path, read.rate_hz, CHANNELS)) for path in paths]
            for stems in separate(stereo(), read.rate_hz, separator):
                for writer, stem in zip(writers, stems, strict=True):
                    writer.write(stem)
                tell(position)
    tell(1.0)
    return paths
