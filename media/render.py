"""The steps of one job, in order, inside a worker process."""

import errno
from contextlib import nullcontext
from pathlib import Path
from typing import Final, assert_never

import numpy as np

from media.analysis.listener import Listener
from media.analysis.peaks import ZOOMS_PER_SECOND
from media.decode import Decoding
from media.jobs import Measure, Segment, Separate, Work, job_key
from media.messages import Measured, Segmented, Separated
from media.pcm import Pcm, silence
from media.pcm_cache import PcmCache
from media.problem import MediaProblem
from media.recording import Recording, Tell
from media.recording_facts import facts_to_bytes
from media.segment_format import SEGMENT_FRAMES, frames_in_segment
from media.segments import Cut, encode_segment
from media.spans.bent import BentSound, SpanStore
from media.stem_models import model_identity
from media.stems.folder import open_separator
from media.stems.packages import give_memory_back, prepare_torch
from media.stems.separation import Separator
from media.stems.stem_set import make_stem_set
from media.stems.unfinished import UnfinishedStem
from media.unfinished_stems import SUFFIX, unfinished_path

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


class Renderer:
    """Does jobs one after the other. Results are files in `scratch`, named after the job, which the caller takes away.

    Args:
        cache: Decoded sound.
        scratch: Folder for results.
        unfinished: Folder for what is separated so far of a recording.
    """

    def __init__(self, cache: PcmCache, scratch: Path, unfinished: Path) -> None:
        self._cache = cache
        self._scratch = scratch
        self._unfinished = unfinished
        self._separators: dict[str, Separator] = {}
        self._spans = SpanStore()
        scratch.mkdir(parents=True, exist_ok=True)

    def render(self, work: Work, tell: Tell) -> Measured | Segmented | Separated:
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
                case Separate():
                    return self._separate(work, tell)
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
        begins_at = int(work.bend.recording_position(max(0, work.index) * SEGMENT_FRAMES))
        recording: Recording | UnfinishedStem
        if work.stem and Path(work.path).suffix == SUFFIX:
            recording = UnfinishedStem(Path(work.path), work.stem)
            recording_frames = recording.frames
        else:
            recording = Recording(self._cache, work.source, Path(work.path), tell)
            recording_frames = recording.frames(begins_at)
        frames = work.bend.frames_of(recording_frames)
        if work.index < 0 or frames_in_segment(frames, work.index) == 0:
            raise MediaProblem("unknown-segment", f"The recording has no segment {work.index}.")
        cut: Cut = recording.read
        if not work.bend.is_plain:
            cut = BentSound(work.source, work.bend, recording_frames, recording.read, self._spans).segment_cut
        content = encode_segment(cut, frames, work.index, work.codec, work.kilobits)
        path = self._publish(work, content)
        return Segmented(job_key(work), str(path), len(content))

    def _separate(self, work: Separate, tell: Tell) -> Separated:
        # Only the model is asked for progress, not decoding before it.
        recording = Recording(self._cache, work.source, Path(work.path), lambda _: None)
        try:
            frames, paths = make_stem_set(
                recording,
                self._separator(work),
                unfinished_path(self._unfinished, job_key(work)),
                lambda stem: self._scratch_file(work, f"-{stem}"),
                tell,
            )
        finally:
            give_memory_back()
        return Separated(job_key(work), frames, {stem: str(path) for stem, path in paths.items()})

    def _separator(self, work: Separate) -> Separator:
        """The model of a job; the last one stays loaded."""
        if model_identity(work.model, Path(work.models)) != work.identity:
            raise MediaProblem("model-missing", f"The model {work.model} is another one by now.")
        # For every job: each has a limit of its own.
        prepare_torch()
        if work.identity not in self._separators:
            self._separators.clear()
            self._separators[work.identity] = open_separator(
                work.model, Path(work.models), takes_pickled=work.takes_pickled
            )
        return self._separators[work.identity]

    def _publish(self, work: Work, content: bytes, part: str = "") -> Path:
        path = self._scratch_file(work, part)
        path.write_bytes(content)
        return path

    def _scratch_file(self, work: Work, part: str) -> Path:
        return self._scratch / (job_key(work).replace("/", "-") + part)
