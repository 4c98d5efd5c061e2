"""Which models there are: here, and elsewhere for whoever accepts their licence."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from media.problem import MediaProblem
from media.stem_models import OUR_FOLDER
from media.stems.model_file import read_model

_KINDS: Final = (".safetensors", ".th", ".yaml")


@dataclass(frozen=True, slots=True)
class Remote:
    """A model that can be fetched.

    Attributes:
        name: What it is called here afterwards.
        url: Where it is.
        megabytes: How large it is about; a file of twice that is refused.
        sha256: Hexadecimal; empty where nobody has published it.
        licence: What whoever fetches it has to know.
    """

    name: str
    url: str
    megabytes: int
    sha256: str
    licence: str


_RESEARCH: Final = (
    "The weights are published by the authors of Demucs (Meta Platforms and A. Défossez), who say that the licence of the code, "
    "MIT, does not cover them: they were trained on recordings under other licences and are provided for research alone "
    "(github.com/facebookresearch/demucs, issue 327). Whether you may use them for what you have in mind is yours to find out."
)
REMOTES: Final = (
    Remote(
        "htdemucs", "https://huggingface.co/adefossez/HTDemucs/resolve/main/955717e8.safetensors", 84, "", _RESEARCH
    ),
    Remote(
        "htdemucs_6s",
        "https://huggingface.co/adefossez/HTDemucs-6s/resolve/main/5c90dfd2.safetensors",
        55,
        "",
        _RESEARCH,
    ),
)
"""No checksum of these has been published; what was fetched is told by its own, and every one is read without pickle."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A model by name.

    Attributes:
        name: For `media.stems.folder.open_separator`.
        state: ``own`` comes with the program, ``there`` lies in the folder, ``fetchable`` does not yet.
        megabytes: On disk, or about.
        about: What its file says of itself, what is wrong with it, or its licence.
    """

    name: str
    state: Literal["own", "there", "fetchable"]
    megabytes: float
    about: str


def listed(folder: Path, remotes: Iterable[Remote] = REMOTES) -> list[Listed]:
    """All models that can be named, those in `folder` first. Loads no torch."""
    found: list[Listed] = []
    for place, state in ((folder, "there"), (OUR_FOLDER, "own")):
        for path in sorted(place.glob("*")):
            name = _name(path)
            if path.suffix in _KINDS and name not in [each.name for each in found]:
                found.append(
                    Listed(name, "there" if state == "there" else "own", path.stat().st_size / 1e6, _about(path))
                )
    there = {each.name for each in found}
    found += [
        Listed(each.name, "fetchable", each.megabytes, each.licence) for each in remotes if each.name not in there
    ]
    return found


def _name(path: Path) -> str:
    name, dash, checksum = path.stem.rpartition("-")
    return name if dash and len(checksum) == 8 and path.suffix != ".yaml" else path.stem


def _about(path: Path) -> str:
    if path.suffix == ".yaml":
        return "a bag of models"
    if path.suffix == ".th":
        return "a pickle: needs --pickled"
    try:
        description, _ = read_model(path)
    except MediaProblem as problem:
        return f"{problem.code}: {problem.reason}"
    told = ", ".join(f"{name}: {value}" for name, value in description.told.items() if name not in ("name", "format"))
    return f"{description.klass}{', ' if told else ''}{told}"
