from random import Random

import trio
from trio.testing import MockClock

from hathor_rt.refusals import StorageDown
from hathor_rt.storage.memory.opening import open_memory
from hathor_rt.storage.ports import Claim, Storage
from hathor_rt.storage.retention import PORTION, keep_tidy, tidy
from sync.units import Micros
from tests.conformance.records import ALICE, BOB, PHONE, QUEUE, ROOM, instant, row
from tests.fakes.storage import faulty

DAY = 24 * 3600 * 1_000_000
ROWS = 3 * PORTION + 7


async def filled() -> Storage:
    storage = open_memory(seed=1)
    await storage.documents.append([row(number) for number in range(1, ROWS + 1)], room=ROOM, term=1)
    await storage.documents.save_snapshot(QUEUE, b"all", ROWS, room=ROOM, term=1)
    return storage


async def kept(storage: Storage) -> int:
    return len(await storage.documents.history(QUEUE, limit=10**6))


async def test_history_is_kept_for_ever_unless_days_are_given(autojump_clock: MockClock) -> None:
    storage = await filled()
    await tidy(storage.documents, Micros(instant(0).utc_at + 10_000 * DAY), history_days=0)
    assert await storage.documents.retire(limit=10**6) == 0
    assert await kept(storage) == ROWS


async def test_rows_older_than_the_days_are_pruned(autojump_clock: MockClock) -> None:
    storage = await filled()
    await tidy(storage.documents, Micros(instant(11).utc_at + 3 * DAY), history_days=3)
    assert await kept(storage) == ROWS - 10
    await tidy(storage.documents, Micros(instant(0).utc_at + 30 * DAY), history_days=3)
    # The row the snapshot ends with stays, whatever its age.
    assert [each.sequence for each in await storage.documents.history(QUEUE)] == [ROWS]
    loaded = await storage.documents.load(QUEUE)
    assert (loaded.state, loaded.through, loaded.last) == (b"all", ROWS, instant(ROWS))


async def test_client_ids_nobody_used_are_forgotten_after_their_days(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    documents, began = open_memory(seed=1).documents, trio.current_time()
    claims = [Claim(number, ALICE, PHONE) for number in range(1, PORTION + 9)]
    await documents.claim_client_ids(QUEUE, claims)

    def now() -> Micros:
        return Micros(2 * 10**15 + int((trio.current_time() - began) * 1_000_000))

    nursery.start_soon(lambda: keep_tidy(documents, now, history_days=0, client_id_days=3))
    for days, owner in ((2.9, ALICE), (0.3, BOB)):
        await trio.sleep(days * 24 * 3600)
        theirs = [Claim(each.client_id, BOB, PHONE) for each in claims]
        assert set((await documents.claim_client_ids(QUEUE, theirs)).values()) == {owner}
    assert await documents.date_client_ids(now(), limit=10**6) == len(claims)


async def test_client_ids_stay_for_ever_if_no_days_are_given(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    documents = open_memory(seed=1).documents
    await documents.claim_client_ids(QUEUE, [Claim(1, ALICE, PHONE)])
    nursery.start_soon(lambda: keep_tidy(documents, lambda: instant(0).utc_at, history_days=0))
    await trio.sleep(7200)
    assert await documents.date_client_ids(Micros(1), limit=10) == 1


async def test_it_goes_on_after_storage_was_away(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    inner = await filled()
    storage, faults = faulty(inner)
    faults.fail_next(StorageDown("it does not answer"), "documents.retire")
    nursery.start_soon(lambda: keep_tidy(storage.documents, lambda: instant(0).utc_at, history_days=0))
    await trio.sleep(1)
    assert await inner.documents.retire(limit=1) == 1
    await trio.sleep(100)
    assert await inner.documents.retire(limit=1) == 0


async def test_loading_never_notices(autojump_clock: MockClock) -> None:
    storage, draws, end = await filled(), Random(3), ROWS
    async with trio.open_nursery() as nursery:
        nursery.start_soon(
            lambda: keep_tidy(storage.documents, lambda: Micros(instant(0).utc_at + 9 * DAY), history_days=1)
        )
        for _ in range(200):
            end += 1
            await storage.documents.append([row(end)], room=ROOM, term=1)
            if draws.random() < 0.1:
                await storage.documents.save_snapshot(QUEUE, str(end).encode(), end, room=ROOM, term=1)
            await trio.sleep(draws.random() * 5)
            loaded = await storage.documents.load(QUEUE)
            assert loaded.through + len(loaded.updates) == end
            assert loaded.last == instant(end)
        nursery.cancel_scope.cancel()
