"""Sound for tests: music-like signals, and files of every format we play, made on the spot."""

import io
import subprocess
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from numpy.typing import NDArray

from media.pcm import RATE, Pcm

Array = NDArray[np.float32]


def music(frames: int, *, seed: int = 1, rate: int = RATE) -> Array:
    """Two channels of tones, decaying noise bursts and a slow swell; float32, shape (2, frames), peak about 0.7."""
    random = np.random.default_rng(seed)
    t = np.arange(frames) / rate
    strokes = np.exp(-((t * 4) % 1) * 9) * random.standard_normal((2, frames)) * 0.02
    swell = 0.6 + 0.4 * np.sin(2 * np.pi * 0.7 * t)
    left = 0.25 * np.sin(2 * np.pi * 220 * t) * swell + 0.12 * np.sin(2 * np.pi * 1333 * t)
    right = 0.25 * np.sin(2 * np.pi * 277 * t) * swell + 0.10 * np.sin(2 * np.pi * 2111 * t)
    return (np.stack([left, right]) + strokes).astype(np.float32)


def as_pcm(samples: Array) -> Pcm:
    return Pcm(np.ascontiguousarray(samples))


def through_16_bit(samples: Array) -> Array:
    """What is left after rounding to 16 bit: comes back from lossless files exactly."""
    return (np.clip(np.rint(samples * 32768), -32768, 32767) / 32768).astype(np.float32)


@dataclass(frozen=True)
class Format:
    suffix: str
    encoder: str
    sample_format: str
    is_lossless: bool
    rates: tuple[int, ...] = (44_100, 48_000)
    bit_rate: int | None = None


FORMATS: Final = {
    "mp3": Format(".mp3", "libmp3lame", "fltp", False, bit_rate=192_000),
    "aac": Format(".m4a", "aac", "fltp", False, bit_rate=192_000),
    "alac": Format(".m4a", "alac", "s16p", True),
    "flac": Format(".flac", "flac", "s16", True),
    "vorbis": Format(".ogg", "libvorbis", "fltp", False, bit_rate=192_000),
    "opus": Format(".opus", "libopus", "flt", False, (48_000,), bit_rate=160_000),
    "wav": Format(".wav", "pcm_s16le", "s16", True),
    "aiff": Format(".aiff", "pcm_s16be", "s16", True),
}


def write_sound(folder: Path, name: str, samples: Array, rate: int = RATE, *, stem: str = "sound") -> Path:
    """A file of the format `name` in `folder`; float32 input of shape (channels, frames)."""
    format_ = FORMATS[name]
    path = folder / f"{stem}-{name}{format_.suffix}"
    if name == "vorbis":
        return _write_vorbis(path, samples, rate)
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[samples.shape[0]]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(format_.encoder, rate=rate, layout=layout)
        assert isinstance(stream, AudioStream)
        stream.format = format_.sample_format
        stream.time_base = Fraction(1, rate)
        if format_.bit_rate is not None:
            stream.bit_rate = format_.bit_rate
        size = stream.codec_context.frame_size or 4096
        for first in range(0, samples.shape[1], size):
            frame = _frame(samples[:, first : first + size], format_.sample_format, layout)
            frame.sample_rate, frame.pts, frame.time_base = rate, first, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def _write_vorbis(path: Path, samples: Array, rate: int) -> Path:
    # The wheel's FFmpeg has no Vorbis encoder that ends where the music ends; the system's has.
    sound = ["-f", "f32le", "-ar", str(rate), "-ac", str(samples.shape[0]), "-i", "-"]
    command = ["ffmpeg", "-v", "error", "-y", *sound, "-c:a", "libvorbis", "-b:a", "192k", str(path)]
    subprocess.run(command, input=np.ascontiguousarray(samples.T).tobytes(), check=True)
    return path


def _frame(samples: Array, sample_format: str, layout: str) -> AudioFrame:
    values: NDArray[np.generic] = samples
    if sample_format.startswith("s16"):
        values = np.clip(np.rint(samples * 32768), -32768, 32767).astype(np.int16)
    if not sample_format.endswith("p"):
        values = np.ascontiguousarray(values.T).reshape(1, -1)
    return AudioFrame.from_ndarray(np.ascontiguousarray(values), format=sample_format, layout=layout)


def decode_opus(packets: list[bytes], head: bytes) -> Array:
    """What a player with the 19-byte head as its description hears."""
    decoder = av.CodecContext.create("opus", "r")
    decoder.extradata = head
    blocks = []
    for number, content in enumerate(packets):
        packet = av.Packet(content)
        packet.pts = number * 960
        packet.time_base = Fraction(1, RATE)
        blocks += [frame.to_ndarray() for frame in decoder.decode(packet)]
    return np.concatenate(blocks, axis=1).astype(np.float32)


def decode_flac(content: bytes) -> Array:
    """The samples of a 16 bit FLAC file as floats."""
    with av.open(io.BytesIO(content), "r") as container:
        blocks = [frame.to_ndarray().reshape(-1, 2).astype(np.float32) for frame in container.decode(audio=0)]
    return np.ascontiguousarray(np.concatenate(blocks).T / np.float32(32768))


def signal_to_noise_db(wanted: Array, got: Array) -> float:
    noise = np.sum((wanted.astype(np.float64) - got) ** 2)
    return float(10 * np.log10(np.sum(wanted.astype(np.float64) ** 2) / max(noise, 1e-30)))
