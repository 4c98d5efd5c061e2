"""Writing and reading what was separated of a recording so far (layout: `media/unfinished_stems.py`)."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

import numpy as np

from media.encode import through_24_bit
from media.pcm import CHANNELS, Pcm, Samples
from media.problem import MediaProblem
from media.unfinished_stems import HEAD_BYTES, SUFFIX, Head, head_bytes, head_from_bytes

STEM_GAIN: Final = np.float32(0.5)
"""Of stems as they are kept for playing; `STEM_HEADROOM_DB` in `media/rendition.py` takes it back."""
# Nobody asked for the rest: a job that was given up, or a model that is another by now.
_LEFTOVER_SECONDS: Final = 24 * 3600


class Unfinished:
    """The open file; made by `unfinished`, alone on its file.

    Attributes:
        frames: How many there are.

    Args:
        file: Open for reading and appending. What is of another recording or other stems is dropped.
        head: What is made.
    """

    def __init__(self, file: IO[bytes], head: Head) -> None:
        self._file = file
        self._head = head
        file.seek(0)
        if head_from_bytes(file.read(HEAD_BYTES)) != head:
            file.truncate(0)
            file.write(head_bytes(head))
            file.flush()
        self.frames = head.frames_in(os.fstat(file.fileno()).st_size)
        # Half a frame, of a write that was cut off.
        file.truncate(HEAD_BYTES + self.frames * head.frame_bytes)

    def append(self, stems: Samples) -> None:
        """The next frames: shape (stems, 2, frames).

        Raises:
            OSError: They cannot be written, e.g. because the disk is full.
        """
        self._file.write(np.ascontiguousarray(stems.transpose(2, 0, 1), "<f4").data)
        self._file.flush()
        self.frames += stems.shape[-1]

    def blocks(self, frames: int) -> Iterator[Samples]:
        """All of it from the beginning, `frames` frames at a time: shape (stems, 2, frames)."""
        for first in range(0, self.frames, frames):
            yield _read(self._file, self._head, first, min(frames, self.frames - first))


@contextmanager
def unfinished(path: Path, head: Head) -> Iterator[Unfinished]:
    """The file `path`, made if it is not there. It is taken away when the block ends, with an exception or without.

    So only a process that is killed leaves it, and the next one goes on there. Waits while another process has it. Files beside
    it that nobody touched for a day are taken away, too.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    for leftover in path.parent.glob(f"*{SUFFIX}"):
        with suppress(FileNotFoundError):
            if leftover != path and time.time() - leftover.stat().st_mtime > _LEFTOVER_SECONDS:
                leftover.unlink()
    with _locked(path) as file:
        try:
            yield Unfinished(file, head)
        finally:
            path.unlink(missing_ok=True)


class UnfinishedStem:
    """One stem while others are still being made, as it will be kept for playing, to the bit.

    Args:
        path: The file that a separation adds to.
        stem: Name of the stem.

    Raises:
        MediaProblem: ``still-separating``: the file is not there (yet, or any more).
    """

    def __init__(self, path: Path, stem: str) -> None:
        self._path = path
        with self._opened() as file:
            head = head_from_bytes(file.read(HEAD_BYTES))
        if head is None or stem not in head.stems:
            raise MediaProblem("still-separating", "Stems of this recording are being made.")
        self._head = head
        self._place = head.stems.index(stem)

    @property
    def frames(self) -> int:
        """Length that the stem will have."""
        return self._head.frames

    def read(self, first: int, frames: int) -> Pcm:
        """`frames` frames from frame `first` on, with silence before the first and after the last.

        Raises:
            MediaProblem: ``still-separating``: they are not all there yet.
        """
        begin, end = max(0, first), min(self._head.frames, first + frames)
        samples = np.zeros((CHANNELS, frames), np.float32)
        if begin < end:
            with self._opened() as file:
                if self._head.frames_in(os.fstat(file.fileno()).st_size) < end:
                    raise MediaProblem("still-separating", "This part of the stem is being made.")
                stems = _read(file, self._head, begin, end - begin)
            samples[:, begin - first : end - first] = through_24_bit(stems[self._place] * STEM_GAIN)
        return Pcm(samples)

    def _opened(self) -> IO[bytes]:
        try:
            return self._path.open("rb")
        except FileNotFoundError as error:
            raise MediaProblem("still-separating", "Stems of this recording have just been made.") from error


def _read(file: IO[bytes], head: Head, first: int, frames: int) -> Samples:
    file.seek(HEAD_BYTES + first * head.frame_bytes)
    read = np.frombuffer(file.read(frames * head.frame_bytes), "<f4")
    return read.reshape(frames, len(head.stems), CHANNELS).transpose(1, 2, 0)


def _locked(path: Path) -> IO[bytes]:
    while True:
        file = path.open("a+b")
        fcntl.flock(file, fcntl.LOCK_EX)
        with suppress(FileNotFoundError):
            if path.stat().st_ino == os.fstat(file.fileno()).st_ino:
                return file
        # Whoever had it has taken it away meanwhile.
        file.close()
