"""What was separated of a recording so far, in a file that outlives the process which makes it.

Layout: frame after frame, of each frame every stem, of each stem left and right, as float32, little endian. Whatever lies there
in whole frames is right: it is only ever added to, and a process that is killed leaves what it had written. (After a power cut
the file may be short, which costs that much work again.)
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

import numpy as np

from media.pcm import CHANNELS, Samples

_SAMPLE_BYTES: Final = 4
_SUFFIX: Final = ".stems"
# Nobody asked for the rest: a job that was given up, or a model that is another by now.
_LEFTOVER_SECONDS: Final = 24 * 3600


class Unfinished:
    """The open file; made by `unfinished`, alone on its file.

    Args:
        file: Open for reading and writing.
        stems: How many.
    """

    def __init__(self, file: IO[bytes], stems: int) -> None:
        self._file = file
        self._stems = stems
        self._frame_bytes = stems * CHANNELS * _SAMPLE_BYTES
        # Half a frame, of a write that was cut off.
        self.frames = os.fstat(file.fileno()).st_size // self._frame_bytes
        file.truncate(self.frames * self._frame_bytes)
        file.seek(0, os.SEEK_END)

    def append(self, stems: Samples) -> None:
        """The next frames: shape (stems, 2, frames).

        Raises:
            OSError: They cannot be written, e.g. because the disk is full.
        """
        frames = stems.shape[-1]
        self._file.write(np.ascontiguousarray(stems.transpose(2, 0, 1), "<f4").data)
        self._file.flush()
        self.frames += frames

    def blocks(self, frames: int) -> Iterator[Samples]:
        """All of it from the beginning, `frames` frames at a time: shape (stems, 2, frames)."""
        self._file.seek(0)
        for first in range(0, self.frames, frames):
            count = min(frames, self.frames - first)
            read = np.frombuffer(self._file.read(count * self._frame_bytes), "<f4")
            yield read.reshape(count, self._stems, CHANNELS).transpose(1, 2, 0)


@contextmanager
def unfinished(folder: Path, name: str, stems: int) -> Iterator[Unfinished]:
    """The file `name` in `folder`, made if it is not there. It is taken away when the block ends, with an exception or without.

    So only a process that is killed leaves it, and the next one goes on there. Waits while another process has it. Files that
    nobody touched for a day are taken away, too.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}{_SUFFIX}"
    for leftover in folder.glob(f"*{_SUFFIX}"):
        with suppress(FileNotFoundError):
            if leftover != path and time.time() - leftover.stat().st_mtime > _LEFTOVER_SECONDS:
                leftover.unlink()
    with _locked(path) as file:
        try:
            yield Unfinished(file, stems)
        finally:
            path.unlink(missing_ok=True)


def _locked(path: Path) -> IO[bytes]:
    while True:
        file = path.open("a+b")
        fcntl.flock(file, fcntl.LOCK_EX)
        with suppress(FileNotFoundError):
            if path.stat().st_ino == os.fstat(file.fileno()).st_ino:
                return file
        # Whoever had it has taken it away meanwhile.
        file.close()
