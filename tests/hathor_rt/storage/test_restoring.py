import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trio

from hathor_rt.ids import RoomId
from hathor_rt.refusals import BadSetting, DamagedFile, Overloaded
from hathor_rt.storage import restoring
from hathor_rt.storage.archive import pack
from hathor_rt.storage.backup import backup
from hathor_rt.storage.restoring import DataFolder, apply, apply_if_pending, stage, wait_until_pending
from hathor_rt.storage.sql.opening import open_sql
from sync.units import Micros
from tests.conformance.records import ROOM, invite, room

AT = datetime(2026, 11, 20, 14, 15, 16, tzinfo=UTC)
DIGEST = "ab" + "0" * 62


def nothing(_done: int, _total: int) -> None:
    return


async def archived(data: Path, target: Path) -> Path:
    """A backup of `data` as it is now."""
    await backup("", data, target.with_suffix(".db"))
    pack(target, target.with_suffix(".db"), data, Micros(0), nothing)
    return target


@pytest.fixture
async def folder(tmp_path: Path) -> DataFolder:
    """Data with two rooms and two covers, and a backup of when there was one of each."""
    data = tmp_path / "data"
    async with open_sql("", data) as storage:
        await storage.rooms.create(room(), invite("t1"))
    (data / "blobs" / "ab").mkdir(parents=True)
    (data / "blobs" / "ab" / DIGEST).write_bytes(b"cover")
    (data / "tls").mkdir()
    (data / "tls" / "authority.key").write_bytes(b"old key")
    await archived(data, tmp_path / "backup.tar")
    async with open_sql("", data) as storage:
        await storage.rooms.create(room("later"), invite("t2", "later"))
    (data / "tls" / "authority.key").write_bytes(b"new key")
    return DataFolder(data, "")


async def rooms_of(data: Path) -> list[str]:
    async with open_sql("", data) as storage:
        found = [await storage.rooms.get(RoomId(name)) for name in (ROOM, "later")]
    return [each.room for each in found if each is not None]


async def generation_of(data: Path) -> int:
    async with open_sql("", data) as storage:
        return await storage.documents.generation()


async def test_a_staged_backup_changes_nothing_until_it_is_applied(folder: DataFolder, tmp_path: Path) -> None:
    name = stage(tmp_path / "backup.tar", folder, nothing)
    assert folder.is_pending()
    assert await rooms_of(folder.path) == [ROOM, "later"]
    restored = apply(folder, lambda: AT)
    assert (restored.name, restored.failure) == (name, "")
    assert restored.kept == "hathor-replaced-20261120T141516Z.db"
    assert folder.last() == restored
    assert not folder.is_pending()
    assert await rooms_of(folder.path) == [ROOM]
    assert not [path.name for path in folder.path.iterdir() if path.name.startswith(".")]


async def test_every_application_begins_a_later_generation(folder: DataFolder, tmp_path: Path) -> None:
    generations = []
    for days in (0, 0, 3):
        at = [AT - timedelta(days=days)]
        stage(tmp_path / "backup.tar", folder, nothing)
        assert not apply(folder, at.pop).failure
        generations.append(await generation_of(folder.path))
    assert generations == sorted(set(generations))
    assert generations[0] == int(AT.timestamp())


async def test_missing_covers_come_back_and_keys_that_devices_trust_stay(folder: DataFolder, tmp_path: Path) -> None:
    (folder.path / "blobs" / "ab" / DIGEST).unlink()
    stage(tmp_path / "backup.tar", folder, nothing)
    apply(folder, lambda: AT)
    assert (folder.path / "blobs" / "ab" / DIGEST).read_bytes() == b"cover"
    assert (folder.path / "tls" / "authority.key").read_bytes() == b"new key"


async def test_a_backup_moves_into_an_empty_folder(folder: DataFolder, tmp_path: Path) -> None:
    fresh = DataFolder(tmp_path / "fresh", "")
    stage(tmp_path / "backup.tar", fresh, nothing)
    assert apply(fresh, lambda: AT).kept == ""
    assert await rooms_of(fresh.path) == [ROOM]
    assert (fresh.path / "tls" / "authority.key").read_bytes() == b"old key"


