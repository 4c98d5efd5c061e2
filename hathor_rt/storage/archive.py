"""A backup as one file: a tar of the database, the covers and the authority's keys, led by a manifest with checksums.

========================  =====================================================================================
member                    what it is
========================  =====================================================================================
``manifest.json``         first; format, version of program and tables, when it was made, size and SHA-256 of each file
``hathor.db``             the database, of one instant; the server's secrets are in it
``blobs/<2>/<digest>``    covers, as in the data folder
``tls/<name>``            the local authority, so that devices that trust it go on trusting a server put up anew
========================  =====================================================================================

Caches are left out, for they can be made again. The file is for its owner's eyes: whoever has it can be the server.
"""

import errno
import hashlib
import os
import re
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import IO, Final

import msgspec

from hathor_rt.refusals import BadSetting, DamagedFile, NewerData, StorageDown, StorageFull
from sync.units import Micros

FORMAT: Final = 1
DATABASE: Final = "hathor.db"

_MANIFEST: Final = "manifest.json"
_LONGEST_MANIFEST: Final = 64 << 20
_MEMBER: Final = re.compile(r"hathor\.db|blobs/[0-9a-f]{2}/[0-9a-f]{64}|tls/[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")
_KEPT_FOLDERS: Final = ("blobs", "tls")
_PIECE_BYTES: Final = 1 << 20
# Nobody but the owner may read keys.
_MODE: Final = 0o600

Progress = Callable[[int, int], None]
"""Told bytes done and bytes to do, of all reading; from the thread that does it."""


class _File(msgspec.Struct, frozen=True):
    byte_count: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """What an archive says of itself."""

    format: int
    software: str
    made_utc: Micros
    files: Mapping[str, _File]


def pack(target: Path, database: Path, data: Path, made_utc: Micros, progress: Progress) -> Manifest:
    """Write the new archive `target`. Blocks.

    Args:
        target: Complete and fsynced when this returns, not there if it raises.
        database: A copy of the database that nobody writes to.
        data: The data folder, whose covers and keys are taken along.
        made_utc: When the copy was taken.
        progress: Told how far it is.

    Raises:
        BadSetting: `target` exists.
        StorageFull, StorageDown: It could not be written.
    """
    if target.exists():
        raise BadSetting(f"{target} exists already; a backup never overwrites a file.")
    partial = target.with_name(f".{target.name}.partial")
    with _failures_told(f"The backup {target.name} cannot be written"):
        try:
            manifest = _write(partial, dict(_sources(database, data)), made_utc, progress)
            # Unlike a rename, a link fails if somebody made the file meanwhile.
            os.link(partial, target)
        finally:
            partial.unlink(missing_ok=True)
        _sync(target.parent)
    return manifest


def unpack(archive: Path, folder: Path, progress: Progress) -> Manifest:
    """Write everything in `archive` into the new folder `folder`, each file checked. Blocks.

    Raises:
        DamagedFile: It is no archive of Hathor RT, or is damaged.
        NewerData: A newer version of the program wrote it.
        StorageFull, StorageDown: `folder` cannot be written.
    """
    try:
        with archive.open("rb") as file, tarfile.open(fileobj=file, mode="r:") as tar:
            manifest = _read_manifest(tar)
            with _failures_told(f"The backup cannot be unpacked to {folder.name}"):
                folder.mkdir(mode=0o700)
                _extract(tar, manifest, folder, progress)
    except (tarfile.TarError, EOFError, msgspec.MsgspecError) as error:
        raise DamagedFile(f"{archive.name} is no complete backup of Hathor RT: {error}") from error
    except OSError as error:
        raise DamagedFile(f"{archive.name} cannot be read: {error.strerror}") from error
    return manifest


def _sources(database: Path, data: Path) -> Iterator[tuple[str, Path]]:
    yield DATABASE, database
    for name in _KEPT_FOLDERS:
        for path in sorted((data / name).rglob("*")):
            member = path.relative_to(data).as_posix()
            if _MEMBER.fullmatch(member) and path.is_file() and not path.is_symlink():
                yield member, path


