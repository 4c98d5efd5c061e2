"""A room's rows: numbered without gaps, as one unit, under its term."""

import pytest
import trio
from trio.testing import MockClock

from hathor_rt.documents.effects import Record
from hathor_rt.documents.journal import ROWS_PER_SNAPSHOT, Journal
from hathor_rt.ids import DeviceId, DocumentName, PrincipalId, RoomId
from hathor_rt.refusals import Fenced, StorageDown
from hathor_rt.storage.memory.opening import open_memory
from hathor_rt.storage.ports import Storage
from hathor_rt.timebase import StoredInstant
from sync.units import Micros
from tests.fakes.rooms_world import UTC_START, VirtualTimebase
from tests.fakes.storage import faulty

ROOM = RoomId("r1")
QUEUE, PLAYBACK = DocumentName("queue:r1"), DocumentName("playback:r1")


def record(document: DocumentName = QUEUE, update: bytes = b"\x00") -> Record:
    return Record(document, update, PrincipalId("ann"), DeviceId("dann"), "[]")


async def journal(storage: Storage, **reach: int) -> Journal:
    lease = await storage.rooms.acquire(ROOM, "node1", Micros(0))
    sequences = {QUEUE: reach.get("queue", 0), PLAYBACK: reach.get("playback", 0)}
    return Journal(storage.documents, ROOM, lease.term, VirtualTimebase(), sequences)


async def test_rows_of_each_document_are_numbered_without_gaps() -> None:
    storage = open_memory()
    rows = await journal(storage)
    await rows.commit([record(), record(PLAYBACK), record()])
    await rows.commit([record()])
    kept = await storage.documents.history(QUEUE)
    assert [row.sequence for row in kept] == [1, 2, 3]
    assert [row.sequence for row in await storage.documents.history(PLAYBACK)] == [1]
    assert (kept[0].principal, kept[0].device) == ("ann", "dann")


async def test_numbers_go_on_where_the_loaded_document_ended() -> None:
    storage = open_memory()
    first = await journal(storage)
    await first.commit([record(), record()])
    second = await journal(storage, queue=2)
    await second.commit([record()])
    assert [row.sequence for row in await storage.documents.history(QUEUE)] == [1, 2, 3]


async def test_without_records_nothing_is_asked_of_storage() -> None:
    storage, faults = faulty(open_memory())
    rows = await journal(storage)
    faults.calls.clear()
    await rows.commit([])
    assert faults.calls == []


async def test_a_failed_commit_uses_no_numbers_up() -> None:
    storage, faults = faulty(open_memory())
    rows = await journal(storage)
    faults.fail_next(StorageDown("the disk sleeps"), "documents.append")
    with pytest.raises(StorageDown):
        await rows.commit([record()])
    assert rows.grown() == ()
    await rows.commit([record()])
    assert [row.sequence for row in await storage.documents.history(QUEUE)] == [1]


async def test_after_another_owner_nothing_is_written_any_more() -> None:
    storage = open_memory()
    rows = await journal(storage)
    await rows.commit([record()])
    await storage.rooms.acquire(ROOM, "node2", Micros(1))
    with pytest.raises(Fenced):
        await rows.commit([record()])
    with pytest.raises(Fenced):
        await rows.snapshot(QUEUE, b"\x00\x00")
    assert len(await storage.documents.history(QUEUE)) == 1


async def test_a_snapshot_is_due_after_many_rows_and_reaches_to_the_last_of_them() -> None:
    storage = open_memory()
    rows = await journal(storage)
    await rows.commit([record()] * (ROWS_PER_SNAPSHOT - 1))
    assert rows.due() == ()
    await rows.commit([record()])
    assert rows.due() == (QUEUE,) == rows.grown()
    await rows.snapshot(QUEUE, b"state")
    assert rows.due() == () == rows.grown()
    await rows.commit([record(update=b"later")])
    stored = await storage.documents.load(QUEUE)
    assert (stored.state, stored.through, list(stored.updates)) == (b"state", ROWS_PER_SNAPSHOT, [b"later"])


async def test_edits_committed_while_a_snapshot_is_kept_follow_it() -> None:
    storage = open_memory()
    rows = await journal(storage)
    await rows.commit([record(), record()])
    keep = rows.keeping(QUEUE, lambda: b"two")
    await rows.commit([record(update=b"third")])
    assert rows.grown() == (QUEUE,)
    await keep()
    stored = await storage.documents.load(QUEUE)
    assert (stored.state, stored.through, list(stored.updates)) == (b"two", 2, [b"third"])


async def test_rows_are_stamped_with_all_three_clocks(autojump_clock: MockClock) -> None:
    storage = open_memory()
    rows = await journal(storage)
    await trio.sleep(3)
    await rows.commit([record()])
    received = (await storage.documents.history(QUEUE))[0].received
    assert received == StoredInstant("boot1", Micros(3_000_000), Micros(UTC_START + 3_000_000))
