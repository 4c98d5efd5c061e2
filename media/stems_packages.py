"""Installs what only stems need, beside the running server: nobody waits for it, and no GPU build comes without a GPU.

``make run`` starts it in the background. It waits until the server answers, asks pip what it would install, refuses packages
for a GPU that is not there, installs exactly the files that pip named, and writes a stamp so that the next start has nothing
to do. It ends when the server does.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Final

import msgspec
import trio

from media.stem_models import GPU_DEVICES

# What the builds for NVIDIA hardware bring along; 2.5 GB of it.
GPU_PREFIXES: Final = ("nvidia-", "cuda-", "triton")
LOOK_SECONDS: Final = 0.5
# Sound comes first: installing may take its time.
NICENESS: Final = 10

HOW_TO_CHOOSE: Final = """\
Stems are not installed: pip would bring {names}, for a GPU that this machine does not have.
Point pip at the CPU build of torch and start again: download that wheel from PyTorch's own site into a folder and set
PIP_FIND_LINKS to the folder, or set PIP_EXTRA_INDEX_URL to PyTorch's index for CPUs. Everything else works without stems
(`make run STEMS=0` stops asking).
"""


class NotInstalled(Exception):
    """Why stems stay unavailable, in sentences for the person who started the server."""


class _Archive(msgspec.Struct, frozen=True):
    """PEP 610 calls `hash` ("sha256=…") obsolete; pip 23 writes nothing else for a file in a folder of wheels."""

    hashes: dict[str, str] = {}
    hash: str = ""


class _Download(msgspec.Struct, frozen=True):
    archive_info: _Archive = _Archive()

    @property
    def sha256(self) -> str:
        """Hexadecimal, empty if pip does not know it."""
        digest = self.archive_info.hashes.get("sha256", "")
        kind, _, older = self.archive_info.hash.partition("=")
        return digest or (older if kind == "sha256" else "")


class _Metadata(msgspec.Struct, frozen=True):
    name: str
    version: str


class _Item(msgspec.Struct, frozen=True):
    metadata: _Metadata
    download_info: _Download


class _Report(msgspec.Struct, frozen=True):
    """The part of pip's installation report (its version 1) that is used."""

    install: list[_Item]


@dataclass(frozen=True, slots=True)
class Package:
    """One file that pip would install. `sha256` is hexadecimal, empty if pip does not know it."""

    name: str
    version: str
    sha256: str


def packages_of(report: bytes) -> tuple[Package, ...]:
    """What a report of ``pip install --dry-run --report`` says would be installed. Raises `msgspec.DecodeError`."""
    return tuple(
        Package(each.metadata.name, each.metadata.version, each.download_info.sha256)
        for each in msgspec.json.decode(report, type=_Report).install
    )


def for_gpu(packages: Sequence[Package]) -> tuple[str, ...]:
    """Names of those that are of use with a GPU only."""
    return tuple(each.name for each in packages if each.name.lower().replace("_", "-").startswith(GPU_PREFIXES))


def locked(packages: Sequence[Package]) -> str:
    """A requirements file that names exactly these files. Raises `NotInstalled` when one of them has no hash."""
    unknown = [each.name for each in packages if not each.sha256]
    if unknown:
        raise NotInstalled(f"Stems are not installed: pip gives no hash for {', '.join(unknown)}.\n")
    return "".join(f"{each.name}=={each.version} --hash=sha256:{each.sha256}\n" for each in packages)


def has_gpu() -> bool:
    """Whether an NVIDIA driver runs on this machine."""
    return any(device.exists() for device in GPU_DEVICES)


