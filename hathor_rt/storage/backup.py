"""Consistent copies of the SQLite database, taken while the server runs, and putting one back.

PostgreSQL brings better tools of its own (``pg_dump``, base backups), so its databases are refused here.
"""

import os
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Final

import trio

from hathor_rt.refusals import BadSetting, DamagedFile, NewerData, StorageDown, StorageFull
from hathor_rt.storage.flushing import flush_folder
from hathor_rt.storage.sql.engines import database_url
from hathor_rt.storage.sql.revisions import NEWEST, REVISIONS

# Another connection may hold the file for as long as its transaction; scans commit well under a second.
_BUSY_SECONDS: Final = 5.0


async def backup(url: str, data_folder: Path, target: Path) -> None:
    """Copy the database to the new file `target`; whoever reads or writes meanwhile is not disturbed.

    Args:
        url: As for `open_sql`; empty is the database in `data_folder`.
        data_folder: As for `open_sql`.
        target: Complete and fsynced when this returns, not there if it raises.

    Raises:
        BadSetting: The database is not SQLite, or `target` exists.
        StorageFull: No room for the copy.
        StorageDown: The database cannot be read.
    """
    source = database_file(url, data_folder)
    await trio.to_thread.run_sync(copy_database, source, target)


def check_copy(copy: Path) -> None:
    """Whether `copy` is a whole database that this program can bring up to date. Blocks.

    Raises:
        NewerData: It was written by a newer version of the program.
        DamagedFile: It is no database of Hathor RT, or is damaged.
    """
    version = _version_of(copy)
    if version not in REVISIONS:
        raise NewerData(f"The backup has version {version}, this program knows versions up to {NEWEST}.")


def put_back(copy: Path, database: Path, at: datetime) -> Path | None:
    """Put the contents of `copy`, which must be checked, in place of `database`. Blocks; nobody may be using it.

    Args:
        copy: A database.
        database: Made if it is not there.
        at: Names the copy of what is replaced.

    Returns:
        Where the database that was replaced is kept; None if there was none.

    Raises:
        StorageFull: No room.
        StorageDown: The database is in use.
    """
    kept = None
    if database.exists():
        kept = database.with_name(f"{database.stem}-replaced-{at:%Y%m%dT%H%M%SZ}{database.suffix}")
        number = 1
        while kept.exists():
            number += 1
            kept = kept.with_name(f"{database.stem}-replaced-{at:%Y%m%dT%H%M%SZ}-{number}{database.suffix}")
        copy_database(database, kept)
    database.parent.mkdir(parents=True, exist_ok=True)
    # Through SQLite rather than by renaming files: a write-ahead log that lies beside the database would be applied to
    # whatever file has its name. It is one transaction: cut off, it leaves the database as it was.
    _copy_into(copy, database)
    return kept


def backup_before(revision: str, database: Path) -> Path:
    """Copy `database` to ``hathor-before-<revision>-<n>.db`` beside it and return that path. Blocks."""
    number = 1
    while (target := database.with_name(f"{database.stem}-before-{revision}-{number}{database.suffix}")).exists():
        number += 1
    copy_database(database, target)
    return target


def copy_database(source: Path, target: Path) -> None:
    """Copy one SQLite file to another that does not exist yet. Blocks. Raises as `backup` does."""
    if target.exists():
        raise BadSetting(f"{target} exists already; a backup never overwrites a file.")
    partial = target.with_name(f".{target.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        _copy_into(source, partial)
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        partial.rename(target)
        flush_folder(target.parent)
    finally:
        partial.unlink(missing_ok=True)


def _copy_into(source: Path, target: Path) -> None:
    try:
        with (
            closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True, timeout=_BUSY_SECONDS)) as origin,
            closing(sqlite3.connect(target, timeout=_BUSY_SECONDS)) as copy,
        ):
            # All pages in one step: the copy is of one instant even if others write.
            origin.backup(copy)
            # A file by itself, readable from a medium that cannot be written; opening it for service brings the
            # write-ahead log back.
            copy.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL:
            raise StorageFull(f"There is no room for {target.name}.") from error
        raise StorageDown(f"Copying {source.name} to {target.name} failed: {error}") from error


def _version_of(copy: Path) -> str:
    try:
        with closing(sqlite3.connect(f"{copy.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            damage = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            version = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        raise DamagedFile(f"{copy.name} is no backup of Hathor RT: {error}") from error
    if damage != "ok" or version is None:
        raise DamagedFile(f"{copy.name} is no complete backup of Hathor RT: {damage}")
    return str(version[0])


def database_file(url: str, data_folder: Path) -> Path:
    """The file of the database that `open_sql` would open. Raises `BadSetting`: it is not SQLite."""
    parsed = database_url(url, data_folder)
    if parsed.get_backend_name() != "sqlite" or parsed.database is None:
        raise BadSetting(
            "Only SQLite databases are copied here. For PostgreSQL: pg_dump --format=custom DATABASE > FILE copies it"
            " while the server runs, pg_restore --clean puts it back while it does not; keep the folder"
            f" {data_folder / 'blobs'} with it."
        )
    return Path(parsed.database)
