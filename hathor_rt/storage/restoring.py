"""Putting a backup back while a server may be running.

A backup is *staged* first: unpacked beside the database into ``restore-pending``, checked to the last byte, and there by one
rename, so that it is whole or not there. Whoever has the data folder to itself then *applies* it: the command line if no
server runs; a running server as soon as it sees it, after it has sent everybody away for a moment and closed its storage; a
server that was killed in between at its next start. Applying may be cut off anywhere and is then done again from the start.

The database that is replaced is always kept, under a name with the date.
"""

import fcntl
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
import trio
from sqlalchemy.exc import SQLAlchemyError

from hathor_rt.ids import random_id
from hathor_rt.refusals import BadSetting, Overloaded
from hathor_rt.storage.archive import DATABASE, Progress, unpack
from hathor_rt.storage.backup import check_copy, copy_database, database_file, put_back
from hathor_rt.storage.sql.engines import connect, database_url
from hathor_rt.storage.sql.generations import begin_generation
from hathor_rt.storage.sql.schema import bring_up_to_date
from sync.refusal import Refusal

PENDING: Final = "restore-pending"
_LAST: Final = "last-restore.json"
_LOCK: Final = "server.lock"
_SQLITE: Final = b"SQLite format 3\x00"
_POLL_SECONDS: Final = 0.25


class Restored(msgspec.Struct, frozen=True):
    """What became of a restore. `kept`: file name of the database that was replaced; `failure`: empty if it went well."""

    name: str
    at: str
    kept: str = ""
    failure: str = ""


@dataclass(frozen=True, slots=True)
class DataFolder:
    """Where a server's data lies. `url`: as for `open_sql`."""

    path: Path
    url: str

    @property
    def pending(self) -> Path:
        """The staged backup."""
        return self.path / PENDING

    def is_pending(self) -> bool:
        """Whether a backup is staged."""
        return self.pending.is_dir()

    def last(self) -> Restored | None:
        """What became of the latest restore."""
        try:
            return msgspec.json.decode((self.path / _LAST).read_bytes(), type=Restored)
        except (OSError, msgspec.MsgspecError):
            return None

    @contextmanager
    def held(self, *, alone: bool) -> Iterator[bool]:
        """Hold the folder: as one of several servers, or alone. False: it cannot be had now."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / _LOCK).open("a") as file:
            try:
                fcntl.flock(file, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True  # closing the file lets go


def stage(backup: Path, folder: DataFolder, progress: Progress) -> str:
    """Unpack and check `backup` (an archive, or a copy of the database alone) and leave it for whoever applies it. Blocks.

    Returns:
        The name by which `Restored` will tell what became of it.

    Raises:
        BadSetting: The database is not SQLite, or another backup is staged already.
        DamagedFile, NewerData: It is no backup, or none of this version. Nothing was changed.
        StorageFull, StorageDown: It cannot be unpacked.
    """
    database_file(folder.url, folder.path)
    if folder.is_pending():
        raise BadSetting(f"Another backup is waiting in {folder.pending}; start the server, or remove that folder.")
    folder.path.mkdir(parents=True, exist_ok=True)
    name = random_id(8)
    staging = folder.path / f".restore-{name}"
    try:
        if _is_database(backup):
            check_copy(backup)
            staging.mkdir(mode=0o700)
            copy_database(backup, staging / DATABASE)
        else:
            unpack(backup, staging, progress)
        check_copy(staging / DATABASE)
        (staging / "name").write_text(name)
        staging.rename(folder.pending)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return name


def apply(folder: DataFolder, now: Callable[[], datetime]) -> Restored:
    """Put the staged backup in place of the data. Blocks; the folder must be held alone.

    What cannot be done is told, and leaves the data as they were: a server goes on with them.
    """
    at = now().astimezone(UTC)
    name = (folder.pending / "name").read_text()
    try:
        restored = Restored(name, at.isoformat(), _apply(folder, at))
    except (Refusal, OSError, SQLAlchemyError, sqlite3.Error) as error:
        reason = error.reason if isinstance(error, Refusal) else f"{error}"
        restored = Restored(name, at.isoformat(), failure=reason)
    (folder.path / _LAST).write_bytes(msgspec.json.encode(restored))
    done = folder.path / f".restored-{name}"
    folder.pending.rename(done)
    shutil.rmtree(done, ignore_errors=True)
    return restored


def _apply(folder: DataFolder, at: datetime) -> str:
    copy = folder.pending / DATABASE
    url = database_url(f"sqlite:///{copy}", folder.path)
    engines = connect(url)
    try:
        bring_up_to_date(engines, url)
        with engines.writer.begin() as connection:
            begin_generation(connection, max(int(at.timestamp()), _generation(folder) + 1))
    finally:
        engines.dispose()
    # Files first: a cover that no row names does no harm, a row whose cover is missing does.
    for kept in ("blobs", "tls"):
        _bring(folder.pending / kept, folder.path / kept)
    former = put_back(copy, database_file(folder.url, folder.path), at)
    return "" if former is None else former.name


def _generation(folder: DataFolder) -> int:
    """That of the data that are replaced: two backups may be put back within a second."""
    try:
        with closing(
            sqlite3.connect(f"{database_file(folder.url, folder.path).resolve().as_uri()}?mode=ro", uri=True)
        ) as db:
            return int(db.execute("SELECT max(generation) FROM generations").fetchone()[0] or 0)
    except sqlite3.Error:  # there is none, or it is of a version before generations
        return 0


def _bring(source: Path, target: Path) -> None:
    """Copy files that are not there. Blobs never change; keys that are there are those that devices trust now."""
    for path in source.rglob("*"):
        goal = target / path.relative_to(source)
        if path.is_file() and not goal.exists():
            goal.parent.mkdir(parents=True, exist_ok=True)
            partial = goal.with_name(f".{goal.name}.partial")
            shutil.copyfile(path, partial)
            partial.chmod(path.stat().st_mode)
            partial.replace(goal)


def _is_database(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            return opened.read(len(_SQLITE)) == _SQLITE
    except OSError:
        return False


async def apply_if_pending(folder: DataFolder, *, patience_seconds: float) -> Restored | None:
    """Apply a staged backup as soon as the folder can be had alone; None if there is none (any more).

    Raises:
        Overloaded: Another process serves this folder and does not stop.
    """
    deadline = trio.current_time() + patience_seconds
    while folder.is_pending():
        with folder.held(alone=True) as is_ours:
            if is_ours and folder.is_pending():
                return await trio.to_thread.run_sync(apply, folder, lambda: datetime.now(UTC))
        if trio.current_time() > deadline:
            raise Overloaded("another server uses this data folder; stop it, then the waiting backup can be put back")
        await trio.sleep(_POLL_SECONDS)
    return None


async def wait_until_pending(folder: DataFolder) -> None:
    """Return once a backup is staged."""
    while not folder.is_pending():  # noqa: ASYNC110  # another process makes it
        await trio.sleep(_POLL_SECONDS)
