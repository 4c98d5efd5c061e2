"""`hathor media …`: work on sound files, in a process of its own, for this one never loads numpy."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import click
import trio

from sync.refusal import Refusal

_STEPS: Final = 1000
_FRAMES_PER_SECOND: Final = 48_000
# The beats of twelve hours of music.
_LONGEST_LINE: Final = 2_000_000


class MediaRefused(Refusal):
    """The media process said no, with a code of `media/problem.py`."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@dataclass(frozen=True, slots=True)
class Stretch:
    """What `hathor media stretch` was asked for; see `media/stretch/__main__.py` for the ranges."""

    source: Path
    target: Path
    tempo: float
    semitones: float
    keeps_formants: bool
    engine: str

    @property
    def command(self) -> list[str]:
        """The process that does it."""
        options = [f"--tempo={self.tempo!r}", f"--pitch={self.semitones!r}", f"--engine={self.engine}"]
        if self.keeps_formants:
            options.append("--formants")
        return [sys.executable, "-m", "media.stretch", *options, "--", str(self.source), str(self.target)]


@dataclass(frozen=True, slots=True)
class Render:
    """What `hathor media render` was asked for; see `media/rendition_file.py` for the ranges."""

    source: Path
    target: Path
    tempo: float
    semitones: float
    keeps_formants: bool
    segments: Path | None
    codec: str

    @property
    def command(self) -> list[str]:
        """The process that does it."""
        options = [f"--tempo={self.tempo!r}", f"--pitch={self.semitones!r}", f"--codec={self.codec}"]
        if self.keeps_formants:
            options.append("--formants")
        if self.segments is not None:
            options.append(f"--segments={self.segments}")
        return [sys.executable, "-m", "media.rendition_file", *options, "--", str(self.source), str(self.target)]


def render(asked: Render) -> None:
    """Do it, with a progress bar on standard error.

    Raises:
        MediaRefused: The file or a value was refused; no file was written (segments may have been).
    """
    with_bar(asked.target.name, asked.command)


@dataclass(frozen=True, slots=True)
class Effects:
    """What `hathor media effects` was asked for: a preset's name, or a file of settings (`media/effects/settings.py`)."""

    source: Path
    target: Path
    preset: str | None
    settings: Path | None

    @property
    def command(self) -> list[str]:
        """The process that does it."""
        chosen = f"--preset={self.preset}" if self.settings is None else f"--json={self.settings}"
        return [sys.executable, "-m", "media.effects", chosen, "--", str(self.source), str(self.target)]


def effects(asked: Effects) -> None:
    """Do it, with a progress bar on standard error.

    Raises:
        MediaRefused: The file, the preset or a parameter was refused; nothing was written.
    """
    with_bar(asked.target.name, asked.command)


@dataclass(frozen=True, slots=True)
class Separation:
    """What `hathor media separate` was asked for; `model` is empty for the one that comes with the program."""

    source: Path
    folder: Path
    models: Path
    model: str
    takes_pickled: bool

    @property
    def command(self) -> list[str]:
        """The process that does it."""
        options = [f"--models={self.models}"]
        if self.model:
            options.append(f"--model={self.model}")
        if self.takes_pickled:
            options.append("--pickled")
        return [sys.executable, "-m", "media.stems", "separate", *options, "--", str(self.source), str(self.folder)]


def separate(asked: Separation) -> list[Path]:
    """Do it, with a progress bar on standard error. Returns the files of the stems.

    Raises:
        MediaRefused: The file, the model or the folder was refused, or packages are missing; nothing was written.
    """
    stems = with_bar(asked.source.name, asked.command)["stems"]
    assert isinstance(stems, list)
    return [Path(str(stem)) for stem in stems]


def stretch(asked: Stretch) -> None:
    """Do it, with a progress bar on standard error.

    Raises:
        MediaRefused: The file, the engine or a value was refused; nothing was written.
    """
    with_bar(asked.target.name, asked.command)


def probe(path: Path) -> Mapping[str, object]:
    """What `media/inspection.py` finds in a file, with a progress bar on standard error.

    Raises:
        MediaRefused: It is no sound file that is played, or not there.
    """
    command = [sys.executable, "-m", "media.inspection", str(path)]
    found = with_bar(path.name, command)["found"]
    assert isinstance(found, dict)
    return found


def analyse(path: Path, picture: Path | None) -> Mapping[str, object]:
    """What `media/analysis/__main__.py` finds in a file, with a progress bar on standard error; draws `picture` if it is given.

    Raises:
        MediaRefused: It is no sound file that is played, or not there, or the picture cannot be written.
    """
    options = [] if picture is None else ["--plot", str(picture)]
    found = with_bar(path.name, [sys.executable, "-m", "media.analysis", *options, "--", str(path)])["found"]
    assert isinstance(found, dict)
    return found


def readable(found: Mapping[str, object]) -> list[tuple[str, str]]:
    """Names and values of `analyse` for people, beats and fingerprint summed up."""
    rows: list[tuple[str, str]] = []
    for name, value in found.items():
        match name, value:
            case "beats", list(beats):
                first = f", the first at {beats[0] / _FRAMES_PER_SECOND:.3f} s" if beats else ""
                rows.append((name, f"{len(beats)}{first}"))
            case "fingerprint", None:
                rows.append((name, "none: libchromaprint1 is not installed"))
            case "fingerprint", str(words):
                # Base64: four characters for three bytes, four bytes for a word.
                rows.append((name, f"{len(words) * 3 // 16} words"))
            case "audible_from" | "audible_until", int(frame):
                rows.append((name, f"{frame / _FRAMES_PER_SECOND:.3f} s"))
            case _, None | "":
                rows.append((name, "–"))
            case _, float(number):
                rows.append((name, f"{number:.2f}"))
            case _:
                rows.append((name, str(value)))
    return rows


def with_bar(label: str, command: Sequence[str]) -> Mapping[str, object]:
    """Run a media process with a progress bar on standard error; the last thing it said.

    Raises:
        MediaRefused: It refused.
    """
    with click.progressbar(length=_STEPS, label=label, file=sys.stderr) as bar:

        def on_position(position: float) -> None:
            bar.update(round(position * _STEPS) - bar.pos)

        said = trio.run(run_process, command, on_position)
        bar.update(_STEPS - bar.pos)
        return said


async def run_process(command: Sequence[str], on_position: Callable[[float], None]) -> Mapping[str, object]:
    """Run a media process and hand over its progress. Cancelled, it ends the process.

    Returns:
        The last thing it said besides its progress and refusals.

    Raises:
        MediaRefused: It refused, or ended without a word (``worker-died``).
    """
    refused: MediaRefused | None = None
    result: Mapping[str, object] = {}
    async with trio.open_nursery() as nursery:
        process: trio.Process = await nursery.start(
            partial(trio.run_process, command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False)
        )
        assert process.stdout is not None
        async for line in _lines(process.stdout):
            said = json.loads(line)
            if "code" in said:
                refused = MediaRefused(said["code"], said["reason"])
            elif "position" in said:
                on_position(said["position"])
            else:
                result = said
    if refused is not None:
        raise refused
    if process.returncode != 0:
        raise MediaRefused("worker-died", f"the media process ended with status {process.returncode}")
    return result


async def _lines(stream: trio.abc.ReceiveStream) -> AsyncIterator[bytes]:
    rest = b""
    async for received in stream:
        *lines, rest = (rest + received).split(b"\n")
        assert len(rest) <= _LONGEST_LINE
        for line in lines:
            yield line
