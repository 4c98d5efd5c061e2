"""What sound costs: CPU milliseconds per second of audio for every step of a media job.

``python -m loadtests.media_costs [SECONDS]`` prints one table. Each step runs in this process on one thread, after a warm-up
that compiles the kernels; files are made of synthetic music with the system's FFmpeg. The cost of copying the same samples is
printed beside it, as a measure of the machine.
"""

import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from media.analysis.loudness import LoudnessMeter
from media.analysis.peaks import PeakMeter
from media.analysis.true_peak import TruePeakMeter
from media.decode import Decoding
from media.jobs import Measure, Segment
from media.pcm import Pcm
from media.pcm_cache import LEAST_BYTES, PcmCache
from media.render import Renderer
from media.segment_format import SEGMENT_FRAMES
from media.segments import encode_segment

FORMATS = {
    "mp3 44.1 kHz": ("a.mp3", 44_100, ["-b:a", "256k"]),
    "aac 44.1 kHz": ("a.m4a", 44_100, ["-c:a", "aac", "-b:a", "256k"]),
    "alac 44.1 kHz": ("b.m4a", 44_100, ["-c:a", "alac"]),
    "flac 44.1 kHz": ("a.flac", 44_100, []),
    "flac 48 kHz": ("b.flac", 48_000, []),
    "vorbis 44.1 kHz": ("a.ogg", 44_100, ["-c:a", "libvorbis", "-b:a", "192k"]),
    "opus 48 kHz": ("a.opus", 48_000, ["-c:a", "libopus", "-b:a", "160k"]),
    "wav 44.1 kHz": ("a.wav", 44_100, []),
}


def main() -> None:
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    samples = _music(seconds)
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, {seconds} s of sound")
    print("step                          CPU ms per audio s   times real time")
    _tell("copy 48 kHz float stereo", seconds, lambda: samples.copy())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _tell_decoding(folder, samples, seconds)
        _tell_measuring(samples, seconds)
        _tell_encoding(samples, seconds)
        _tell_jobs(folder, seconds)


def _tell_decoding(folder: Path, samples: np.ndarray[tuple[int, int], np.dtype[np.float32]], seconds: int) -> None:
    for title, (file, rate, arguments) in FORMATS.items():
        sound = ["-f", "f32le", "-ar", "48000", "-ac", "2", "-i", "-"]
        command = ["ffmpeg", "-v", "error", "-y", *sound, "-ar", str(rate), *arguments, str(folder / file)]
        subprocess.run(command, input=np.ascontiguousarray(samples.T).tobytes(), check=True)
        _tell(f"decode {title}", seconds, partial(_decode, folder / file))


def _decode(path: Path) -> None:
    for _ in Decoding(path).blocks():
        pass


def _tell_measuring(samples: np.ndarray[tuple[int, int], np.dtype[np.float32]], seconds: int) -> None:
    blocks = [Pcm(np.ascontiguousarray(piece)) for piece in np.array_split(samples, max(1, seconds * 3), axis=1)]

    def measure(meter: LoudnessMeter | TruePeakMeter | PeakMeter) -> None:
        for block in blocks:
            meter.add(block)

    _tell("loudness", seconds, lambda: measure(LoudnessMeter()))
    _tell("true peak", seconds, lambda: measure(TruePeakMeter()))
    _tell("waveform peaks", seconds, lambda: measure(PeakMeter()))


def _tell_encoding(samples: np.ndarray[tuple[int, int], np.dtype[np.float32]], seconds: int) -> None:
    def cut(first: int, frames: int) -> Pcm:
        piece = np.zeros((2, frames), np.float32)
        begin, end = max(0, first), min(samples.shape[1], first + frames)
        piece[:, begin - first : end - first] = samples[:, begin:end]
        return Pcm(piece)

    for title, codec, kilobits in (
        ("opus 128 kbit/s", "opus", 128),
        ("opus 96 kbit/s", "opus", 96),
        ("flac", "flac", 0),
    ):

        def encode(codec: str = codec, kilobits: int = kilobits) -> None:
            for index in range(samples.shape[1] // SEGMENT_FRAMES):
                encode_segment(cut, samples.shape[1], index, "opus" if codec == "opus" else "flac", kilobits)

        _tell(f"segments {title}", samples.shape[1] // SEGMENT_FRAMES * 4, encode)


def _tell_jobs(folder: Path, seconds: int) -> None:
    renderer = Renderer(PcmCache(folder / "pcm", LEAST_BYTES), folder / "scratch", folder / "unfinished")
    path = str(folder / "a.mp3")
    numbers = iter(range(1_000))

    def segments() -> None:
        for index in range(seconds * 48_000 // SEGMENT_FRAMES):
            renderer.render(Segment("0", path, "r", "opus", 128, index), _untold)

    _tell("job: measure an mp3", seconds, lambda: renderer.render(Measure(str(next(numbers)), path), _untold))
    renderer.render(Measure("0", path), _untold)
    _tell("job: segments of it, opus", seconds * 48_000 // SEGMENT_FRAMES * 4, segments)


def _untold(_: float) -> None:
    """Progress nobody asked for."""


def _tell(title: str, seconds: int, step: Callable[[], object]) -> None:
    """The best of three, after one that is not counted."""
    step()
    costs = []
    for _ in range(3):
        began = time.process_time()
        step()
        costs.append(time.process_time() - began)
    cost = min(costs) / seconds
    print(f"{title:<30}{1000 * cost:>15.2f}{1 / cost:>19.0f}", flush=True)


def _music(seconds: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    random = np.random.default_rng(1)
    t = np.arange(seconds * 48_000) / 48_000
    chord = sum(np.sin(2 * np.pi * hertz * t + phase) for phase, hertz in enumerate((110, 220.5, 277.2, 329.6, 1318.5)))
    strokes = np.exp(-((t * 4) % 1) * 12) * random.standard_normal((2, t.size))
    return np.ascontiguousarray(0.08 * chord + 0.25 * strokes, dtype=np.float32)


if __name__ == "__main__":
    main()
