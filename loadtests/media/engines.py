"""Who is measured: our engines, the ideal, and other programs where they are installed."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from loadtests.media.signals import RATE_HZ, SCORES, Score, chords_of_other_phases
from media.pcm import Samples
from media.stretch.float_wav import FloatWavReader, FloatWavWriter
from media.stretch.stretcher import Change, Stretcher

BLOCK_FRAMES: Final = 4096


@dataclass(frozen=True, slots=True)
class Task:
    """One signal to change.

    Attributes:
        score: Where it comes from (for the ideal engine).
        seed: And its seed.
        samples: What is given to the engine: float32, shape (2, frames), 44.1 kHz.
        tempo: 0.5 … 2.
        semitones: -12 … 12.
        keeps_formants: Whether formants are to stay.
    """

    score: Score
    seed: int
    samples: Samples
    tempo: float
    semitones: float
    keeps_formants: bool

    @property
    def change(self) -> Change:
        """The same for our engines."""
        return Change(self.tempo, self.semitones)


Engine = Callable[[Task], tuple[Samples, float]]
"""Does a task; the result and the processor seconds it took."""


def ideal(task: Task) -> tuple[Samples, float]:
    """What the formula says: the ceiling of every figure."""
    began = time.thread_time()
    made = task.score(task.seed, task.tempo, task.change.ratio).samples
    return made, time.thread_time() - began


def blind(task: Task) -> tuple[Samples, float]:
    """The ideal, but for the phases that the partials of chords begin with, which it does not know.

    Partials of several voices that lie too near each other to be told apart swell and fade together as those phases have
    it. So it shows how near the ideal the magnitudes of chords come by everything else.
    """
    score = chords_of_other_phases if task.score is SCORES["chords"] else task.score
    return ideal(replace(task, score=score))


def ours(name: str, task: Task) -> tuple[Samples, float]:
    """One of `media.stretch.engines`, in blocks as a player gives them."""
    # Of this thread alone: those of the library for matrices, which judge the last result, go on turning for a while.
    began = time.thread_time()
    stretcher = Stretcher(RATE_HZ, engine=name, keeps_formants=task.keeps_formants)
    frames = task.samples.shape[1]
    done = [
        stretcher.process(task.samples[:, at : at + BLOCK_FRAMES], task.change) for at in range(0, frames, BLOCK_FRAMES)
    ]
    return np.concatenate([*done, stretcher.flush()], axis=1), time.thread_time() - began


def rubberband(options: tuple[str, ...], task: Task) -> tuple[Samples, float]:
    """The program of the Rubber Band library; it stretches the channels apart unless it is told not to."""
    formants = ["--formant"] if task.keeps_formants else []
    words = ["rubberband", "-q", *options, *formants, "--tempo", str(task.tempo), "--pitch", str(task.semitones)]
    return _program(words, task)


def soundstretch(task: Task) -> tuple[Samples, float]:
    """The program of SoundTouch; it keeps no formants."""
    words = [f"-tempo={100 * (task.tempo - 1)}", f"-pitch={task.semitones}"]
    return _program(["soundstretch"], task, words)


def ffmpeg(options: str, task: Task) -> tuple[Samples, float]:
    """A filter of FFmpeg, which many systems have with the Rubber Band library inside.

    Filters hand out their own latency; it is found by comparing loudness with the ideal, to a millisecond, and taken away.
    """
    ratio = repr(task.change.ratio)
    formant = ":formant=preserved" if task.keeps_formants and "rubberband" in options else ""
    words = options.format(tempo=task.tempo, ratio=ratio) + formant
    form = ["-f", "f32le", "-ar", str(RATE_HZ), "-ac", "2"]
    began = os.times()
    raw = subprocess.run(
        ["ffmpeg", "-v", "error", "-threads", "1", *form, "-i", "-", "-af", words, *form, "-"],
        input=np.ascontiguousarray(task.samples.T).tobytes(),
        check=True,
        capture_output=True,
    ).stdout
    ended = os.times()
    made = np.ascontiguousarray(np.frombuffer(raw, "<f4").reshape(-1, 2).T)
    wanted = task.score(task.seed, task.tempo, task.change.ratio).samples
    late = _lateness(made, wanted)
    cut = made[:, late : late + wanted.shape[1]]
    spent = ended.children_user + ended.children_system - began.children_user - began.children_system
    return np.pad(cut, ((0, 0), (0, wanted.shape[1] - cut.shape[1]))), spent


def _lateness(made: Samples, wanted: Samples) -> int:
    """Frames by which `made` has to come earlier, 0 to 150 ms."""
    step = RATE_HZ // 1000
    size = min(made.shape[1], wanted.shape[1]) // step * step
    loud, other = (np.sqrt((each[:, :size] ** 2).sum(axis=0).reshape(-1, step).sum(axis=1)) for each in (made, wanted))
    likeness = [float(loud[lag:] @ other[: other.size - lag]) for lag in range(150)]
    return int(np.argmax(likeness)) * step


def _program(words: list[str], task: Task, behind: list[str] | None = None) -> tuple[Samples, float]:
    with tempfile.TemporaryDirectory() as name:
        source, target = Path(name) / "in.wav", Path(name) / "out.wav"
        with FloatWavWriter(source, RATE_HZ, 2) as writer:
            writer.write(task.samples)
        began = os.times()
        subprocess.run([*words, str(source), str(target), *(behind or [])], check=True, capture_output=True)
        ended = os.times()
        spent = ended.children_user + ended.children_system - began.children_user - began.children_system
        return _read(target), spent


def _read(path: Path) -> Samples:
    with path.open("rb") as file:
        reader = FloatWavReader.open(file)
        if reader is not None:
            return np.concatenate([np.zeros((2, 0), np.float32), *reader.blocks()], axis=1)
    raw = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", str(path), "-f", "f32le", "-ac", "2", "-"], check=True, capture_output=True
    ).stdout
    return np.ascontiguousarray(np.frombuffer(raw, "<f4").reshape(-1, 2).T)


_RUBBERBAND: Final = "rubberband=tempo={tempo}:pitch={ratio}:channels=together:pitchq=quality"
ENGINES: Final[Mapping[str, Engine]] = {
    "music": partial(ours, "music"),
    "live": partial(ours, "live"),
    "speech": partial(ours, "speech"),
    "rubberband R2": partial(rubberband, ("-2", "--centre-focus")),
    "rubberband R3": partial(rubberband, ("--fine", "--centre-focus")),
    "soundstretch": soundstretch,
    "ffmpeg rubberband R2": partial(ffmpeg, _RUBBERBAND),
    # The library's flag for its finer engine, which the filter has no name for.
    "ffmpeg rubberband R3": partial(ffmpeg, _RUBBERBAND + ":transients=536870912"),
    "blind": blind,
    "ideal": ideal,
}
_PROGRAMS: Final = {
    "rubberband R2": "rubberband",
    "rubberband R3": "rubberband",
    "soundstretch": "soundstretch",
    "ffmpeg rubberband R2": "ffmpeg",
    "ffmpeg rubberband R3": "ffmpeg",
}


def missing(name: str) -> str:
    """The program that an engine needs and that is not installed; empty if it can run."""
    program = _PROGRAMS.get(name, "")
    if program and shutil.which(program) is None:
        return program
    return "ffmpeg with rubberband" if program == "ffmpeg" and not _has_rubberband() else ""


def _has_rubberband() -> bool:
    filters = subprocess.run(["ffmpeg", "-hide_banner", "-filters"], check=True, capture_output=True, text=True).stdout
    return any(line.split()[1:2] == ["rubberband"] for line in filters.splitlines())
