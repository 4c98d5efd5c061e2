"""All stems of one recording, as a worker makes them: going on where a killed process left off, then one file for each."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from media.encode import Flac24Writer
from media.pcm import RATE, Pcm, Samples
from media.problem import MediaProblem
from media.recording import Tell
from media.stem_models import MOST_SECONDS
from media.stems.separation import Separator, begin_for, grid_of, separate
from media.stems.unfinished import STEM_GAIN, unfinished
from media.unfinished_stems import SEPARATED, Head

_BLOCK_FRAMES: Final = RATE


class Sound(Protocol):
    """The recording (`media.recording.Recording`)."""

    def frames(self, near: int) -> int: ...
    def read(self, first: int, frames: int) -> Pcm: ...


def make_stem_set(
    sound: Sound, separator: Separator, so_far: Path, target: Callable[[str], Path], tell: Tell
) -> tuple[int, Mapping[str, Path]]:
    """Separate `sound` and write every stem to the file that `target` gives for its name, half as loud as it is.

    The stems are as long as the recording, and the same bytes whether or not a process was killed on the way.

    Args:
        sound: What is separated.
        separator: With what.
        so_far: File for what is separated so far (`media/unfinished_stems.py`).
        target: Where a stem goes.
        tell: Told how far it is after each window.

    Returns:
        Frames of every stem, and the files by name.

    Raises:
        MediaProblem: ``too-long``; what reading the recording raises.
    """
    total = sound.frames(0)
    if total > MOST_SECONDS * RATE:
        raise MediaProblem("too-long", f"Stems are made of recordings of up to {MOST_SECONDS // 60} minutes.")
    with unfinished(so_far, Head(list(separator.stems), total)) as done:
        begin = begin_for(done.frames, total, *grid_of(separator, RATE))
        at = begin
        if done.frames < total:
            for stems in separate(_blocks(sound, begin, total), RATE, separator):
                known = max(0, done.frames - at)
                at += stems.shape[-1]
                done.append(stems[..., known:])
                tell(SEPARATED * done.frames / total)
        paths = {stem: target(stem) for stem in separator.stems}
        writers = [Flac24Writer(path) for path in paths.values()]
        for block in done.blocks(_BLOCK_FRAMES):
            for writer, stem in zip(writers, block, strict=True):
                writer.write(Pcm(np.ascontiguousarray(stem) * STEM_GAIN))
            tell(SEPARATED)
        for writer in writers:
            writer.close()
    return total, paths


def _blocks(sound: Sound, begin: int, total: int) -> Iterator[Samples]:
    for first in range(begin, total, _BLOCK_FRAMES):
        yield sound.read(first, min(_BLOCK_FRAMES, total - first)).samples
