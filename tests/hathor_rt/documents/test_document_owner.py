"""The owner of a standalone document: order, durability, authorship, slow readers, failure."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import trio
from pycrdt import Text
from trio.testing import MockClock, wait_all_tasks_blocked

from hathor_rt.documents.followed import FollowedDocuments
from hathor_rt.documents.journal import ROWS_PER_SNAPSHOT
from hathor_rt.ids import DocumentName
from hathor_rt.observations import Observations
from hathor_rt.refusals import StorageDown
from hathor_rt.storage.memory.opening import open_memory
from hathor_rt.storage.ports import DocumentStore
from sync.documents.watched import WatchedDocument
from sync.wire.frames import Changed, Opened, Refused
from tests.fakes.documents import SETTINGS, YjsClient, read, standalone_documents, write
from tests.fakes.storage import faulty

NAME = DocumentName("scratch:s1")


async def test_an_edit_reaches_others_after_it_is_durable(autojump_clock: MockClock) -> None:
    storage, faults = faulty(open_memory(seed=1))
    async with standalone_documents(storage) as desk:
        ann, ben = await desk.come(NAME, "ann"), await desk.come(NAME, "ben")
        faults.delay_seconds = 5
        write(ann, "k", 1)
        await ann.send()
        await wait_all_tasks_blocked()
        assert ben.outlet.of(Changed) == []
        await ben.outlet.wait_for(Changed)
        assert read(ben) == {"k": 1}
        assert len(await storage.documents.history(NAME)) == 1


async def test_a_lone_edit_is_told_at_once_and_a_stream_in_ticks(autojump_clock: MockClock) -> None:
    async with standalone_documents() as desk:
        ann, ben = await desk.come(NAME, "ann"), await desk.come(NAME, "ben")
        write(ann, "k", 0)
        began = trio.current_time()
        await ann.send()
        await ben.outlet.wait_for(Changed)
        assert trio.current_time() - began < 0.001
        for number in range(100):
            write(ann, "k", number)
            await ann.send()
            await trio.sleep(0.001)
        await trio.sleep(1)
        assert read(ben) == {"k": 99}
        # A row and a frame carry many updates: nobody asks who changed what in a scratch document.
        assert len(ben.outlet.of(Changed)) == len(await desk.storage.documents.history(NAME)) < 101


async def test_an_id_of_somebody_else_is_refused_and_ends_nothing_else(autojump_clock: MockClock) -> None:
    async with standalone_documents() as desk:
        ann = await desk.come(NAME, "ann", client_id=77)
        write(ann, "k", "ann")
        await ann.send()
        await ann.outlet.wait_for(Changed)
        thief, ben = await desk.come(NAME, "thief", client_id=77), await desk.come(NAME, "ben")
        thief.catch_up()
        write(thief, "k", "stolen")
        await thief.send()
        assert (await thief.outlet.wait_for(Refused)).code == "foreign-client-id"
        assert read(ben) == {"k": "ann"}


async def test_an_id_stays_its_subjects_after_a_restart(autojump_clock: MockClock) -> None:
    storage = open_memory(seed=1)
    async with standalone_documents(storage) as desk:
        ann = await desk.come(NAME, "ann", client_id=77)
        write(ann, "k", "ann")
        await ann.send()
        await ann.outlet.wait_for(Changed)
    async with standalone_documents(storage) as desk:
        thief = await desk.come(NAME, "thief", client_id=77)
        thief.catch_up()
        write(thief, "k", "stolen")
        await thief.send()
        assert (await thief.outlet.wait_for(Refused)).code == "foreign-client-id"
        again = YjsClient("ann", 77)
        again.doc.apply_update(ann.doc.get_update())
        again.catch_up()
        again.seat = await desk.documents.follow(NAME, again.visitor, again.outlet, "editor")
        await again.seat.open(again.doc.get_state())
        write(again, "k", "ann again")
        await again.send()
        await again.outlet.wait_for(Changed)
        assert again.outlet.of(Refused) == []


async def test_ids_of_a_storm_are_claimed_together(autojump_clock: MockClock) -> None:
    storage, faults = faulty(open_memory(seed=1))
    async with standalone_documents(storage) as desk:
        clients = [await desk.come(NAME, f"p{number}", client_id=100 + number) for number in range(15)]
        faults.delay_seconds = 1
        for client in clients:
            write(client, client.visitor.principal, 1)
            await client.send()
            write(client, client.visitor.principal, 2)
            await client.send()
        await trio.sleep(10)
        assert read(clients[0]) == {f"p{number}": 2 for number in range(15)}
        assert faults.calls.count("documents.claim_client_ids") <= 2


async def test_a_client_that_is_ahead_is_asked_for_what_is_missing(autojump_clock: MockClock) -> None:
    async with standalone_documents() as desk:
        ann = await desk.come(NAME, "ann")
        write(ann, "offline", 1)
        ann.catch_up()  # forgets to send it
        write(ann, "k", 2)
        await ann.send()
        asked = await ann.outlet.wait_for(Opened, 2)
        assert ann.outlet.of(Refused) == []
        await ann.seat.edit([ann.doc.get_update(asked.state_vector)])
        ben = await desk.come(NAME, "ben")
        assert read(ben) == {"offline": 1, "k": 2}


async def test_who_sends_gaps_for_ever_is_refused(autojump_clock: MockClock) -> None:
    async with standalone_documents() as desk:
        ann = await desk.come(NAME, "ann")
        write(ann, "offline", 1)
        ann.catch_up()
        for number in range(20):
            write(ann, "k", number)
            await ann.send()
        assert (await ann.outlet.wait_for(Refused)).code == "missing-predecessor"


async def test_others_have_their_turn_however_the_updates_of_a_tick_are_parcelled(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Steps(trio.abc.Instrument):
        taken = 0

        def before_task_step(self, task: trio.lowlevel.Task) -> None:
            self.taken += 1

    steps, at = Steps(), []
    take = FollowedDocuments.take

    def noting(*args: Any) -> bool:
        at.append(steps.taken)
        return take(*args)

    async with standalone_documents() as desk:
        clients = [await desk.come(NAME, f"p{number}", client_id=100 + number) for number in range(15)]
        for client in clients:
            write(client, client.visitor.principal, 0)
            await client.send()
        await trio.sleep(1)
        monkeypatch.setattr(FollowedDocuments, "take", noting)
        trio.lowlevel.add_instrument(steps)
        for number in range(5):
            for client in clients:
                write(client, client.visitor.principal, number)
                await client.send()
        await trio.sleep(1)
    assert len(at) == 75
    assert max(Counter(at).values()) <= 16


async def test_a_slow_reader_gets_one_diff(autojump_clock: MockClock) -> None:
    async with standalone_documents() as desk:
        ann, slow = await desk.come(NAME, "ann"), await desk.come(NAME, "slow")
        slow.outlet.is_blocked = True
        for number in range(50):
            write(ann, f"k{number}", number)
            await ann.send()
            await trio.sleep(0.05)
        assert slow.outlet.of(Changed) == []
        slow.outlet.is_blocked = False
        slow.seat.readable()
        await slow.outlet.wait_for(Changed)
        assert read(slow) == {f"k{number}": number for number in range(50)}
        assert len(slow.outlet.of(Changed)) == 1


async def test_a_slow_reader_that_is_asked_for_a_gap_still_gets_what_it_missed(autojump_clock: MockClock) -> None:
    async with standalone_documents() as desk:
        ann, slow = await desk.come(NAME, "ann"), await desk.come(NAME, "slow")
        slow.outlet.is_blocked = True
        write(ann, "missed", 1)
        await ann.send()
        await ann.outlet.wait_for(Changed)
        write(slow, "offline", 1)
        slow.catch_up()  # forgets to send it
        write(slow, "k", 2)
        await slow.send()
        await slow.outlet.wait_for(Opened, 2)
        slow.outlet.is_blocked = False
        slow.seat.readable()
        await slow.outlet.wait_for(Changed)
        assert read(slow) == {"missed": 1, "offline": 1, "k": 2}


async def test_a_goodbye_does_not_overtake_the_last_edit(autojump_clock: MockClock) -> None:
    async with standalone_documents() as desk:
        ann, ben = await desk.come(NAME, "ann"), await desk.come(NAME, "ben")
        ann.doc.get("t", type=Text).insert(0, "last words")
        await ann.send()
        await ann.seat.leave()
        await ben.outlet.wait_for(Changed)
        ben.catch_up()
        assert str(ben.doc.get("t", type=Text)) == "last words"


async def test_a_failed_commit_ends_the_document_alone_and_nothing_of_it_was_told(autojump_clock: MockClock) -> None:
    storage, faults = faulty(open_memory(seed=1))
    async with standalone_documents(storage) as desk:
        ann, ben = await desk.come(NAME, "ann"), await desk.come(NAME, "ben")
        other = await desk.come("scratch:s2", "ann")
        faults.fail_next(StorageDown("no"), "documents.append")
        write(ann, "k", 1)
        await ann.send()
        await trio.sleep(0.1)
        assert [each.code for each in ann.outlet.endings] == ["storage-down"]
        assert ben.outlet.of(Changed) == []
        write(other, "k", 2)
        await other.send()
        await other.outlet.wait_for(Changed)
        again = await desk.come(NAME, "cara")
        assert read(again) == {}


class PanicException(BaseException):
    """As the engine's own, which cannot be imported."""


