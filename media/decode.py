"""Any supported sound file to 48 kHz stereo, exact to the sample, as far as the file goes.

FFmpeg (through PyAV) decodes and drops encoder delay and padding by the file's own headers; soxr resamples. A file is
always decoded from its beginning: seeking in lossy files is not exact (MP3 lands 1105 samples late), so whoever needs the
middle asks the cache (`media/pcm_cache.py`).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

import av
import numpy as np
import soxr
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from media.mixdown import mix_down
from media.pcm import CHANNELS, RATE, Pcm, Samples
from media.probe import MOST_SECONDS, Opened, open_sound
from media.problem import MediaProblem

# Frames of a file are some 20 ms; resampling a third of a second at a time makes the calls' own cost vanish.
_CHUNK_FRAMES: Final = 16_384
# +12 dB. Decoders of healthy lossy files overshoot by some dB; beyond this only damaged or absurd float files go.
_LARGEST_SAMPLE: Final = 4.0


class Decoding:
    """One pass through a file.

    Iterate `blocks()` once; afterwards `frames` and `note` tell what came. `position` (0 … 1) estimates progress from the
    announced length.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._announced_seconds: float | None = None
        self._packets = 0
        self._bad_packets = 0
        self._tamed = False
        self._broke_off = ""
        self.frames = 0

    @property
    def position(self) -> float:
        """How far the pass is, 0 … 1; stays 0 if the file does not announce its length."""
        if not self._announced_seconds:
            return 0.0
        return min(1.0, self.frames / (self._announced_seconds * RATE))

    @property
    def note(self) -> str:
        """What was odd about the file, in words for people; empty for a healthy one."""
        oddities = []
        read = self.frames / RATE
        announced = self._announced_seconds
        if announced is not None and read < announced - 1 and read < 0.98 * announced:
            oddities.append(f"truncated, {_minutes(read)} of {_minutes(announced)} could be read")
        elif self._broke_off:
            oddities.append(f"damaged after {_minutes(read)}")
        if self._bad_packets:
            oddities.append(f"{self._bad_packets} of {self._packets} pieces were damaged")
        if self._tamed:
            oddities.append("impossible sample values were limited")
        return "; ".join(oddities)

    def blocks(self) -> Iterator[Pcm]:
        """The sound from its beginning, in blocks of differing lengths. They belong to the caller.

        Raises:
            MediaProblem: ``file-missing`` if the file cannot be opened; ``damaged-file`` if not one sample can be read
                or the sound goes on after 12 hours.
        """
        try:
            file = self._path.open("rb")
        except OSError as error:
            raise MediaProblem("file-missing", f"{self._path.name} cannot be read: {error.strerror}") from error
        with file:
            for block in _at_rate(self._native_blocks_of(file)):
                self.frames += block.shape[1]
                if self.frames > MOST_SECONDS * RATE:
                    raise MediaProblem("damaged-file", f"{self._path.name} is longer than 12 hours")
                yield Pcm(block)
        if self.frames == 0:
            reason = self._broke_off or "no sound could be read"
            raise MediaProblem("damaged-file", f"{self._path.name} cannot be played: {reason}")

    def _native_blocks_of(self, file: IO[bytes]) -> Iterator[tuple[int, Samples]]:
        # FFmpeg and PyAV raise InvalidDataError, EOFError, UnicodeDecodeError, DecoderNotFoundError, PermissionError and
        # more for damaged files (seen in fuzzing with av 18.1). This is the one place of a media job that takes them all;
        # what was decoded up to here is kept.
        try:
            opened = open_sound(file, self._path)
            with opened.container:
                self._announced_seconds = opened.announced_seconds
                yield from self._trimmed(opened)
        except MediaProblem:
            raise
        except Exception as error:
            self._broke_off = f"{type(error).__name__}: {error}"[:200]

    def _trimmed(self, opened: Opened) -> Iterator[tuple[int, Samples]]:
        left = opened.trim_frames
        for rate, block in self._frames_of(opened):
            kept = block if left is None else block[:, :left]
            if left is not None:
                left -= kept.shape[1]
            if kept.shape[1]:
                yield rate, kept

    def _frames_of(self, opened: Opened) -> Iterator[tuple[int, Samples]]:
        converter: AudioResampler | None = None
        shape: tuple[str, str, int] | None = None
        for frame in self._decoded(opened):
            now = (frame.format.name, frame.layout.name, frame.sample_rate)
            if converter is None or now != shape:
                # A stream may change its form on the way (joined MP3s): a fresh converter takes over. It turns integers
                # into floats and nothing else: FFmpeg's own mixing attenuates one channel and clips many.
                converter, shape = AudioResampler(format="fltp"), now
            speakers = [channel.name for channel in frame.layout.channels]
            for converted in converter.resample(frame):
                samples = converted.to_ndarray().astype(np.float32, copy=False)
                yield frame.sample_rate, self._within_reason(mix_down(samples, speakers))

    def _decoded(self, opened: Opened) -> Iterator[AudioFrame]:
        for packet in opened.container.demux(opened.stream):
            self._packets += 1
            try:
                frames = packet.decode()
            except av.FFmpegError:
                # One bad piece; the decoder finds the next good one by itself.
                self._bad_packets += 1
                continue
            for frame in frames:
                assert isinstance(frame, AudioFrame)
                yield frame

    def _within_reason(self, block: Samples) -> Samples:
        # Before resampling, which would spread a NaN. One pass over the block; NaN fails the comparison too.
        if block.size and not np.abs(block).max() <= _LARGEST_SAMPLE:
            self._tamed = True
            block = np.clip(np.nan_to_num(block, nan=0.0), -_LARGEST_SAMPLE, _LARGEST_SAMPLE)
        return block


def _at_rate(blocks: Iterator[tuple[int, Samples]]) -> Iterator[Samples]:
    """Blocks of (rate, samples) to blocks at 48 kHz; a stretch of one rate yields round(frames * 48000 / rate) frames."""
    pending: list[Samples] = []
    held = 0
    resampler: _Resampler | None = None
    for rate, block in blocks:
        if resampler is None or rate != resampler.rate:
            if resampler is not None:
                yield from resampler.push(pending, is_last=True)
            pending, held, resampler = [], 0, _Resampler(rate)
        pending.append(block)
        held += block.shape[1]
        if held >= _CHUNK_FRAMES:
            yield from resampler.push(pending, is_last=False)
            pending, held = [], 0
    if resampler is not None:
        yield from resampler.push(pending, is_last=True)


class _Resampler:
    """soxr at HQ (20 bit) with an exact count of frames at its end; straight through at 48 kHz."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self._taken = 0
        self._given = 0
        self._stream = None
        if rate != RATE:
            self._stream = soxr.ResampleStream(rate, RATE, CHANNELS, dtype="float32", quality="HQ")

    def push(self, blocks: list[Samples], *, is_last: bool) -> Iterator[Samples]:
        """What `blocks` yield now; at the last push exactly the rest."""
        block = np.concatenate([*blocks, np.zeros((CHANNELS, 0), np.float32)], axis=1)
        self._taken += block.shape[1]
        if self._stream is not None:
            block = self._stream.resample_chunk(np.ascontiguousarray(block.T), last=is_last).T
        if is_last:
            # soxr's own count differs from the exact one by a frame at most.
            due = (2 * self._taken * RATE + self.rate) // (2 * self.rate) - self._given
            block = np.pad(block[:, :due], ((0, 0), (0, max(0, due - block.shape[1]))))
        self._given += block.shape[1]
        if block.shape[1]:
            yield np.ascontiguousarray(block, dtype=np.float32)


def _minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
