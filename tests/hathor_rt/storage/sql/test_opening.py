import subprocess
import sys
from pathlib import Path

import pytest
import trio

from hathor_rt.ids import RoomId
from hathor_rt.refusals import BadSetting, StorageDown
from hathor_rt.storage.ports import Storage
from hathor_rt.storage.sql.opening import open_sql
from tests.conformance.records import QUEUE, ROOM, invite, room, row


async def _fill(storage: Storage) -> bytes:
    await storage.rooms.create(room(), invite("t1"))
    await storage.documents.append([row(1)], room=ROOM, term=1)
    return await storage.secrets.secret("cookies")


async def test_what_was_written_is_there_after_opening_again(database_url: str, tmp_path: Path) -> None:
    async with open_sql(database_url, tmp_path) as storage:
        secret = await _fill(storage)
    async with open_sql(database_url, tmp_path) as storage:
        assert await storage.rooms.get(ROOM) == room()
        assert (await storage.documents.load(QUEUE)).updates == (b"update 1",)
        assert await storage.secrets.secret("cookies") == secret


async def test_no_url_is_sqlite_in_a_folder_that_is_made(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "here"
    async with open_sql("", folder) as storage:
        await _fill(storage)
    # Closing has moved the write-ahead log into the file: copying it alone is enough.
    assert [path.name for path in folder.iterdir()] == ["hathor.db"]


async def test_two_openers_share_one_database(database_url: str, tmp_path: Path) -> None:
    async with open_sql(database_url, tmp_path) as first, open_sql(database_url, tmp_path) as second:
        secret = await _fill(first)
        assert await second.rooms.get(ROOM) == room()
        assert await second.secrets.secret("cookies") == secret
        async with trio.open_nursery() as nursery:
            for number in range(20):
                storage = first if number % 2 else second
                nursery.start_soon(storage.rooms.create, room(f"r{number}"), invite(f"i{number}", f"r{number}"))
        assert await first.rooms.get(RoomId("r18")) is not None


async def test_openers_of_a_new_database_do_not_disturb_each_other(tmp_path: Path) -> None:
    async def use(number: int) -> None:
        async with open_sql("", tmp_path) as storage:
            await storage.rooms.create(room(f"r{number}"), invite(f"i{number}", f"r{number}"))

    async with trio.open_nursery() as nursery:
        for number in range(4):
            nursery.start_soon(use, number)


async def test_a_url_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSetting):
        async with open_sql("mysql://host/name", tmp_path):
            pytest.fail("it was opened")


async def test_a_server_that_is_not_there_is_down(tmp_path: Path) -> None:
    with pytest.raises(StorageDown):
        async with open_sql(f"postgresql://me@/name?host={tmp_path}", tmp_path):
            pytest.fail("it was opened")


async def test_a_folder_that_cannot_be_made_is_down(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageDown):
        async with open_sql("", tmp_path / "file" / "data"):
            pytest.fail("it was opened")


async def test_an_error_of_the_body_comes_out_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="of the body"):
        async with open_sql("", tmp_path):
            raise ValueError("of the body")


@pytest.mark.slow
def test_an_ordinary_start_loads_neither_alembic_nor_the_other_driver(tmp_path: Path) -> None:
    program = """
import pathlib, sys, trio
from hathor_rt.storage.sql.opening import open_sql
async def main():
    async with open_sql("", pathlib.Path(sys.argv[1])):
        pass
trio.run(main)
trio.run(main)
print([name for name in ("alembic", "psycopg") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, check=True, timeout=60)
    assert done.stdout.decode().strip() == "[]"
