"""What was told to anybody is there after a crash: whatever a snapshot was doing, whatever the clock said."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest
import trio
from pycrdt import Map
from trio.testing import MockClock, wait_all_tasks_blocked

from hathor_rt.documents.effects import Record
from hathor_rt.documents.journal import ROWS_PER_SNAPSHOT, Journal
from hathor_rt.ids import DeviceId, DocumentName, PrincipalId, RoomId
from hathor_rt.storage.memory.opening import open_memory
from hathor_rt.storage.ports import Storage
from hathor_rt.storage.sql.opening import open_sql
from hathor_rt.timebase import StoredInstant
from sync.documents import queue
from sync.documents.queue import QUEUE
from sync.documents.replica import Replica
from sync.units import Micros
from tests.fakes.documents import Desk, YjsClient, standalone_documents
from tests.fakes.storage import faulty
from tests.sync.documents.peers import Peer, entry

NAME = DocumentName("scratch:s1")
SNAPSHOT, APPEND = "documents.save_snapshot", "documents.append"


def write(client: YjsClient, key: str, value: object) -> None:
    client.doc.get("m", type=Map)[key] = value


def read(client: YjsClient) -> dict[str, object]:
    client.catch_up()
    return client.doc.get("m", type=Map).to_py() or {}


async def kept(storage: Storage) -> dict[str, object]:
    """What a server that starts now shows."""
    async with standalone_documents(storage) as desk:
        return read(await desk.come(NAME, "reader"))


async def write_until_a_snapshot_is_due(desk: Desk, writer: YjsClient) -> None:
    for number in range(ROWS_PER_SNAPSHOT):
        write(writer, "k", number)
        await writer.send()
        await wait_all_tasks_blocked()
        await trio.sleep(0.02)  # a tick, which is a row


@pytest.mark.slow
async def test_an_edit_that_comes_while_a_snapshot_is_written_is_kept(autojump_clock: MockClock) -> None:
    """y-sweet 0.9 (since its pull request 416): an update that arrives during the upload leaves no mark to save it."""
    storage, faults = faulty(open_memory(seed=1))
    async with standalone_documents(storage) as desk:
        ann, ben = await desk.come(NAME, "ann"), await desk.come(NAME, "ben")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(write_until_a_snapshot_is_due, desk, ann)
            while SNAPSHOT not in faults.calls:
                if faults.calls.count(APPEND) == ROWS_PER_SNAPSHOT - 1:
                    faults.delay_seconds = 5
                await trio.sleep(0.01)
            write(ben, "during", 1)
            await ben.send()
            faults.delay_seconds = 0
        while read(ann).get("during") != 1:
            await trio.sleep(0.1)
        # Nothing follows, and the server dies.
    assert (await kept(storage))["during"] == 1


async def test_an_edit_that_comes_while_a_document_closes_is_kept(autojump_clock: MockClock) -> None:
    """y-sweet 0.9: what comes during the last upload is lost if nothing follows and the document is unloaded."""
    storage, faults = faulty(open_memory(seed=1))
    async with standalone_documents(storage) as desk:
        ann = await desk.come(NAME, "ann")
        write(ann, "before", 1)
        await ann.send()
        await ann.seat.leave()
        faults.delay_seconds = 0.5
        while SNAPSHOT not in faults.calls:
            await trio.sleep(0.01)
        ben = await desk.come(NAME, "ben")
        write(ben, "during", 1)
        await ben.send()
        witness = await desk.come(NAME, "witness")
        while read(witness) != {"before": 1, "during": 1}:
            await trio.sleep(0.1)
    assert await kept(storage) == {"before": 1, "during": 1}


@pytest.mark.parametrize("seed", range(8))
async def test_whenever_a_server_dies_what_anybody_was_told_is_there(seed: int, autojump_clock: MockClock) -> None:
    """Hocuspocus 4.7: up to ten seconds of acknowledged edits are lost. y-websocket-server: all since the last one left."""
    chance = Random(seed)
    storage, faults = faulty(open_memory(seed=1))
    seen: dict[str, object] = {}
    for life in range(6):
        async with standalone_documents(storage) as desk:
            faults.delay_seconds = chance.choice([0, 0.001, 0.05])
            ann = await desk.come(NAME, f"ann{life}", client_id=2 * life + 10)
            ben = await desk.come(NAME, f"ben{life}", client_id=2 * life + 11)
            assert seen.items() <= read(ben).items()
            ann.catch_up()
            with trio.move_on_after(chance.uniform(0.01, 1)):
                for number in range(200):
                    write(ann, f"{life}x{number}", number)
                    await ann.send()
                    await trio.sleep(chance.choice([0, 0.001, 0.03]))
            faults.delay_seconds = 0
            seen = read(ben)
    assert len(seen) > 20
    assert seen.items() <= (await kept(storage)).items()


@dataclass(slots=True)
class BackwardsTimebase:
    """A machine whose clocks go back an hour with every look at them."""

    at: Micros = field(default_factory=lambda: Micros(2_000_000_000_000_000))
    epoch: str = "backwards"

    def now(self) -> Micros:
        return Micros(self.stamp().monotonic_at)

    def stamp(self) -> StoredInstant:
        self.at = Micros(self.at - 3_600_000_000)
        return StoredInstant("boot", self.at, self.at)


@asynccontextmanager
async def opened(engine: str, folder: Path) -> AsyncIterator[Storage]:
    if engine == "memory":
        yield open_memory(seed=1)
        return
    async with open_sql("", folder) as storage:
        yield storage


@pytest.mark.parametrize("engine", ["memory", "sqlite"])
async def test_a_clock_that_steps_back_hides_no_update(engine: str, tmp_path: Path) -> None:
    """pycrdt-store: loads what is not older than its checkpoint by the wall clock, so a step back hides updates."""
    document, room, timebase = DocumentName("queue:r1"), RoomId("r1"), BackwardsTimebase()
    names: list[str] = []
    async with opened(engine, tmp_path) as storage:
        store = storage.documents
        for life in range(3):
            stored = await store.load(document)
            journal = Journal(store, room, life + 1, timebase, {document: stored.through + len(stored.updates)})
            replica = Replica.load(QUEUE, stored.state, stored.updates)
            assert [each.entry for each in queue.entries(replica)] == sorted(names)
            peer = Peer(7 + life, replica.state())
            for number in range(7):
                names.append(f"e{life}{number}")
                update = peer.edit(queue.add(entry(names[-1])))
                replica.propose(update, peer.ids)
                replica.accept()
                replica.flush()
                await journal.commit([Record(document, update, PrincipalId("ann"), DeviceId("d"), "[]")])
                if number == 3:
                    await journal.snapshot(document, replica.state())
            replica.close()
        stored = await store.load(document)
        assert len(stored.updates) == 3
        assert [row.sequence for row in await store.history(document)] == list(range(1, 22))
