"""Recognise a sound file and hold it to limits before anything is decoded."""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import av
from av.audio.stream import AudioStream
from av.container import InputContainer

from media.problem import MediaProblem

MOST_BYTES: Final = 2 * 1024**3
MOST_SECONDS: Final = 12 * 3600
MOST_CHANNELS: Final = 8
# soxr takes any ratio; rates beyond these exist in damaged headers only.
LEAST_RATE: Final = 4_000
MOST_RATE: Final = 768_000

# FFmpeg also reads playlists and scripts that name other files or addresses. Only real sound files are let in.
_FORMATS: Final = "mp3,mov,flac,ogg,wav,w64,aiff,aac"
_CODECS: Final = frozenset({"mp3", "mp3float", "mp2", "mp2float", "aac", "alac", "flac", "vorbis", "opus", "libopus"})


@dataclass(frozen=True, slots=True)
class Opened:
    """A recognised file, ready to be read from its beginning. `container` belongs to the caller, who closes it."""

    container: InputContainer
    stream: AudioStream
    announced_seconds: float | None
    """Length from the headers, to compare with what can really be read."""
    trim_frames: int | None
    """Frames at the file's own rate that belong to the music, where decoding yields more."""


def open_sound(file: IO[bytes], path: Path) -> Opened:
    """Recognise `file` (opened for binary reading; `path` is for messages only).

    Python's file object is handed over rather than the name, so FFmpeg can open nothing else and any file name works.
    FFmpeg's own errors (of many types, see `media/decode.py`) are let through.

    Raises:
        MediaProblem: ``damaged-file`` for anything beyond a limit or of a codec that is not played.
    """
    byte_count = file.seek(0, 2)
    file.seek(0)
    if byte_count == 0:
        raise MediaProblem("damaged-file", f"{path.name} is empty")
    if byte_count > MOST_BYTES:
        raise MediaProblem("damaged-file", f"{path.name} is larger than 2 GiB")
    container = av.open(
        file,
        mode="r",
        options={"format_whitelist": _FORMATS, "protocol_whitelist": "none"},
        metadata_errors="replace",
    )
    with ExitStack() as on_failure:
        on_failure.callback(container.close)
        opened = _limited(container, path)
        on_failure.pop_all()
    return opened


def _limited(container: InputContainer, path: Path) -> Opened:
    stream = container.streams.best("audio")
    if not isinstance(stream, AudioStream):
        raise MediaProblem("damaged-file", f"{path.name} holds no sound")
    codec = stream.codec_context
    if codec.name not in _CODECS and not codec.name.startswith("pcm_"):
        raise MediaProblem("damaged-file", f"{path.name}: sound of the kind {codec.name} is not played")
    if not 1 <= codec.channels <= MOST_CHANNELS:
        raise MediaProblem(
            "damaged-file", f"{path.name} has {codec.channels} channels, 1 to {MOST_CHANNELS} are played"
        )
    if not LEAST_RATE <= codec.sample_rate <= MOST_RATE:
        raise MediaProblem("damaged-file", f"{path.name} has a sample rate of {codec.sample_rate} Hz")
    # One thread each: workers are processes already, and slices decoded in parallel gain sound nothing.
    codec.thread_count = 1
    announced = _announced_seconds(container, stream)
    if announced is not None and announced > MOST_SECONDS:
        raise MediaProblem("damaged-file", f"{path.name} is longer than 12 hours")
    return Opened(container, stream, announced, _music_frames(container, stream))


def _announced_seconds(container: InputContainer, stream: AudioStream) -> float | None:
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration is not None else None


def _music_frames(container: InputContainer, stream: AudioStream) -> int | None:
    """Frames without the encoder's padding, where FFmpeg (8.0) does not drop it by itself.

    AAC in MP4: iTunes and its kin write the exact count into the tag iTunSMPB (hex fields: reserved, priming, padding, frames);
    all others have an edit list, whose length FFmpeg reports as the stream's. Vorbis: the last page says where the music ends,
    which FFmpeg heeds only if it is not the first page as well.
    """
    codec = stream.codec_context
    if codec.name != "vorbis" and not (codec.name == "aac" and "mov" in container.format.name):
        return None
    fields = container.metadata.get("iTunSMPB", "").split()
    if len(fields) >= 4:
        try:
            count = int(fields[3], 16)
        except ValueError:
            count = 0
        if 0 < count <= MOST_SECONDS * MOST_RATE:
            return count
    if stream.duration is None or stream.time_base is None:
        return None
    return round(stream.duration * stream.time_base * codec.sample_rate)
