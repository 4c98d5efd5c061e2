from pathlib import Path

import pytest

from hathor_rt.ids import RoomId
from hathor_rt.refusals import Fenced
from hathor_rt.storage.sql.engines import connect, database_url
from hathor_rt.storage.sql.generations import begin_generation
from hathor_rt.storage.sql.opening import open_sql
from sync.units import Micros
from tests.conformance.records import ROOM, invite, room, row

GENERATION = 1_795_184_513


async def test_a_new_generation_outranks_every_term_that_a_device_can_have_seen(tmp_path: Path) -> None:
    async with open_sql("", tmp_path) as storage:
        await storage.rooms.create(room(), invite("t1"))
        await storage.rooms.create(room("never0pened"), invite("t2", "never0pened"))
        former = await storage.rooms.acquire(ROOM, "node", Micros(7))
    engines = connect(database_url("", tmp_path))
    with engines.writer.begin() as connection:
        begin_generation(connection, GENERATION)
    engines.dispose()
    async with open_sql("", tmp_path) as storage:
        assert await storage.documents.generation() == GENERATION
        with pytest.raises(Fenced):
            await storage.documents.append([row(1)], room=ROOM, term=former.term)
        lease = await storage.rooms.acquire(ROOM, "node", Micros(9))
        assert lease.term > GENERATION
        assert lease.renewed_utc == 7
        first = await storage.rooms.acquire(RoomId("never0pened"), "node", Micros(9))
        assert first.term > GENERATION
        assert first.renewed_utc == 0
