import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trio

from hathor_rt.ids import RoomId
from hathor_rt.refusals import BadSetting, DamagedFile, NewerData, StorageDown
from hathor_rt.storage.backup import backup, backup_before, check_copy, put_back
from hathor_rt.storage.sql.opening import open_sql
from tests.conformance.records import QUEUE, ROOM, invite, room, row


async def test_a_copy_taken_while_others_write_is_of_one_instant(tmp_path: Path) -> None:
    async with open_sql("", tmp_path) as storage:
        await storage.rooms.create(room(), invite("t1"))
        is_copied = trio.Event()

        async def write() -> None:
            number = 0
            while not is_copied.is_set() or number < 10:
                number += 1
                await storage.documents.append([row(number)], room=ROOM, term=1)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(write)
            await backup("", tmp_path, tmp_path / "copy.db")
            is_copied.set()
        last = (await storage.documents.history(QUEUE, limit=10_000))[-1].sequence
    with closing(sqlite3.connect(tmp_path / "copy.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    async with open_sql(f"sqlite:///{tmp_path}/copy.db", tmp_path) as copied:
        kept = await copied.documents.history(QUEUE, limit=10_000)
        assert await copied.rooms.get(ROOM) == room()
        assert [each.sequence for each in kept] == list(range(1, len(kept) + 1))
        assert len(kept) <= last


async def test_a_backup_never_overwrites(tmp_path: Path) -> None:
    async with open_sql("", tmp_path):
        pass
    (tmp_path / "copy.db").write_bytes(b"precious")
    with pytest.raises(BadSetting):
        await backup("", tmp_path, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_bytes() == b"precious"


async def test_a_failed_backup_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(StorageDown):
        await backup("", tmp_path, tmp_path / "copy.db")
    assert list(await trio.Path(tmp_path).iterdir()) == []


async def test_postgresql_is_left_to_its_own_tools(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="pg_dump"):
        await backup("postgresql://host/name", tmp_path, tmp_path / "copy")


def test_backups_before_a_change_are_numbered(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "hathor.db")) as connection:
        connection.execute("CREATE TABLE things (name TEXT)")
    names = [backup_before("0002", tmp_path / "hathor.db").name for _ in range(2)]
    assert names == ["hathor-before-0002-1.db", "hathor-before-0002-2.db"]


AT = datetime(2026, 11, 20, 14, 15, 16, tzinfo=UTC)


async def test_what_is_put_back_replaces_the_database_and_keeps_it_under_the_date(tmp_path: Path) -> None:
    async with open_sql("", tmp_path) as storage:
        await storage.rooms.create(room(), invite("t1"))
    await backup("", tmp_path, tmp_path / "copy.db")
    async with open_sql("", tmp_path) as storage:
        await storage.rooms.create(room("later"), invite("t2", "later"))
    kept = put_back(tmp_path / "copy.db", tmp_path / "hathor.db", AT)
    async with open_sql("", tmp_path) as storage:
        assert await storage.rooms.get(ROOM) == room()
        assert await storage.rooms.get(RoomId("later")) is None
    assert kept == tmp_path / "hathor-replaced-20261120T141516Z.db"
    async with open_sql(f"sqlite:///{kept}", tmp_path) as former:
        assert await former.rooms.get(RoomId("later")) is not None
    again = put_back(kept, tmp_path / "hathor.db", AT)
    assert again == tmp_path / "hathor-replaced-20261120T141516Z-2.db"


async def test_a_backup_is_put_back_where_nothing_was(tmp_path: Path) -> None:
    async with open_sql("", tmp_path) as storage:
        await storage.rooms.create(room(), invite("t1"))
    assert put_back(tmp_path / "hathor.db", tmp_path / "new" / "hathor.db", AT) is None
    async with open_sql("", tmp_path / "new") as storage:
        assert await storage.rooms.get(ROOM) == room()


async def test_newer_data_are_told(tmp_path: Path) -> None:
    async with open_sql("", tmp_path):
        pass
    await backup("", tmp_path, tmp_path / "copy.db")
    check_copy(tmp_path / "copy.db")
    with closing(sqlite3.connect(tmp_path / "copy.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    with pytest.raises(NewerData):
        check_copy(tmp_path / "copy.db")


@pytest.mark.parametrize("damage", ["absent", "other", "cut"])
async def test_what_is_no_backup_is_told(tmp_path: Path, damage: str) -> None:
    async with open_sql("", tmp_path) as storage:
        await storage.documents.append([row(number) for number in range(1, 500)], room=ROOM, term=1)
    match damage:
        case "other":
            (tmp_path / "copy.db").write_bytes(b"holiday pictures" * 1_000)
        case "cut":
            whole = (tmp_path / "hathor.db").read_bytes()
            (tmp_path / "copy.db").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DamagedFile):
        check_copy(tmp_path / "copy.db")