@contextmanager
def panics(monkeypatch: pytest.MonkeyPatch, *, at: int) -> Iterator[None]:
    """The engine panics when updates are applied for the `at`-th time from now on."""
    run, calls = WatchedDocument._run, 0  # noqa: SLF001  # the one place where a panic can be staged

    def run_or_panic(self: WatchedDocument, updates: Iterable[bytes]) -> None:
        nonlocal calls
        calls += 1
        if calls == at:
            raise PanicException("index out of bounds")
        run(self, updates)

    with monkeypatch.context() as patch:
        patch.setattr(WatchedDocument, "_run", run_or_panic)
        yield


async def test_a_panic_of_the_engine_ends_this_document_alone_which_opens_again_from_its_journal(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with standalone_documents() as desk:
        ann, ben = await desk.come(NAME, "ann"), await desk.come(NAME, "ben")
        other, witness = await desk.come("scratch:s2", "ann"), await desk.come("scratch:s2", "ben")
        write(ann, "k", 1)
        await ann.send()
        await ben.outlet.wait_for(Changed)
        with panics(monkeypatch, at=2):  # the shadow takes it, the live copy does not
            write(ann, "k", 2)
            await ann.send()
            await trio.sleep(0.1)
        assert [each.code for each in (*ann.outlet.endings, *ben.outlet.endings)] == ["failed", "failed"]
        assert len(ben.outlet.of(Changed)) == 1
        assert [each.code for each in (*other.outlet.endings, *witness.outlet.endings)] == []
        write(other, "k", 3)
        await other.send()
        await witness.outlet.wait_for(Changed)
        cara = await desk.come(NAME, "cara")
        assert read(cara) == {"k": 1}
        again = YjsClient("ann", ann.doc.client_id)
        again.doc.apply_update(ann.doc.get_update())
        again.seat = await desk.documents.follow(NAME, again.visitor, again.outlet, "editor")
        await again.seat.open(again.doc.get_state())
        await again.seat.edit([again.doc.get_update()])
        await cara.outlet.wait_for(Changed)
        assert read(cara) == {"k": 2}


async def test_a_panic_over_a_proposal_is_a_refusal_and_ends_nobody_else(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with standalone_documents() as desk:
        ann, ben = await desk.come(NAME, "ann"), await desk.come(NAME, "ben")
        with panics(monkeypatch, at=2):  # the new shadow takes the state first
            write(ann, "k", 1)
            await ann.send()
            assert (await ann.outlet.wait_for(Refused)).code == "malformed-update"
        write(ben, "k", 2)
        await ben.send()
        await ben.outlet.wait_for(Changed)
        assert ben.outlet.endings == []


async def test_an_idle_document_closes_with_a_snapshot_and_opens_again(autojump_clock: MockClock) -> None:
    async with standalone_documents() as desk:
        ann = await desk.come(NAME, "ann")
        write(ann, "k", 1)
        await ann.send()
        await ann.outlet.wait_for(Changed)
        await ann.seat.leave()
        await trio.sleep(SETTINGS.idle_seconds + 1)
        assert desk.documents.all_open() == ()
        assert (await desk.storage.documents.load(NAME)).through == 1
        await ann.seat.edit([b"\x00\x00"])  # a seat of a closed document does nothing
        ben = await desk.come(NAME, "ben")
        assert read(ben) == {"k": 1}


async def test_snapshots_are_kept_while_it_runs(autojump_clock: MockClock) -> None:
    async with standalone_documents() as desk:
        ann = await desk.come(NAME, "ann")
        for number in range(ROWS_PER_SNAPSHOT):
            write(ann, "k", number)
            await ann.send()
            await trio.sleep(0.02)
        assert (await desk.storage.documents.load(NAME)).through >= ROWS_PER_SNAPSHOT - 1


class SlowSnapshots:
    """A store where keeping a snapshot takes half a minute."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    async def save_snapshot(self, *arguments: Any, **named: Any) -> None:
        await trio.sleep(30)
        await self._store.save_snapshot(*arguments, **named)


async def test_a_slow_snapshot_holds_nobody_up(autojump_clock: MockClock) -> None:
    kept = open_memory()
    async with standalone_documents(replace(kept, documents=SlowSnapshots(kept.documents))) as desk:  # type: ignore[arg-type]  # it answers all methods
        ann, ben = await desk.come(NAME, "ann"), await desk.come(NAME, "ben")
        for number in range(ROWS_PER_SNAPSHOT + 10):
            write(ann, "k", number)
            await ann.send()
            await trio.sleep(0.02)
        assert read(ben) == {"k": ROWS_PER_SNAPSHOT + 9}
        assert (await desk.storage.documents.load(NAME)).through == 0
        await trio.sleep(60)
        assert (await desk.storage.documents.load(NAME)).through >= ROWS_PER_SNAPSHOT - 1


async def test_how_long_judging_takes_is_noted_once_for_each_update(autojump_clock: MockClock) -> None:
    observations = Observations()
    async with standalone_documents(observations=observations) as desk:
        ann = await desk.come(NAME, "ann")
        for number in range(3):
            write(ann, "k", number)
        await ann.send()
        await ann.outlet.wait_for(Changed)
        assert observations.accept.count == 3
        await ann.seat.edit([b"\x01"])
        await ann.outlet.wait_for(Refused)
        assert observations.accept.count == 4
