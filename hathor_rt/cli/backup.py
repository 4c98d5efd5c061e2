"""`hathor backup` and `hathor restore`: the data of a server as one file, while it runs or not."""

import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click
import trio

from hathor_rt.config import Config
from hathor_rt.refusals import BadSetting, StorageDown
from hathor_rt.storage.archive import pack
from hathor_rt.storage.backup import backup as copy_database
from hathor_rt.storage.backup import database_file
from hathor_rt.storage.restoring import DataFolder, Restored, apply_if_pending, stage
from sync.units import Micros

# A server looks for a staged backup four times a second, lets its rooms go for a second, and opens anew.
_SERVER_SECONDS: Final = 60
_POLL_SECONDS: Final = 0.25


def backup(config: Config, target: Path | None) -> Path:
    """Copy the data into one new file and return its path.

    Args:
        config: Says where the data are.
        target: The file, or a folder that is there; None: ``backups`` in the data folder.

    Raises:
        BadSetting: The file exists, or the database is not SQLite.
        StorageFull, StorageDown: It cannot be written, or the data not be read.
    """
    at = datetime.now(UTC)
    file = _target(config, target, at)
    if file.exists():
        raise BadSetting(f"{file} exists already; a backup never overwrites a file.")
    # Before anything is made for it: this says what to use instead where the database is another.
    source = database_file(config.database_url, config.data)
    if not source.exists():
        raise StorageDown(f"There is no database in {config.data} yet; nothing to back up.")
    if not file.parent.is_dir():
        raise BadSetting(f"There is no folder {file.parent}.")
    # Beside the target: the copy may be larger than the memory that /tmp is on many machines.
    folder = Path(tempfile.mkdtemp(prefix=".hathor-backup-", dir=file.parent))
    try:
        copy = folder / source.name
        trio.run(copy_database, config.database_url, config.data, copy)
        pack(file, copy, config.data, Micros(int(at.timestamp() * 1_000_000)), _told("Backing up"))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return file


def restore(config: Config, backup: Path) -> str:
    """Put a backup back; a running server does it by itself as soon as it is ready. What to tell the operator.

    Raises:
        BadSetting: The database is not SQLite, or another backup is waiting.
        DamagedFile, NewerData: `backup` is none. Nothing was changed.
        StorageFull, StorageDown: It could not be put back. The data are what they were.
    """
    folder = DataFolder(config.data, config.database_url)
    name = stage(backup, folder, _told("Checking"))
    restored = trio.run(_until_applied, folder, name)
    if restored is None:
        return "The backup is checked and waiting: the server takes it at its next start."
    if restored.failure:
        raise StorageDown(f"The backup was not put back, the data are what they were: {restored.failure}")
    kept = f" What was there before is kept in {config.data / restored.kept}." if restored.kept else ""
    return f"The backup is back.{kept}"


async def _until_applied(folder: DataFolder, name: str) -> Restored | None:
    """Apply it here, unless a server runs: then wait until that has."""
    deadline = trio.current_time() + _SERVER_SECONDS
    has_said = False
    while trio.current_time() < deadline:
        last = folder.last()
        if last is not None and last.name == name:
            return last
        with folder.held(alone=True) as is_ours:
            is_free = is_ours
        if is_free:
            return await apply_if_pending(folder, patience_seconds=_POLL_SECONDS) or folder.last()
        if not has_said:
            click.echo(
                "The server is running: it lets everybody go for a moment and opens again with the backup.", err=True
            )
            has_said = True
        await trio.sleep(_POLL_SECONDS)
    return None


def _target(config: Config, target: Path | None, at: datetime) -> Path:
    name = f"hathor-{at:%Y%m%dT%H%M%SZ}.tar"
    if target is None:
        folder = config.data / "backups"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / name
    return target / name if target.is_dir() else target


def _told(what: str) -> Callable[[int, int], None]:
    """Tells progress on standard error in whole tenths."""
    told = -1

    def progress(done: int, total: int) -> None:
        nonlocal told
        tenth = 10 * done // max(total, 1)
        if tenth > told:
            told = tenth
            click.echo(f"{what}: {10 * tenth} % of {total / 1e6:.1f} MB", err=True)

    return progress