async def test_the_replaced_database_can_be_put_back_as_well(folder: DataFolder, tmp_path: Path) -> None:
    stage(tmp_path / "backup.tar", folder, nothing)
    kept = apply(folder, lambda: AT).kept
    stage(folder.path / kept, folder, nothing)
    assert not apply(folder, lambda: AT).failure
    assert await rooms_of(folder.path) == [ROOM, "later"]


@pytest.mark.parametrize("name", ["other", "sqlite", "none"])
async def test_what_is_no_backup_is_never_staged(folder: DataFolder, tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    if name == "other":
        file.write_bytes(b"holiday pictures" * 1000)
    if name == "sqlite":
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("CREATE TABLE things (name TEXT)")
    with pytest.raises(DamagedFile):
        stage(file, folder, nothing)
    assert not folder.is_pending()
    assert not [path.name for path in folder.path.iterdir() if path.name.startswith(".")]


async def test_one_backup_waits_at_a_time(folder: DataFolder, tmp_path: Path) -> None:
    stage(tmp_path / "backup.tar", folder, nothing)
    with pytest.raises(BadSetting, match="waiting"):
        stage(tmp_path / "backup.tar", folder, nothing)


async def test_postgresql_is_left_to_its_own_tools(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="pg_restore"):
        stage(tmp_path / "backup.tar", DataFolder(tmp_path, "postgresql://host/name"), nothing)


async def test_what_cannot_be_applied_leaves_the_data_and_is_told(folder: DataFolder, tmp_path: Path) -> None:
    stage(tmp_path / "backup.tar", folder, nothing)
    (folder.pending / "hathor.db").write_bytes(b"the disk lost it")
    restored = apply(folder, lambda: AT)
    assert restored.failure
    assert not folder.is_pending()
    assert await rooms_of(folder.path) == [ROOM, "later"]


class PowerLoss(BaseException):
    """Everything ends here."""


@pytest.mark.parametrize("step", ["bring_up_to_date", "begin_generation", "_bring", "put_back"])
@pytest.mark.parametrize("when", ["before", "after"])
async def test_an_application_that_was_cut_off_is_done_again(
    folder: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, when: str
) -> None:
    stage(tmp_path / "backup.tar", folder, nothing)
    real = getattr(restoring, step)

    def cut_off(*arguments: object) -> None:
        if when == "after":
            real(*arguments)
        raise PowerLoss

    with monkeypatch.context() as patched:
        patched.setattr(restoring, step, cut_off)
        with pytest.raises(PowerLoss):
            apply(folder, lambda: AT)
    assert folder.is_pending()
    assert not apply(folder, lambda: AT + timedelta(seconds=5)).failure
    assert await rooms_of(folder.path) == [ROOM]
    kept = sorted(path.name for path in folder.path.glob("hathor-replaced-*"))
    # What was there before is among the kept ones, whenever it was cut off.
    shutil.copy(folder.path / kept[0], tmp_path / "hathor.db")
    assert await rooms_of(tmp_path) == [ROOM, "later"]


async def test_a_folder_that_a_server_holds_is_waited_for(folder: DataFolder, tmp_path: Path) -> None:
    stage(tmp_path / "backup.tar", folder, nothing)
    with folder.held(alone=False) as is_held:
        assert is_held
        with pytest.raises(Overloaded):
            await apply_if_pending(folder, patience_seconds=0.01)
        # Servers hold it together, none alone.
        with folder.held(alone=False) as second, folder.held(alone=True) as third:
            assert (second, third) == (True, False)
    restored = await apply_if_pending(folder, patience_seconds=0.01)
    assert restored is not None
    assert await apply_if_pending(folder, patience_seconds=0.01) is None


async def test_a_staged_backup_is_noticed(folder: DataFolder, tmp_path: Path, nursery: trio.Nursery) -> None:
    noticed = trio.Event()

    async def watch() -> None:
        await wait_until_pending(folder)
        noticed.set()

    nursery.start_soon(watch)
    await trio.sleep(0.01)
    stage(tmp_path / "backup.tar", folder, nothing)
    with trio.fail_after(5):
        await noticed.wait()
