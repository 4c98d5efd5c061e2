"""Walking a music folder: which sound files are there, without opening any of them."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# What a library may hold; other files are not looked at.
SOUND_SUFFIXES: Final = frozenset(
    {".mp3", ".m4a", ".m4b", ".mp4", ".flac", ".ogg", ".oga", ".opus", ".wav", ".aif", ".aiff"}
)


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A sound file as the file system tells of it."""

    path: str
    byte_count: int
    modified_ns: int


@dataclass(frozen=True, slots=True)
class Walk:
    """What was found. `refused` are names that cannot be kept, with the reason."""

    files: tuple[FoundFile, ...]
    refused: tuple[tuple[str, str], ...]


def walk(root: Path) -> Walk:
    """Every sound file under `root` (or `root` itself), in the order of their paths. Blocking; follows no links to folders.

    Folders that may not be read are refused by name, their neighbours are walked all the same.
    """
    files: list[FoundFile] = []
    refused: list[tuple[str, str]] = []

    def on_error(error: OSError) -> None:
        refused.append((str(error.filename), error.strerror or "cannot be read"))

    if root.is_file():
        _look_at(root, files, refused)
    for folder, subfolders, names in os.walk(root, onerror=on_error):
        subfolders.sort()
        for name in sorted(names):
            if os.path.splitext(name)[1].lower() in SOUND_SUFFIXES and not name.startswith("."):  # noqa: PTH122 - 50 000 Paths cost
                _look_at(Path(folder, name), files, refused)
    return Walk(tuple(files), tuple(refused))


def _look_at(path: Path, files: list[FoundFile], refused: list[tuple[str, str]]) -> None:
    shown = os.fsencode(path).decode("utf-8", "replace")
    try:
        str(path).encode("utf-8")
        status = path.stat()
    except UnicodeEncodeError:
        refused.append((shown, "its name is not valid UTF-8: rename the file"))
    except OSError as error:
        refused.append((shown, error.strerror or "cannot be read"))
    else:
        if stat.S_ISREG(status.st_mode):
            files.append(FoundFile(str(path), status.st_size, status.st_mtime_ns))
        else:  # opening a pipe waits for somebody who writes into it
            refused.append((shown, "it is not a regular file"))
