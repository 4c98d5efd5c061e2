"""Opus packets and FLAC files from 48 kHz stereo sound, the same bytes for the same samples every time.

"Every time" means: the same build of FFmpeg, libopus and FLAC on the same kind of processor (libopus picks kernels by the
instruction set). No clock, random number, dither or earlier call enters; FLAC's samples are exact everywhere.
"""

import io
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

from media.pcm import CHANNELS, RATE, Pcm, Samples
from media.segment_format import OPUS_HEAD, PACKET_FRAMES

# 5 of 10: 5 ms of CPU per second of sound against 9, for a tenth of a decibel at these rates (measured).
_OPUS_COMPLEXITY: Final = 5
_FLAC_LEVEL: Final = 5
_INT24: Final = 2**23


def opus_packets(pcm: Pcm, kilobits: int) -> list[bytes]:
    """Encode with a fresh encoder; one packet per 20 ms, `pcm.frames / 960` in all.

    What is decoded sounds `PRE_SKIP` samples late, so the last packets must hold a little more than the music.

    Args:
        pcm: A whole number of packets long.
        kilobits: Average bit rate (variable), 6 … 510 kbit/s.

    Raises:
        ValueError: The length is no multiple of 960 frames.
    """
    if pcm.frames % PACKET_FRAMES:
        raise ValueError(f"expected a multiple of {PACKET_FRAMES} frames, got {pcm.frames}")
    encoder = AudioCodecContext.create("libopus", "w")
    assert isinstance(encoder, AudioCodecContext)
    encoder.sample_rate = RATE
    encoder.layout = "stereo"
    encoder.format = "flt"
    encoder.bit_rate = kilobits * 1000
    encoder.time_base = Fraction(1, RATE)
    encoder.options = {
        "compression_level": str(_OPUS_COMPLEXITY),
        "application": "audio",
        "vbr": "on",
        "frame_duration": "20",
    }
    encoder.open()
    assert encoder.extradata == OPUS_HEAD, "libopus has another delay than OPUS_HEAD says"
    interleaved = np.ascontiguousarray(pcm.samples.T)
    packets: list[bytes] = []
    for first in range(0, pcm.frames, PACKET_FRAMES):
        piece = interleaved[first : first + PACKET_FRAMES].reshape(1, -1)
        frame = AudioFrame.from_ndarray(piece, format="flt", layout="stereo")
        frame.sample_rate = RATE
        frame.pts = first
        packets += [bytes(packet) for packet in encoder.encode(frame)]
    # Not flushed: the encoder holds nothing back, and flushing would pad a further packet.
    assert len(packets) == pcm.frames // PACKET_FRAMES
    return packets


def flac_file(pcm: Pcm) -> bytes:
    """A complete FLAC file, 16 bit, of exactly the frames of `pcm`, rounded as `to_int16` does."""
    file = io.BytesIO()
    with av.open(file, "w", format="flac", container_options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("flac", rate=RATE, layout="stereo")
        stream.format = "s16"
        # bitexact keeps the library's version out of the file.
        stream.codec_context.options = {"compression_level": str(_FLAC_LEVEL), "flags": "+bitexact"}
        samples = np.ascontiguousarray(to_int16(pcm).T).reshape(1, -1)
        size = stream.codec_context.frame_size or 4096
        for first in range(0, pcm.frames, size):
            piece = samples[:, first * CHANNELS : (first + size) * CHANNELS]
            frame = AudioFrame.from_ndarray(np.ascontiguousarray(piece), format="s16", layout="stereo")
            frame.sample_rate = RATE
            frame.pts = first
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


class Flac24Writer:
    """Writes a FLAC file of 24 bits, block by block: for sound that is worked on further."""

    def __init__(self, path: Path) -> None:
        self._container = av.open(path, "w", format="flac", container_options={"fflags": "+bitexact"})
        self._stream = self._container.add_stream("flac", rate=RATE, layout="stereo")
        self._stream.format = "s32"
        self._stream.codec_context.options = {"compression_level": str(_FLAC_LEVEL), "flags": "+bitexact"}
        self._written = 0

    def write(self, pcm: Pcm) -> None:
        """The next frames, limited to full scale."""
        wide = _to_int24(pcm.samples)
        # The codec takes the upper 24 of 32 bits.
        samples = np.ascontiguousarray((wide << 8).T).reshape(1, -1)
        frame = AudioFrame.from_ndarray(samples, format="s32", layout="stereo")
        frame.sample_rate = RATE
        frame.pts = self._written
        # PyAV gathers what the codec takes at once.
        self._container.mux(self._stream.encode(frame))
        self._written += pcm.frames

    def close(self) -> None:
        """Finish the file."""
        self._container.mux(self._stream.encode(None))
        self._container.close()


def through_24_bit(samples: Samples) -> Samples:
    """What comes back of `samples` from a file that `Flac24Writer` wrote."""
    back: Samples = (_to_int24(samples) / _INT24).astype(np.float32)
    return back


def _to_int24(samples: Samples) -> NDArray[np.int32]:
    whole: NDArray[np.int32] = np.clip(np.rint(samples.astype(np.float64) * _INT24), -_INT24, _INT24 - 1).astype(
        np.int32
    )
    return whole


def to_int16(pcm: Pcm) -> NDArray[np.int16]:
    """Samples as 16 bit integers, shape (2, frames): x * 32768, halves to even, limited to -32768 … 32767.

    No dither: sound that came as 16 bit comes out bit for bit as it was, and the same input always gives the same file.
    """
    scaled = np.rint(pcm.samples * np.float32(32768))
    rounded: NDArray[np.int16] = np.clip(scaled, -32768, 32767).astype(np.int16)
    return rounded
