"""Which files the name of a separation model stands for. Free of numpy and torch, so the server may import it.

``NAME.yaml`` is a bag that names other models, ``NAME.safetensors`` a model, ``NAME.th`` a pickled one; behind the name of a
model may stand a dash and the first eight digits of its SHA-256. The operator's folder goes before what comes with the program.
"""

import hashlib
import re
from functools import lru_cache
from pathlib import Path
from typing import Final

from media.problem import MediaProblem

OUR_FOLDER: Final = Path(__file__).parent / "stems"
"""Where models lie that come with the program."""
OUR_MODEL: Final = "hathor-tiny"
"""The one that does; `media/stems/training.py` makes it."""
MOST_SECONDS: Final = 1800
"""Longest recording that a server separates: half an hour is 2.8 GB on the way."""

OUR_ORIGIN: Final = "It comes with Hathor RT and has heard music composed by it alone: recordings it separates by luck."
"""What whoever hears stems of our model has to know."""
FOREIGN_ORIGIN: Final = (
    "The operator brought its weights, under the licence of whoever made them. Those that the authors of Demucs publish are, by "
    "their word, not under the licence of its code and for research alone."
)
"""What whoever hears stems of any other has to know."""
GPU_DEVICES: Final = (Path("/dev/nvidiactl"), Path("/dev/dxg"))
"""Kernel interfaces of the NVIDIA driver: native Linux, Windows Subsystem for Linux."""

_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
_CHECKSUM: Final = re.compile(r"-[0-9a-f]{8}$")
_IDENTITY_DIGITS: Final = 16


def model_path(name: str, folder: Path) -> Path:
    """The file that `name` stands for: a bag before a model, a model before a pickle.

    Args:
        name: Of a model.
        folder: The operator's.

    Raises:
        MediaProblem: ``model-missing``.
    """
    if not _NAME.fullmatch(name):
        raise MediaProblem("model-missing", f"{name!r} is no name of a model")
    bag = folder / f"{name}.yaml"
    candidates = [
        bag if bag.exists() else None,
        _file(folder, name, ".safetensors"),
        _file(OUR_FOLDER, name, ".safetensors"),
        _file(folder, name, ".th"),
    ]
    for path in candidates:
        if path is not None:
            return path
    raise MediaProblem(
        "model-missing", f"there is no model {name} in {folder}; `hathor models list` names those there are"
    )


def model_origin(name: str, folder: Path) -> str:
    """Where the model called `name` comes from, for people. Raises `MediaProblem`: ``model-missing``."""
    return OUR_ORIGIN if model_path(name, folder).parent == OUR_FOLDER else FOREIGN_ORIGIN


def model_identity(name: str, folder: Path) -> str:
    """``NAME@DIGITS``: another one whenever a file of the model is another.

    Reads all its files, once as long as they stay what they are.

    Raises:
        MediaProblem: ``model-missing``.
    """
    path = model_path(name, folder)
    files = [path, *_members(path)] if path.suffix == ".yaml" else [path]
    digest = hashlib.sha256()
    try:
        for each in files:
            status = each.stat()
            digest.update(_digest(each, status.st_size, status.st_mtime_ns))
    except OSError as error:
        raise MediaProblem("model-missing", f"{path.name} cannot be read: {error.strerror}") from error
    return f"{name}@{digest.hexdigest()[:_IDENTITY_DIGITS]}"


def _file(folder: Path, name: str, suffix: str) -> Path | None:
    exact = folder / f"{name}{suffix}"
    return exact if exact.exists() else next(iter(sorted(folder.glob(f"{name}-????????{suffix}"))), None)


def _members(bag: Path) -> list[Path]:
    """The models beside `bag` that its text mentions: what it means needs a reader of YAML, which the server has not."""
    text = bag.read_text(errors="replace")
    return [
        path
        for path in sorted(bag.parent.iterdir())
        if path.suffix in (".safetensors", ".th") and _CHECKSUM.sub("", path.stem) in text
    ]


@lru_cache(maxsize=64)
def _digest(path: Path, size: int, changed_ns: int) -> bytes:
    del size, changed_ns  # a file with others is read again
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
