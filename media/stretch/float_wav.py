"""WAV files of 32-bit floats, read and written as they are: rate, channels, every bit of every sample.

`media/decode.py` brings all files to 48 kHz stereo, which is right for playing and wrong for measuring. Layout: ``RIFF`` size
``WAVE``, then chunks of a four-letter name, a 32-bit size and content: ``fmt `` (format 3, or 0xFFFE with 3 in its GUID),
``fact`` (frames), ``data`` (interleaved samples). All numbers little-endian.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

import numpy as np

from media.pcm import Samples
from media.problem import MediaProblem

_FLOAT: Final = 3
_EXTENSIBLE: Final = 0xFFFE
_BLOCK_FRAMES: Final = 16_384
# RIFF sizes have 32 bits.
_MOST_BYTES: Final = 2**32 - 1024
_SAMPLE_BYTES: Final = 4


class FloatWavReader:
    """An open file.

    Attributes:
        rate_hz: Its sample rate.
        channels: How many.
        frames: How many each has.
    """

    def __init__(self, file: IO[bytes], rate_hz: int, channels: int, data: tuple[int, int]) -> None:
        self._file = file
        self._data_at, size = data
        self.rate_hz = rate_hz
        self.channels = channels
        self.frames = size // (channels * _SAMPLE_BYTES)

    @classmethod
    def open(cls, file: IO[bytes]) -> "FloatWavReader | None":
        """Read the head of `file`; None if it is anything else than WAV of 32-bit floats."""
        file.seek(0)
        head = file.read(12)
        if len(head) < 12 or head[:4] != b"RIFF" or head[8:] != b"WAVE":
            return None
        form: tuple[int, int] | None = None
        while len(chunk := file.read(8)) == 8:
            name, size = chunk[:4], int.from_bytes(chunk[4:], "little")
            if name == b"fmt ":
                form = _float_form(file.read(size))
                if form is None:
                    return None
            elif name == b"data" and form is not None:
                at = file.tell()
                # A stream that was cut off, or never told its size, ends where the file does.
                return cls(file, form[0], form[1], (at, min(size, file.seek(0, 2) - at)))
            else:
                file.seek(size, 1)
            # Chunks begin at even places.
            file.seek(size % 2, 1)
        return None

    def blocks(self) -> Iterator[Samples]:
        """All samples from the beginning: float32, shape (channels, some frames)."""
        self._file.seek(self._data_at)
        left = self.frames
        while left:
            count = min(left, _BLOCK_FRAMES)
            content = self._file.read(count * self.channels * _SAMPLE_BYTES)
            block = np.frombuffer(content, "<f4").reshape(-1, self.channels)
            left -= count
            yield np.ascontiguousarray(block.T, dtype=np.float32)


def _float_form(content: bytes) -> tuple[int, int] | None:
    """Rate and channels of a ``fmt `` chunk; None if it describes no 32-bit floats."""
    if len(content) < 16:
        return None
    kind, channels, rate_hz, _, _, bits = struct.unpack("<HHIIHH", content[:16])
    if kind == _EXTENSIBLE and len(content) >= 26:
        (kind,) = struct.unpack("<H", content[24:26])
    return (rate_hz, channels) if kind == _FLOAT and bits == 8 * _SAMPLE_BYTES and channels else None


class FloatWavWriter:
    """A file being written; whole once it is left without an exception.

    Raises:
        MediaProblem: ``bad-change``: more samples than the format can hold.
    """

    def __init__(self, path: Path, rate_hz: int, channels: int) -> None:
        self._path, self._rate_hz, self._channels = path, rate_hz, channels
        self._frames = 0

    def __enter__(self) -> Self:
        self._file = self._path.open("wb")
        self._file.write(self._head())
        return self

    def write(self, samples: Samples) -> None:
        """Append float32 of shape (channels, frames)."""
        self._frames += samples.shape[1]
        if self._frames * self._channels * _SAMPLE_BYTES > _MOST_BYTES:
            raise MediaProblem("bad-change", "the result is longer than a WAV file can be (4 GiB)")
        self._file.write(np.ascontiguousarray(samples.T, dtype="<f4").tobytes())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._file:
            if kind is None:
                self._file.seek(0)
                self._file.write(self._head())

    def _head(self) -> bytes:
        frame_bytes = self._channels * _SAMPLE_BYTES
        size = self._frames * frame_bytes
        form = (_FLOAT, self._channels, self._rate_hz, self._rate_hz * frame_bytes, frame_bytes, 8 * _SAMPLE_BYTES, 0)
        return b"".join(
            (
                b"RIFF" + struct.pack("<I", 50 + size) + b"WAVE",
                b"fmt " + struct.pack("<IHHIIHHH", 18, *form),
                b"fact" + struct.pack("<II", 4, self._frames),
                b"data" + struct.pack("<I", size),
            )
        )
