import pytest

from hathor_rt.refusals import StorageDown, StorageFull
from hathor_rt.storage.memory.opening import open_memory
from tests.conformance.records import QUEUE, ROOM, row
from tests.fakes.storage import faulty


async def test_a_planned_fault_strikes_once_and_changes_nothing() -> None:
    storage, faults = faulty(open_memory())
    faults.fail_next(StorageFull("full"), "documents.append")
    assert (await storage.documents.load(QUEUE)).updates == ()
    with pytest.raises(StorageFull):
        await storage.documents.append([row(1)], room=ROOM, term=1)
    await storage.documents.append([row(1)], room=ROOM, term=1)
    assert (await storage.documents.load(QUEUE)).updates == (b"update 1",)
    assert faults.calls == ["documents.load", "documents.append", "documents.append", "documents.load"]


async def test_a_lost_answer_has_done_its_work() -> None:
    storage, faults = faulty(open_memory())
    faults.lose_answer(StorageDown("gone"))
    with pytest.raises(StorageDown):
        await storage.documents.append([row(1)], room=ROOM, term=1)
    assert (await storage.documents.load(QUEUE)).updates == (b"update 1",)


async def test_a_breakdown_lasts_until_repair() -> None:
    storage, faults = faulty(open_memory())
    faults.break_down(StorageDown("gone"))
    for _ in range(2):
        with pytest.raises(StorageDown):
            await storage.documents.load(QUEUE)
    faults.repair()
    assert (await storage.documents.load(QUEUE)).updates == ()
