"""A 16-bit stereo WAV file at 48 kHz that is whole after every write, however the program ends.

Layout (little endian): ``RIFF``, uint32 bytes after this field, ``WAVE``, ``fmt ``, uint32 16, uint16 1 (PCM), uint16 2
channels, uint32 48000 frames/s, uint32 192000 bytes/s, uint16 4 bytes/frame, uint16 16 bits, ``data``, uint32 bytes of
sound, then the sound. Beyond 4 GiB (6 hours) both lengths stay at their largest value, which readers take as "to the end".
"""

import struct
from pathlib import Path
from typing import Final, Self

import numpy as np

from hathor_rt.headless.refusals import BadRecording
from media.encode import to_int16
from media.pcm import CHANNELS, RATE, Pcm, Samples

HEADER_BYTES: Final = 44
FRAME_BYTES: Final = 2 * CHANNELS
_LARGEST: Final = 2**32 - 1


class WavFile:
    """Writes one file; an existing one is replaced. Blocks as files do.

    Raises:
        BadRecording: The file cannot be created.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("wb")
        except OSError as error:
            raise BadRecording(f"{path} cannot be written: {error.strerror}") from error
        self.frames = 0
        """Sample frames written so far."""
        self._file.write(header(0))
        self._file.flush()

    def write(self, sound: Samples) -> None:
        """Append float32 of shape (2, frames), rounded as `media.encode.to_int16` does.

        Raises:
            BadRecording: The disk is full, or gone.
        """
        samples = to_int16(Pcm(np.ascontiguousarray(sound)))
        try:
            self._file.seek(0, 2)
            self._file.write(samples.T.tobytes())
            self.frames += sound.shape[1]
            self._file.seek(0)
            self._file.write(header(self.frames))
            self._file.flush()
        except OSError as error:
            raise BadRecording(f"the recording cannot go on: {error.strerror}") from error

    def close(self) -> None:
        """Close the file. Idempotent."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def header(frames: int) -> bytes:
    """The first 44 bytes of a file of `frames` frames."""
    sound_bytes = frames * FRAME_BYTES
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        min(sound_bytes + HEADER_BYTES - 8, _LARGEST),
        b"WAVE",
        b"fmt ",
        16,
        1,
        CHANNELS,
        RATE,
        RATE * FRAME_BYTES,
        FRAME_BYTES,
        16,
        b"data",
        min(sound_bytes, _LARGEST),
    )
