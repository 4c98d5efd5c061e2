"""Sound files that are read block by block and written whole or not at all."""

import errno
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from media.decode import Decoding
from media.pcm import CHANNELS, RATE, Samples
from media.probe import LEAST_RATE, MOST_RATE
from media.problem import MediaProblem, ProblemCode
from media.stretch.float_wav import FloatWavReader, FloatWavWriter

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(frozen=True, slots=True)
class Source:
    """What is read: its rate, its channels (one or two), and its blocks with how far each is in the file (0 … 1)."""

    rate_hz: int
    channels: int
    blocks: Iterator[tuple[Samples, float]]


def opened(path: Path, stack: ExitStack) -> Source:
    """Open a file until `stack` ends. A WAV file of 32-bit floats is read as it is, any other as 48 kHz stereo.

    Raises:
        MediaProblem: ``file-missing``, ``damaged-file``; ``bad-change`` for more than two channels.
    """
    try:
        file = stack.enter_context(path.open("rb"))
        reader = FloatWavReader.open(file)
    except OSError as error:
        raise MediaProblem("file-missing", f"{path.name} cannot be read: {error.strerror}") from error
    if reader is None:
        decoding = Decoding(path)
        return Source(RATE, CHANNELS, ((block.samples, decoding.position) for block in decoding.blocks()))
    if not LEAST_RATE <= reader.rate_hz <= MOST_RATE:
        raise MediaProblem("damaged-file", f"{path.name} has a sample rate of {reader.rate_hz} Hz")
    if reader.channels > CHANNELS:
        raise MediaProblem("bad-change", f"{path.name} has {reader.channels} channels, one or two can be changed")
    if not reader.frames:
        raise MediaProblem("damaged-file", f"{path.name} cannot be played: no sound could be read")
    return Source(reader.rate_hz, reader.channels, _float_blocks(reader))


def check_target(source: Path, target: Path) -> None:
    """The result has a name that it can have.

    Raises:
        MediaProblem: ``bad-change``.
    """
    if target.suffix.lower() != ".wav":
        raise MediaProblem("bad-change", f"the result is a WAV file; {target.name} does not end in .wav")
    if target.resolve() == source.resolve():
        raise MediaProblem("bad-change", "the result would replace the file that is read")


@contextmanager
def written(target: Path, rate_hz: int, channels: int) -> Iterator[FloatWavWriter]:
    """A writer of `target`, which is there complete or not at all; one that was there is replaced.

    Raises:
        MediaProblem: ``storage-full``; ``bad-change`` if it cannot be written for another reason.
    """
    # Beside the target, so that it can be renamed.
    partial = target.with_name(f".{target.name}.part")
    with ExitStack() as stack:
        stack.callback(partial.unlink, missing_ok=True)
        try:
            with FloatWavWriter(partial, rate_hz, channels) as writer:
                yield writer
            partial.replace(target)
        except OSError as error:
            code: ProblemCode = "storage-full" if error.errno in _FULL else "bad-change"
            raise MediaProblem(code, f"{target} cannot be written: {error.strerror}") from error


def _float_blocks(reader: FloatWavReader) -> Iterator[tuple[Samples, float]]:
    done = 0
    for block in reader.blocks():
        done += block.shape[1]
        # One sample that is no number would silence a whole window.
        yield np.nan_to_num(block, nan=0.0, posinf=0.0, neginf=0.0), done / reader.frames