def _write(partial: Path, sources: Mapping[str, Path], made_utc: Micros, progress: Progress) -> Manifest:
    total = 2 * sum(path.stat().st_size for path in sources.values())
    done = _Count(total, progress)
    files = {}
    for member, path in sources.items():
        with path.open("rb") as file:
            files[member] = _copy(file, None, done)
    manifest = Manifest(FORMAT, version("hathor-rt"), made_utc, files)
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
    with os.fdopen(descriptor, "wb") as raw:
        with tarfile.open(fileobj=raw, mode="w:", format=tarfile.PAX_FORMAT) as tar:
            told = msgspec.json.format(msgspec.json.encode(manifest))
            tar.addfile(_member(_MANIFEST, len(told), made_utc), BytesIO(told))
            for member, path in sources.items():
                with path.open("rb") as file:
                    tar.addfile(_member(member, files[member].byte_count, made_utc), file)
                done.add(files[member].byte_count)
        raw.flush()
        os.fsync(raw.fileno())
    return manifest


def _member(name: str, byte_count: int, made_utc: Micros) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = byte_count, _MODE, made_utc // 1_000_000
    return member


def _read_manifest(tar: tarfile.TarFile) -> Manifest:
    first = tar.next()
    if first is None or first.name != _MANIFEST or not first.isreg() or first.size > _LONGEST_MANIFEST:
        raise tarfile.ReadError("it does not begin with a manifest")
    told = _opened(tar, first).read()
    # What a newer program says beside its format is for itself to understand.
    if msgspec.json.decode(told, type=_Format).format > FORMAT:
        raise NewerData("The backup was made by a newer Hathor RT than this one.")
    manifest = msgspec.json.decode(told, type=Manifest)
    if DATABASE not in manifest.files or not all(_MEMBER.fullmatch(name) for name in manifest.files):
        raise tarfile.ReadError("its manifest names other files than a backup has")
    return manifest


class _Format(msgspec.Struct, frozen=True):
    format: int


def _extract(tar: tarfile.TarFile, manifest: Manifest, folder: Path, progress: Progress) -> None:
    done = _Count(sum(file.byte_count for file in manifest.files.values()), progress)
    missing = set(manifest.files)
    while (member := tar.next()) is not None:
        # Names are of a closed form, so none can lead out of the folder; links and the like are never followed.
        if member.name not in missing or not member.isreg():
            raise tarfile.ReadError(f"{member.name} is not in its manifest, or there twice")
        missing.remove(member.name)
        target = folder / member.name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE), "wb") as file:
            found = _copy(_opened(tar, member), file, done)
            file.flush()
            os.fsync(file.fileno())
        if found != manifest.files[member.name]:
            raise tarfile.ReadError(f"{member.name} is not what its manifest says")
    if missing:
        raise tarfile.ReadError(f"{len(missing)} files are missing, {min(missing)} among them")


def _opened(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    file = tar.extractfile(member)
    assert file is not None, "a regular member has content"
    return file


def _copy(source: IO[bytes], target: IO[bytes] | None, done: "_Count") -> _File:
    """Read to the end, and write it somewhere if asked to; what it was."""
    digest, byte_count = hashlib.sha256(), 0
    while piece := source.read(_PIECE_BYTES):
        digest.update(piece)
        byte_count += len(piece)
        if target is not None:
            target.write(piece)
        done.add(len(piece))
    return _File(byte_count, digest.hexdigest())


class _Count:
    def __init__(self, total: int, progress: Progress) -> None:
        self._done = 0
        self._total = total
        self._progress = progress

    def add(self, byte_count: int) -> None:
        self._done += byte_count
        self._progress(self._done, self._total)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _failures_told(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull(f"{what}: the disk is full.") from error
        raise StorageDown(f"{what}: {error.strerror}") from error
