"""The sound of one recording for the steps of a job: out of the cache of decoded sound, into which it is decoded if need be."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from media.decode import Decoding
from media.pcm import Pcm
from media.pcm_cache import PcmCache

Tell = Callable[[float], None]
"""Takes progress, 0 … 1."""

_LOCK_POLL_SECONDS: Final = 0.05


class Recording:
    """A file as decoded sound.

    Args:
        cache: Shared with other processes.
        source: The recording's name in the cache.
        path: Its file; opened only if the cache lacks something.
        tell: Told how far decoding is.
    """

    def __init__(self, cache: PcmCache, source: str, path: Path, tell: Tell) -> None:
        self._cache = cache
        self._source = source
        self._path = path
        self._tell = tell

    def frames(self, near: int) -> int:
        """Its length, for which it is read to its end if it never was.

        Args:
            near: Frame whose sound is wanted next: of long recordings the cache keeps what lies around it.

        Raises:
            MediaProblem: ``damaged-file``, ``file-missing``.
        """
        while (facts := self._cache.facts(self._source)) is None:
            self._fill(near)
        return facts.frames

    def read(self, first: int, frames: int) -> Pcm:
        """`frames` frames from frame `first` on, with silence before the first and after the last.

        Raises:
            MediaProblem: ``damaged-file``, ``file-missing``.
        """
        while (pcm := self._cache.read(self._source, first, frames)) is None:
            self._fill(first)
        return pcm

    def _fill(self, wanted_frame: int) -> None:
        """Decode the file into the cache, or wait a moment while another process does."""
        with self._cache.filling(self._source, wanted_frame) as filler:
            if filler is None:
                # Nothing else to do in this process, and flock knows no waiting with an eye on the blocks.
                time.sleep(_LOCK_POLL_SECONDS)  # noqa: TID251 - a worker has no event loop
                return
            knows_length = self._cache.facts(self._source) is not None
            decoding = Decoding(self._path)
            for block in decoding.blocks():
                filler.append(block)
                self._tell(decoding.position)
                if knows_length and filler.has_enough:
                    return
            filler.finish(decoding.note)
