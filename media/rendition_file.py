"""``python -m media.rendition_file IN OUT …``: a rendition as the server makes it, into a file and into segments.

`hathor media render` starts it, because its own process never loads numpy. What it says: `media/progress_lines.py`. The sound is
put together of the same spans as segments that are served (`media/spans/grid.py`), not stretched in one long run as `hathor
media stretch` does.
"""

import argparse
import errno
import math
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from media.bend import Bend
from media.pcm import CHANNELS, RATE
from media.pcm_cache import PcmCache
from media.pool import DEFAULT_CACHE_BYTES
from media.problem import MediaProblem, ProblemCode
from media.progress_lines import ProgressLines
from media.recording import Recording
from media.rendition import Codec
from media.segment_format import SEGMENT_FRAMES, frames_in_segment, segment_count
from media.segments import Cut, encode_segment
from media.spans.bent import BentSound, SpanStore
from media.stretch.float_wav import FloatWavWriter

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
# Of the whole work, decoding takes about so much.
_DECODING_SHARE: Final = 0.2
_KILOBITS: Final = 128
_SUFFIXES: Final = {"opus": ".hop1", "flac": ".flac"}


@dataclass(frozen=True, slots=True)
class SegmentFolder:
    """Where segments go, as they are served: ``00000.hop1`` or ``00000.flac`` and on."""

    folder: Path
    codec: Codec

    def write(self, cut: Cut, frames: int, index: int) -> None:
        """Encode one segment into its file."""
        content = encode_segment(cut, frames, index, self.codec, _KILOBITS)
        (self.folder / f"{index:05d}{_SUFFIXES[self.codec]}").write_bytes(content)


def render_file(
    source: Path, target: Path, bend: Bend, segments: SegmentFolder | None, tell: Callable[[float], None]
) -> None:
    """Render `source` into `target`, a WAV file of 32-bit floats at 48 kHz, there complete or not at all.

    Args:
        source: Any sound file that is played.
        target: Name of a WAV file; one that was there is replaced.
        bend: What is done to time and pitch; nothing is possible, too.
        segments: Where its segments go as well; None: nowhere. The folder is made if it is missing.
        tell: Told how far it is.

    Raises:
        MediaProblem: ``damaged-file``, ``file-missing``, ``bad-change`` (for the target), ``storage-full``.
    """
    if target.suffix.lower() != ".wav":
        raise MediaProblem("bad-change", f"the result is a WAV file; {target.name} does not end in .wav")
    if target.resolve() == source.resolve():
        raise MediaProblem("bad-change", "the result would replace the file that is read")
    # Beside the target, so that it can be renamed.
    partial = target.with_name(f".{target.name}.part")
    try:
        with tempfile.TemporaryDirectory(prefix="hathor-render-") as name:
            cache = PcmCache(Path(name), DEFAULT_CACHE_BYTES)
            recording = Recording(cache, "source", source, lambda position: tell(position * _DECODING_SHARE))
            _write(recording, partial, bend, segments, tell)
        partial.replace(target)
    except OSError as error:
        code: ProblemCode = "storage-full" if error.errno in _FULL else "bad-change"
        raise MediaProblem(code, f"{target} cannot be written: {error.strerror}") from error
    finally:
        partial.unlink(missing_ok=True)
    tell(1.0)


def _write(
    recording: Recording, path: Path, bend: Bend, segments: SegmentFolder | None, tell: Callable[[float], None]
) -> None:
    recording_frames = recording.frames(0)
    frames = bend.frames_of(recording_frames)
    cut: Cut = recording.read
    segment_cut = cut
    if not bend.is_plain:
        sound = BentSound("source", bend, recording_frames, recording.read, SpanStore())
        cut, segment_cut = sound.cut, sound.segment_cut
    if segments is not None:
        segments.folder.mkdir(parents=True, exist_ok=True)
    with FloatWavWriter(path, RATE, CHANNELS) as result:
        count = segment_count(frames)
        for index in range(count):
            if segments is not None:
                segments.write(segment_cut, frames, index)
            result.write(cut(index * SEGMENT_FRAMES, frames_in_segment(frames, index)).samples)
            tell(min(0.9999, _DECODING_SHARE + (1 - _DECODING_SHARE) * (index + 1) / count))


def main(arguments: Sequence[str]) -> int:
    """Run with the words after the command; the exit status."""
    options = _parser().parse_args(arguments)
    lines = ProgressLines(sys.stdout)
    try:
        segments = None if options.segments is None else SegmentFolder(options.segments, options.codec)
        bend = _bend(options.tempo, options.pitch, keeps_formants=options.formants)
        render_file(options.source, options.target, bend, segments, lines.tell)
    except MediaProblem as problem:
        lines.refuse(problem)
        return 2
    return 0


def _bend(tempo: float, semitones: float, *, keeps_formants: bool) -> Bend:
    """The nearest bend that the server can name: thousandths and cents."""
    if not (math.isfinite(tempo) and math.isfinite(semitones)):
        raise MediaProblem("bad-change", "tempo and pitch are numbers")
    try:
        return Bend(round(tempo * 1000), round(semitones * 100), keeps_formants).normal
    except ValueError as error:
        raise MediaProblem("bad-change", str(error)) from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m media.rendition_file", description="Render as the server does.")
    parser.add_argument("source", type=Path, help="any sound file")
    parser.add_argument("target", type=Path, help="a WAV file, replaced if it is there")
    parser.add_argument("--tempo", type=float, default=1.0, help="0.5 to 2, in thousandths")
    parser.add_argument("--pitch", type=float, default=0.0, help="-12 to 12 semitones, in hundredths")
    parser.add_argument("--formants", action="store_true", help="keep formants where they are")
    parser.add_argument("--segments", type=Path, help="a folder for the segments")
    parser.add_argument("--codec", choices=("opus", "flac"), default="opus", help="of the segments")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
