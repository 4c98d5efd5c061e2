"""One segment of a rendition back to sound, as players do it that are no browsers (format: `media/segment_format.py`)."""

import io
from fractions import Fraction
from typing import Final

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.packet import Packet

from media.pcm import CHANNELS, RATE, Pcm, Samples
from media.problem import MediaProblem
from media.rendition import Codec
from media.segment_format import OPUS_HEAD, PACKET_FRAMES, PRE_ROLL_FRAMES, unpack_packets

_FULL_SCALE: Final = np.float32(32768)


def decode_segment(content: bytes, codec: Codec, frames: int) -> Pcm:
    """The sound of one segment, of exactly `frames` frames. FLAC comes out bit for bit as it went in.

    Takes 5 to 15 ms for 4 s; holds no global lock while it decodes.

    Args:
        content: The segment as it was served.
        codec: What it is encoded with.
        frames: Frames that the segment holds (`frames_in_segment`).

    Raises:
        MediaProblem: ``damaged-file`` if `content` is no such segment.
    """
    try:
        samples = _decode_flac(content) if codec == "flac" else _decode_opus(content)[:, PRE_ROLL_FRAMES:]
    except (av.FFmpegError, ValueError) as error:
        raise MediaProblem("damaged-file", f"a segment cannot be decoded: {error}") from error
    if samples.shape[1] < frames or (codec == "flac" and samples.shape[1] != frames):
        raise MediaProblem("damaged-file", f"expected a segment of {frames} frames, got {samples.shape[1]}")
    return Pcm(np.ascontiguousarray(samples[:, :frames]))


def _decode_flac(content: bytes) -> Samples:
    with av.open(io.BytesIO(content), "r", format="flac") as container:
        pieces = [_floats(frame) for frame in container.decode(audio=0)]
    return _joined(pieces)


def _decode_opus(content: bytes) -> Samples:
    decoder = AudioCodecContext.create("opus", "r")
    assert isinstance(decoder, AudioCodecContext)
    # The head makes the decoder drop the pre-skip by itself.
    decoder.extradata = OPUS_HEAD
    pieces = []
    for number, data in enumerate(unpack_packets(content)):
        packet = Packet(data)
        packet.pts = number * PACKET_FRAMES
        packet.time_base = Fraction(1, RATE)
        pieces += [_floats(frame) for frame in decoder.decode(packet)]
    return _joined(pieces)


def _floats(frame: AudioFrame) -> Samples:
    """float32 of shape (2, frames) from what the decoders of FFmpeg yield: 16 bit or float, packed or planar."""
    if frame.sample_rate != RATE or frame.layout.nb_channels != CHANNELS:
        raise ValueError(
            f"expected stereo at {RATE} Hz, got {frame.layout.nb_channels} channels at {frame.sample_rate}"
        )
    array = frame.to_ndarray()
    planar = array if frame.format.is_planar else array.reshape(-1, CHANNELS).T
    kind = frame.format.packed.name
    if kind == "s16":
        return planar.astype(np.float32) / _FULL_SCALE
    if kind == "flt":
        return planar.astype(np.float32, copy=False)
    raise ValueError(f"expected 16 bit or float samples, got {frame.format.name}")


def _joined(pieces: list[Samples]) -> Samples:
    return np.concatenate([np.zeros((CHANNELS, 0), np.float32), *pieces], axis=1)
