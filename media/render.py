"""The steps of one job, in order, inside a worker process."""

import errno
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Final, assert_never

import numpy as np

from media.analysis.listener import Listener
from media.analysis.peaks import ZOOMS_PER_SECOND
from media.decode import Decoding
from media.jobs import Measure, Segment, Work, job_key
from media.messages import Measured, Segmented
from media.pcm import Pcm, silence
from media.pcm_cache import Facts, PcmCache
from media.problem import MediaProblem
from media.recording_facts import facts_to_bytes
from media.segment_format import SEGMENT_FRAMES, frames_in_segment
from media.segments import encode_segment

Tell = Callable[[float], None]
"""Takes progress, 0 … 1."""

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_LOCK_POLL_SECONDS: Final = 0.05


class Renderer:
    """Does jobs one after the other. Results are files in `scratch`, named after the job, which the caller takes away."""

    def __init__(self, cache: PcmCache, scratch: Path) -> None:
        self._cache = cache
        self._scratch = scratch
        scratch.mkdir(parents=True, exist_ok=True)

    def render(self, work: Work, tell: Tell) -> Measured | Segmented:
        """Do `work`.

        Raises:
            MediaProblem: It cannot be done, by no fault of the program.
        """
        try:
            match work:
                case Measure():
                    return self._measure(work, tell)
                case Segment():
                    return self._segment(work, tell)
                case _:
                    assert_never(work)
        except OSError as error:
            if error.errno in _FULL:
                raise MediaProblem("storage-full", "The disk is full.") from error
            raise

    def warm_up(self) -> None:
        """Compile every kernel and load both encoders, so that the first job does not."""
        second = Pcm(np.full((2, 48_000), 0.25, np.float32))
        listener = Listener()
        # Long enough for tempo and beats to be looked for.
        for _ in range(8):
            listener.add(second)
        listener.facts()
        for codec in ("opus", "flac"):
            encode_segment(lambda _, count: silence(count), 960, 0, codec, 128)

    def _measure(self, work: Measure, tell: Tell) -> Measured:
        listener = Listener()
        decoding = Decoding(Path(work.path))
        # While another process decodes the same file, the sound is measured without being kept.
        with self._cache.filling(work.source, 0) if work.keeps_sound else nullcontext() as filler:
            for block in decoding.blocks():
                listener.add(block)
                if filler is not None:
                    filler.append(block)
                tell(decoding.position)
            if filler is not None:
                filler.finish(decoding.note)
        facts = listener.facts()
        overview, peaks, detail = (
            str(self._publish(work, listener.waveform(zoom), f"-{zoom}")) for zoom in ZOOMS_PER_SECOND
        )
        return Measured(
            job_key(work),
            decoding.frames,
            facts.loudness_lufs,
            facts.true_peak_db,
            peaks,
            decoding.note,
            overview,
            detail,
            str(self._publish(work, facts_to_bytes(facts), "-facts")),
        )

    def _segment(self, work: Segment, tell: Tell) -> Segmented:
        facts = self._facts(work, tell)
        if work.index < 0 or frames_in_segment(facts.frames, work.index) == 0:
            raise MediaProblem("unknown-segment", f"The recording has no segment {work.index}.")

        def cut(first: int, frames: int) -> Pcm:
            return self._cut(work, first, frames, tell)

        content = encode_segment(cut, facts.frames, work.index, work.codec, work.kilobits)
        path = self._publish(work, content)
        return Segmented(job_key(work), str(path), len(content))

    def _facts(self, work: Segment, tell: Tell) -> Facts:
        while (facts := self._cache.facts(work.source)) is None:
            self._fill(work, work.index * SEGMENT_FRAMES, tell)
        return facts

    def _cut(self, work: Segment, first: int, frames: int, tell: Tell) -> Pcm:
        while (pcm := self._cache.read(work.source, first, frames)) is None:
            self._fill(work, first, tell)
        return pcm

    def _fill(self, work: Segment, wanted_frame: int, tell: Tell) -> None:
        """Decode the file into the cache, or wait a moment while another process does."""
        with self._cache.filling(work.source, wanted_frame) as filler:
            if filler is None:
                # Nothing else to do in this process, and flock knows no waiting with an eye on the blocks.
                time.sleep(_LOCK_POLL_SECONDS)  # noqa: TID251 - a worker has no event loop
                return
            knows_length = self._cache.facts(work.source) is not None
            decoding = Decoding(Path(work.path))
            for block in decoding.blocks():
                filler.append(block)
                tell(decoding.position)
                if knows_length and filler.has_enough:
                    return
            filler.finish(decoding.note)

    def _publish(self, work: Work, content: bytes, part: str = "") -> Path:
        path = self._scratch / (job_key(work).replace("/", "-") + part)
        path.write_bytes(content)
        return path
