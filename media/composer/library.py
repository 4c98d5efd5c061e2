"""The demo library: every song of the table as a file in a folder, made once."""

import ctypes
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from media.composer.flac import maker_mark, mark_of, write_flac
from media.composer.render import COMPOSER_VERSION, render
from media.composer.song import Song
from media.composer.songs import SONGS

# More would only share the caches of a small machine; two halve the wait where there are two cores.
_PROCESSES: Final = 2
# Parameters of mallopt in glibc's malloc.h.
_M_MMAP_MAX: Final = -4
_M_TRIM_THRESHOLD: Final = -1


@dataclass(frozen=True, slots=True)
class Progress:
    """One finished song.

    Attributes:
        done: Songs that are there by now.
        total: Songs in all.
        path: The file.
        was_there: It had been made before.
    """

    done: int
    total: int
    path: Path
    was_there: bool


def file_name(song: Song) -> str:
    """``01 First Light.flac``."""
    return f"{song.number:02d} {song.title}.flac"


def render_library(
    folder: Path, *, on_progress: Callable[[Progress], None], songs: Sequence[Song] = SONGS, processes: int = _PROCESSES
) -> list[Path]:
    """Make the files of `songs` in `folder`, in up to `processes` processes, and return their paths in track order.

    Files that this version of the composer made already are left alone. A file appears under its name when it is
    whole: it is written beside it and renamed. `on_progress` is called in this process once per song, in the order
        they are finished.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / file_name(song) for song in songs]
    missing: list[Song] = []
    done = 0
    for song, path in zip(songs, paths, strict=True):
        if mark_of(path) == maker_mark(COMPOSER_VERSION, song):
            done += 1
            on_progress(Progress(done, len(songs), path, was_there=True))
        else:
            missing.append(song)
    for path in _made(missing, folder, processes):
        done += 1
        on_progress(Progress(done, len(songs), path, was_there=False))
    return paths


def _made(songs: Sequence[Song], folder: Path, processes: int) -> Iterator[Path]:
    """Write songs, longest first so that no process waits at the end for the other, and give their paths as they are finished."""
    queue = sorted(songs, key=lambda song: -song.seconds)
    if processes < 2 or len(queue) < 2:
        for song in queue:
            yield write_song(song, folder)
        return
    # Fresh processes, not forks: threads of numpy and numba do not survive a fork.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(processes, len(queue)), mp_context=context, initializer=_keep_memory) as pool:
        waiting = [pool.submit(_write_numbered, song.number, folder) for song in queue]
        for finished in as_completed(waiting):
            yield finished.result()


def _keep_memory() -> None:
    """Have glibc reuse memory in place of returning every 40 MB buffer to the system; nothing elsewhere.

    Measured on one song: 5.8 in place of 7.8 s of CPU.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_MAX, 0)
        mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)


def _write_numbered(number: int, folder: Path) -> Path:
    return write_song(next(song for song in SONGS if song.number == number), folder)


def write_song(song: Song, folder: Path) -> Path:
    """Render one song into `folder`; whatever had its name before is replaced once the new file is whole."""
    path = folder / file_name(song)
    # Not seen as music by a scan of the folder, and no two processes write the same one.
    unfinished = folder / f".{file_name(song)}.{os.getpid()}.part"
    try:
        write_flac(unfinished, render(song).mix, song, maker_mark(COMPOSER_VERSION, song))
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path