@dataclass(frozen=True, slots=True)
class Installation:
    """How to install: the list, the commands, where its words go.

    Attributes:
        requirements: List of pinned packages.
        stamp: Written at the end; newer than `requirements` it says that there is nothing to do.
        log: Takes what pip says, appended.
        pip: Command line of pip.
        probe: Command line that succeeds if the packages can be used.
        has_gpu: Whether packages for a GPU are welcome.
    """

    requirements: Path
    stamp: Path
    log: Path
    pip: Sequence[str]
    probe: Sequence[str]
    has_gpu: bool

    @property
    def is_done(self) -> bool:
        """Whether an earlier run has installed this very list."""
        return self.stamp.exists() and self.stamp.stat().st_mtime >= self.requirements.stat().st_mtime

    async def run(self) -> None:
        """Install. Cancelling ends pip; the next run mends what it left.

        Raises:
            NotInstalled: Nothing was installed, or it cannot be used.
        """
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as folder, self.log.open("ab") as log:
            try:
                await self._install(Path(folder), log)
            except NotInstalled as reason:
                log.write(str(reason).encode())
                raise
        self.stamp.parent.mkdir(parents=True, exist_ok=True)
        self.stamp.touch()

    async def _install(self, folder: Path, log: IO[bytes]) -> None:
        report = folder / "report.json"
        asking = ("--dry-run", "--quiet", "--report", str(report), "-r", str(self.requirements))
        await self._pip(log, *asking)
        packages = packages_of(report.read_bytes())
        needless = for_gpu(packages)
        if needless and not self.has_gpu:
            raise NotInstalled(HOW_TO_CHOOSE.format(names=_listed(needless)))
        if packages:
            chosen = folder / "chosen.txt"
            chosen.write_text(locked(packages))
            await self._pip(log, "--no-deps", "--require-hashes", "-r", str(chosen))
        if await self._works(log):
            return
        # An installation that was interrupted looks complete to pip.
        await self._pip(log, "--no-deps", "--force-reinstall", "-r", str(self.requirements))
        if not await self._works(log):
            raise NotInstalled(f"Stems are not available: torch does not load; {self.log} says why.\n")

    async def _pip(self, log: IO[bytes], *arguments: str) -> None:
        if not await _succeeds((*self.pip, "install", "--disable-pip-version-check", *arguments), log):
            raise NotInstalled(f"Stems are not installed: pip failed; {self.log} says why. Everything else works.\n")

    async def _works(self, log: IO[bytes]) -> bool:
        return await _succeeds(self.probe, log)


async def _succeeds(command: Sequence[str], log: IO[bytes]) -> bool:
    log.flush()
    done = await trio.run_process(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False)
    return done.returncode == 0


def _listed(names: Sequence[str], most: int = 3) -> str:
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more packages" if rest > 0 else "")


async def until_answered(url: str) -> None:
    """Wait until something answers HTTP at `url`, be it with an error."""
    while not await trio.to_thread.run_sync(_answers, url):  # noqa: ASYNC110  # another process sets no event
        await trio.sleep(LOOK_SECONDS)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):  # noqa: S310  # the address of the server that started us
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


async def until_gone(process_id: int) -> None:
    """Wait until there is no such process any more."""
    while _exists(process_id):  # noqa: ASYNC110  # another process sets no event
        await trio.sleep(LOOK_SECONDS)


def _exists(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def health_url(host: str, port: int) -> str:
    """Where a server that listens on `host` (empty: the default, loopback) answers on this machine."""
    if host in ("", "0.0.0.0", "::"):  # noqa: S104  # every address, so loopback, too
        host = "localhost"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/healthz"


async def install_beside(installation: Installation, server: int, url: str) -> str:
    """Wait for the server at `url`, install, and stop early when asked to or when the process `server` is gone.

    Returns:
        What to tell the person who started it; empty if all went well or it was stopped.
    """
    words = ""
    async with trio.open_nursery() as nursery:

        async def end_after(wait: Callable[[], Awaitable[None]]) -> None:
            await wait()
            nursery.cancel_scope.cancel()

        nursery.start_soon(end_after, partial(until_gone, server))
        nursery.start_soon(end_after, _until_told)
        await until_answered(url)
        try:
            await installation.run()
        except NotInstalled as reason:
            words = str(reason)
        nursery.cancel_scope.cancel()
    return words


async def install_now(installation: Installation) -> str:
    """Install without a server to wait for. Returns what to tell the person who asked; empty if all went well."""
    try:
        await installation.run()
    except NotInstalled as reason:
        return str(reason)
    return ""


async def _until_told() -> None:
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            return


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Returns its exit status: 0 also when it was stopped, 1 when stems stay unavailable."""
    parser = argparse.ArgumentParser(prog="python -m media.stems_packages", description=__doc__)
    parser.add_argument("--beside", type=int, metavar="PID", help="process of the server; end with it; none: at once")
    parser.add_argument("--host", default="", help="address that the server listens on; empty: its default")
    parser.add_argument("--port", type=int, default=0, help="port of the server; 0: unknown, so nothing is done")
    parser.add_argument("--requirements", type=Path, default=Path("requirements/stems.txt"))
    parser.add_argument("--stamp", type=Path, default=Path(".make/stems"))
    parser.add_argument("--log", type=Path, default=Path("var/stems-install.log"))
    chosen = parser.parse_args(arguments)
    installation = Installation(
        chosen.requirements,
        chosen.stamp,
        chosen.log,
        pip=(sys.executable, "-m", "pip"),
        probe=(sys.executable, "-c", "import torch, demucs.htdemucs; torch.zeros(2).sum()"),
        has_gpu=has_gpu(),
    )
    if installation.is_done:
        return 0
    if chosen.beside is None:
        words = trio.run(install_now, installation)
    elif chosen.port == 0:
        return 0
    else:
        os.nice(NICENESS)
        words = trio.run(install_beside, installation, chosen.beside, health_url(chosen.host, chosen.port))
    sys.stderr.write(words)
    return 1 if words else 0


if __name__ == "__main__":
    sys.exit(main())
