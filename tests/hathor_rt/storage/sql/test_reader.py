from pathlib import Path

import pytest
import trio
from sqlalchemy import text

from hathor_rt.refusals import StorageDown
from hathor_rt.storage.sql.engines import READERS, connect, database_url
from hathor_rt.storage.sql.reader import Reader


async def test_more_readers_than_connections_take_turns(tmp_path: Path) -> None:
    engines = connect(database_url("", tmp_path))
    reader = Reader(engines.reader)
    told: list[int] = []

    async def read(number: int) -> None:
        told.append(await reader.read(lambda connection: connection.execute(text(f"SELECT {number}")).scalar_one()))

    async with trio.open_nursery() as nursery:
        for number in range(3 * READERS):
            nursery.start_soon(read, number)
    assert sorted(told) == list(range(3 * READERS))
    engines.dispose()


async def test_a_file_that_is_no_database_is_down(tmp_path: Path) -> None:
    (tmp_path / "hathor.db").write_bytes(b"no database at all " * 1_000)
    engines = connect(database_url("", tmp_path))
    with pytest.raises(StorageDown):
        await Reader(engines.reader).read(lambda connection: connection.execute(text("SELECT 1")).scalar())
    engines.dispose()
