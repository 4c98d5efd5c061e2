"""`hathor models …`: what separates stems. Asked of a process of its own, for this one never loads numpy."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import click
import msgspec
import trio

from hathor_rt.cli.media import run_process, with_bar
from hathor_rt.config import Config


class Listed(msgspec.Struct, frozen=True):
    """A model; see `media/stems/listing.py`."""

    name: str
    state: Literal["own", "there", "fetchable"]
    megabytes: float
    about: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """A model that is here now."""

    path: Path
    sha256: str


def models_folder(config: Config) -> Path:
    """Where the operator's models lie."""
    return config.data / "models"


def listed(config: Config) -> list[Listed]:
    """Every model that can be named.

    Raises:
        MediaRefused: The process that looks died.
    """
    said = trio.run(run_process, _command(config, "list"), _unheard)
    return msgspec.convert(said["models"], list[Listed])


def fetch(config: Config, name: str) -> Fetched:
    """Fetch the model called `name`, with a progress bar on standard error.

    Raises:
        MediaRefused: It does not come, or is not what it should be; nothing is kept then.
    """
    said = with_bar(name, _command(config, "fetch", name))
    return Fetched(Path(str(said["model"])), str(said["sha256"]))


def tell(models: list[Listed]) -> None:
    """Print one a line."""
    words = {"own": "comes with the program", "there": "in the folder of models", "fetchable": "hathor models fetch"}
    for each in models:
        click.echo(f"{each.name:<16} {each.megabytes:6.1f} MB  {words[each.state]}")
        if each.state != "fetchable":
            click.echo(f"{'':<16} {each.about}")


def _command(config: Config, action: str, *words: str) -> list[str]:
    return [sys.executable, "-m", "media.stems", action, f"--models={models_folder(config)}", *words]


def _unheard(_: float) -> None:
    """A list has no progress."""
