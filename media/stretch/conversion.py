"""A sound file stretched into a WAV file of 32-bit floats."""

import errno
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from media.decode import Decoding
from media.pcm import CHANNELS, RATE, Samples
from media.probe import LEAST_RATE, MOST_RATE
from media.problem import MediaProblem, ProblemCode
from media.stretch.float_wav import FloatWavReader, FloatWavWriter
from media.stretch.stretcher import Change, Stretcher

Tell = Callable[[float], None]
"""Takes progress, 0 … 1."""

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(frozen=True, slots=True)
class _Source:
    """What is read: its rate, its channels, and its blocks with how far each is in the file (0 … 1)."""

    rate_hz: int
    channels: int
    blocks: Iterator[tuple[Samples, float]]


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
    if target.suffix.lower() != ".wav":
        raise MediaProblem("bad-change", f"the result is a WAV file; {target.name} does not end in .wav")
    if target.resolve() == source.resolve():
        raise MediaProblem("bad-change", "the result would replace the file that is read")
    # Beside the target, so that it can be renamed.
    partial = target.with_name(f".{target.name}.part")
    with ExitStack() as stack:
        read = _opened(source, stack)
        stretcher = Stretcher(read.rate_hz, read.channels, engine=engine, keeps_formants=keeps_formants)
        stack.callback(partial.unlink, missing_ok=True)
        try:
            with FloatWavWriter(partial, read.rate_hz, read.channels) as result:
                for block, position in read.blocks:
                    result.write(stretcher.process(block, change))
                    tell(position)
                result.write(stretcher.flush())
            partial.replace(target)
        except OSError as error:
            code: ProblemCode = "storage-full" if error.errno in _FULL else "bad-change"
            raise MediaProblem(code, f"{target} cannot be written: {error.strerror}") from error
    tell(1.0)


def _opened(path: Path, stack: ExitStack) -> _Source:
    try:
        file = stack.enter_context(path.open("rb"))
        reader = FloatWavReader.open(file)
    except OSError as error:
        raise MediaProblem("file-missing", f"{path.name} cannot be read: {error.strerror}") from error
    if reader is None:
        decoding = Decoding(path)
        return _Source(RATE, CHANNELS, ((block.samples, decoding.position) for block in decoding.blocks()))
    if not LEAST_RATE <= reader.rate_hz <= MOST_RATE:
        raise MediaProblem("damaged-file", f"{path.name} has a sample rate of {reader.rate_hz} Hz")
    if reader.channels > CHANNELS:
        raise MediaProblem("bad-change", f"{path.name} has {reader.channels} channels, one or two can be stretched")
    if not reader.frames:
        raise MediaProblem("damaged-file", f"{path.name} cannot be played: no sound could be read")
    return _Source(reader.rate_hz, reader.channels, _float_blocks(reader))


def _float_blocks(reader: FloatWavReader) -> Iterator[tuple[Samples, float]]:
    done = 0
    for block in reader.blocks():
        done += block.shape[1]
        # One sample that is no number would silence a whole window.
        yield np.nan_to_num(block, nan=0.0, posinf=0.0, neginf=0.0), done / reader.frames
