"""What every document store promises: no gap, no loss, no write by a former owner."""

from random import Random

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from hathor_rt.ids import DeviceId, DocumentName, RoomId
from hathor_rt.storage.ports import Claim, ClientIds, Conflict, JournalRow, Storage, StoredDocument
from tests.conformance.client_ids_suite import ForgettingSuite
from tests.conformance.records import ALICE, BOB, PHONE, QUEUE, ROOM, instant, row


class JournalSuite:
    """Appending, loading and history."""

    async def test_an_unknown_document_is_empty(self, storage: Storage) -> None:
        assert await storage.documents.load(QUEUE) == StoredDocument(b"", 0, (), None)
        assert tuple(await storage.documents.history(QUEUE)) == ()

    async def test_appended_updates_are_loaded_in_order(self, storage: Storage) -> None:
        await storage.documents.append([row(1), row(2)], room=ROOM, term=1)
        await storage.documents.append([row(3)], room=ROOM, term=1)
        assert await storage.documents.load(QUEUE) == StoredDocument(
            b"", 0, (b"update 1", b"update 2", b"update 3"), instant(3)
        )

    async def test_a_row_comes_back_as_it_was_sent(self, storage: Storage) -> None:
        sent = JournalRow(
            QUEUE, 1, bytes(range(256)), ALICE, PHONE, '[{"did": "removed", "title": "Für Élise"}]', instant(1)
        )
        await storage.documents.append([sent], room=ROOM, term=1)
        assert list(await storage.documents.history(QUEUE)) == [sent]

    async def test_history_begins_after_a_row_and_ends_at_the_limit(self, storage: Storage) -> None:
        await storage.documents.append([row(number) for number in range(1, 8)], room=ROOM, term=1)
        page = await storage.documents.history(QUEUE, after=2, limit=3)
        assert [each.sequence for each in page] == [3, 4, 5]
        assert [each.sequence for each in await storage.documents.history(QUEUE, after=6)] == [7]

    async def test_several_documents_are_one_unit(self, storage: Storage) -> None:
        lounge = DocumentName("lounge:room1")
        await storage.documents.append([row(1), row(1, document=lounge), row(2)], room=ROOM, term=1)
        assert len((await storage.documents.load(QUEUE)).updates) == 2
        assert len((await storage.documents.load(lounge)).updates) == 1

    @pytest.mark.parametrize("sequences", [[2], [0], [1, 3], [1, 1], [2, 1]])
    async def test_a_gap_is_refused_and_changes_nothing(self, storage: Storage, sequences: list[int]) -> None:
        lounge = DocumentName("lounge:room1")
        with pytest.raises(Conflict):
            await storage.documents.append([row(1, document=lounge), *map(row, sequences)], room=ROOM, term=1)
        assert (await storage.documents.load(QUEUE)).updates == ()
        assert (await storage.documents.load(lounge)).updates == ()

    async def test_a_sequence_number_is_used_once(self, storage: Storage) -> None:
        await storage.documents.append([row(1)], room=ROOM, term=1)
        with pytest.raises(Conflict):
            await storage.documents.append([row(1, update=b"other")], room=ROOM, term=1)
        assert (await storage.documents.load(QUEUE)).updates == (b"update 1",)

    async def test_appending_nothing_is_allowed(self, storage: Storage) -> None:
        await storage.documents.append([], room=ROOM, term=1)

    async def test_fifty_writers_of_different_documents_all_get_through(self, storage: Storage) -> None:
        names = [DocumentName(f"queue:{number}") for number in range(50)]

        async def edit(name: DocumentName) -> None:
            for number in range(1, 6):
                await storage.documents.append([row(number, document=name)], room=RoomId(name), term=1)

        async with trio.open_nursery() as nursery:
            for name in names:
                nursery.start_soon(edit, name)
        for name in names:
            assert [each.sequence for each in await storage.documents.history(name)] == [1, 2, 3, 4, 5]

    async def test_one_failing_writer_fails_alone(self, storage: Storage) -> None:
        failed: list[int] = []

        async def edit(number: int) -> None:
            try:
                await storage.documents.append(
                    [row(2 if number % 5 == 0 else 1, document=DocumentName(f"queue:{number}"))], room=ROOM, term=1
                )
            except Conflict:
                failed.append(number)

        async with trio.open_nursery() as nursery:
            for number in range(20):
                nursery.start_soon(edit, number)
        assert sorted(failed) == [0, 5, 10, 15]
        for number in range(20):
            kept = await storage.documents.load(DocumentName(f"queue:{number}"))
            assert len(kept.updates) == (0 if number % 5 == 0 else 1)

    async def test_a_cancelled_write_is_whole_or_absent(self, storage: Storage) -> None:
        outcomes: dict[int, bool] = {}

        async def edit(number: int) -> None:
            name = DocumentName(f"queue:{number}")
            await storage.documents.append([row(1, document=name), row(2, document=name)], room=ROOM, term=1)
            outcomes[number] = True

        with trio.CancelScope() as scope:
            async with trio.open_nursery() as nursery:
                for number in range(30):
                    nursery.start_soon(edit, number)
                await trio.lowlevel.checkpoint()
                scope.cancel()
        for number in range(30):
            kept = await storage.documents.load(DocumentName(f"queue:{number}"))
            assert len(kept.updates) in ((2,) if number in outcomes else (0, 2))
        # The store works on.
        await storage.documents.append([row(1, document=DocumentName("queue:after"))], room=ROOM, term=1)


class SnapshotSuite:
    """Snapshots for loading."""

    async def test_loading_gives_the_snapshot_and_what_follows(self, storage: Storage) -> None:
        await storage.documents.append([row(1), row(2), row(3)], room=ROOM, term=1)
        await storage.documents.save_snapshot(QUEUE, b"both", 2, room=ROOM, term=1)
        assert await storage.documents.load(QUEUE) == StoredDocument(b"both", 2, (b"update 3",), instant(3))

    async def test_the_newest_instant_is_known_though_a_snapshot_holds_everything(self, storage: Storage) -> None:
        await storage.documents.append([row(1), row(2)], room=ROOM, term=1)
        await storage.documents.save_snapshot(QUEUE, b"both", 2, room=ROOM, term=1)
        assert await storage.documents.load(QUEUE) == StoredDocument(b"both", 2, (), instant(2))

    async def test_history_outlives_snapshots(self, storage: Storage) -> None:
        await storage.documents.append([row(1), row(2)], room=ROOM, term=1)
        await storage.documents.save_snapshot(QUEUE, b"both", 2, room=ROOM, term=1)
        assert [each.sequence for each in await storage.documents.history(QUEUE)] == [1, 2]
        await storage.documents.append([row(3)], room=ROOM, term=1)

    async def test_a_snapshot_may_be_made_where_it_is_written(self, storage: Storage) -> None:
        await storage.documents.append([row(1), row(2)], room=ROOM, term=1)
        await storage.documents.save_snapshot(QUEUE, lambda: b"both", 2, room=ROOM, term=1)
        assert (await storage.documents.load(QUEUE)).state == b"both"

    async def test_an_overtaken_snapshot_is_dropped(self, storage: Storage) -> None:
        await storage.documents.append([row(1), row(2)], room=ROOM, term=1)
        await storage.documents.save_snapshot(QUEUE, b"both", 2, room=ROOM, term=1)
        await storage.documents.save_snapshot(QUEUE, b"first", 1, room=ROOM, term=1)
        assert (await storage.documents.load(QUEUE)).state == b"both"

    async def test_a_snapshot_of_what_was_never_written_is_refused(self, storage: Storage) -> None:
        await storage.documents.append([row(1)], room=ROOM, term=1)
        with pytest.raises(Conflict):
            await storage.documents.save_snapshot(QUEUE, b"?", 2, room=ROOM, term=1)
        assert (await storage.documents.load(QUEUE)).state == b""


class HistorySuite:
    """Rows that loading needs no longer."""

    async def test_rows_before_the_snapshots_last_retire_and_stay_in_history(self, storage: Storage) -> None:
        documents = storage.documents
        await documents.append([row(number) for number in range(1, 8)], room=ROOM, term=1)
        assert await documents.retire(limit=100) == 0
        await documents.save_snapshot(QUEUE, b"five", 5, room=ROOM, term=1)
        before = await documents.load(QUEUE)
        assert await documents.retire(limit=100) == 4
        assert await documents.retire(limit=100) == 0
        assert (
            await documents.load(QUEUE) == before == StoredDocument(b"five", 5, (b"update 6", b"update 7"), instant(7))
        )
        assert list(await documents.history(QUEUE)) == [row(number) for number in range(1, 8)]
        assert [each.sequence for each in await documents.history(QUEUE, after=3, limit=3)] == [4, 5, 6]

    async def test_the_newest_instant_and_the_next_number_survive_retiring_everything(self, storage: Storage) -> None:
        documents = storage.documents
        await documents.append([row(1), row(2), row(3)], room=ROOM, term=1)
        await documents.save_snapshot(QUEUE, b"all", 3, room=ROOM, term=1)
        assert await documents.retire(limit=100) == 2
        assert await documents.prune(instant(100).utc_at, limit=100) == 2
        assert await documents.load(QUEUE) == StoredDocument(b"all", 3, (), instant(3))
        with pytest.raises(Conflict):
            await documents.append([row(3)], room=ROOM, term=1)
        await documents.append([row(4)], room=ROOM, term=1)
        assert await documents.load(QUEUE) == StoredDocument(b"all", 3, (b"update 4",), instant(4))

    async def test_retiring_goes_by_limit_over_all_documents(self, storage: Storage) -> None:
        documents = storage.documents
        for name in (QUEUE, DocumentName("lounge:room1")):
            await documents.append([row(number, document=name) for number in range(1, 6)], room=ROOM, term=1)
            await documents.save_snapshot(name, b"all", 5, room=ROOM, term=1)
        assert [await documents.retire(limit=3) for _ in range(4)] == [3, 3, 2, 0]

    async def test_only_what_is_retired_and_old_is_pruned(self, storage: Storage) -> None:
        documents = storage.documents
        await documents.append([row(number) for number in range(1, 8)], room=ROOM, term=1)
        await documents.save_snapshot(QUEUE, b"five", 5, room=ROOM, term=1)
        assert await documents.prune(instant(100).utc_at, limit=100) == 0
        await documents.retire(limit=100)
        assert await documents.prune(instant(3).utc_at, limit=1) == 1
        assert await documents.prune(instant(3).utc_at, limit=100) == 1
        assert await documents.prune(instant(3).utc_at, limit=100) == 0
        assert [each.sequence for each in await documents.history(QUEUE)] == [3, 4, 5, 6, 7]
        assert (await documents.load(QUEUE)).updates == (b"update 6", b"update 7")

    async def test_loading_is_exact_at_every_step(self, storage: Storage) -> None:
        """Whatever is done in whatever order, and whenever it stops, snapshot and rest are the whole."""
        documents, draws, end, through = storage.documents, Random(5), 0, 0
        for _ in range(120):
            match draws.randrange(5):
                case 0 | 1:
                    count = draws.randint(1, 4)
                    await documents.append([row(end + 1 + each) for each in range(count)], room=ROOM, term=1)
                    end += count
                case 2:
                    reach = draws.randint(0, end)
                    await documents.save_snapshot(QUEUE, f"{reach}".encode(), reach, room=ROOM, term=1)
                    through = max(through, reach)
                case 3:
                    await documents.retire(limit=draws.randint(1, 5))
                case _:
                    await documents.prune(instant(draws.randint(0, end + 1)).utc_at, limit=draws.randint(1, 5))
            loaded = await documents.load(QUEUE)
            assert loaded.through == through
            assert loaded.updates == tuple(row(number).update for number in range(through + 1, end + 1))
            assert loaded.last == (instant(end) if end else None)
            told = [each.sequence for each in await documents.history(QUEUE, limit=10_000)]
            assert told == sorted(told)
            # What no snapshot holds is never forgotten.
            assert set(range(max(through, 1), end + 1)) <= set(told)

    async def test_a_store_that_was_never_restored_is_of_the_first_generation(self, storage: Storage) -> None:
        assert await storage.documents.generation() == 0


class ClientIdSuite:
    """Yjs client ids that belong to a principal and device."""

    async def test_issued_ids_are_unique_in_range_and_remembered(self, storage: Storage) -> None:
        issued = [await storage.documents.issue_client_id(QUEUE, ALICE, PHONE) for _ in range(20)]
        assert len(set(issued)) == 20
        assert all(1 <= number < 2**31 for number in issued)
        resumed = await storage.documents.resume_client_id(QUEUE, ALICE, PHONE, issued[3])
        assert resumed == ClientIds(issued[3], frozenset(issued))

    async def test_ids_belong_to_one_principal_device_and_document(self, storage: Storage) -> None:
        own = await storage.documents.issue_client_id(QUEUE, ALICE, PHONE)
        elsewhere = DocumentName("lounge:room1")
        for of in ((QUEUE, BOB, PHONE), (QUEUE, ALICE, DeviceId("laptop")), (elsewhere, ALICE, PHONE)):
            others = await storage.documents.resume_client_id(*of, own)
            assert others.current != own
            assert others.all == {others.current}

    async def test_without_a_former_id_a_fresh_one_is_issued_beside_those_before(self, storage: Storage) -> None:
        first = await storage.documents.resume_client_id(QUEUE, ALICE, PHONE, 0)
        second = await storage.documents.resume_client_id(QUEUE, ALICE, PHONE, 0)
        assert first.current != second.current
        assert second.all == {first.current, second.current}
        assert await storage.documents.resume_client_id(QUEUE, ALICE, PHONE, first.current) == ClientIds(
            first.current, second.all
        )

    async def test_an_id_belongs_to_who_claims_it_first(self, storage: Storage) -> None:
        claim = storage.documents.claim_client_ids
        assert await claim(QUEUE, [Claim(5, ALICE, PHONE), Claim(2**40, ALICE, PHONE)]) == {5: ALICE, 2**40: ALICE}
        assert await claim(QUEUE, [Claim(5, BOB, PHONE), Claim(6, BOB, PHONE)]) == {5: ALICE, 6: BOB}
        assert await claim(DocumentName("lounge:room1"), [Claim(5, BOB, PHONE)]) == {5: BOB}
        assert (await storage.documents.resume_client_id(QUEUE, ALICE, PHONE, 5)).all == {5, 2**40}
        assert await claim(QUEUE, []) == {}

    async def test_of_two_who_claim_at_once_the_first_has_it(self, storage: Storage) -> None:
        twice = [Claim(5, ALICE, PHONE), Claim(5, BOB, PHONE)]
        assert await storage.documents.claim_client_ids(QUEUE, twice) == {5: ALICE}

    async def test_an_issued_id_cannot_be_claimed(self, storage: Storage) -> None:
        issued = await storage.documents.issue_client_id(QUEUE, ALICE, PHONE)
        assert await storage.documents.claim_client_ids(QUEUE, [Claim(issued, BOB, PHONE)]) == {issued: ALICE}

    async def test_many_ids_are_claimed_at_once(self, storage: Storage) -> None:
        claims = [Claim(number, ALICE, PHONE) for number in range(1, 1201)]
        assert len(await storage.documents.claim_client_ids(QUEUE, claims)) == 1200


class StandaloneSuite:
    """Documents that stand alone."""

    async def test_a_document_is_created_once(self, storage: Storage) -> None:
        name = DocumentName("playlist:p1")
        assert not await storage.documents.exists(name)
        assert await storage.documents.create(name, ALICE, instant(1).utc_at)
        assert not await storage.documents.create(name, BOB, instant(2).utc_at)
        assert await storage.documents.exists(name)
        assert not await storage.documents.exists(DocumentName("playlist:p2"))


class SplitSuite:
    """Snapshot and journal are the same document however they are split."""

    @pytest.mark.slow
    async def test_snapshot_and_rest_are_the_whole_in_any_split(self, storage: Storage) -> None:
        # Hypothesis drives a synchronous function; each example is played against the store afterwards, under its own
        # document name, so that one store serves all examples.
        examples: list[tuple[list[int], list[int]]] = []

        @settings(max_examples=40, database=None, deadline=None, derandomize=True)
        @given(st.lists(st.integers(1, 5), min_size=1, max_size=6), st.lists(st.integers(0, 30), max_size=4))
        def collect(batches: list[int], cuts: list[int]) -> None:
            examples.append((batches, cuts))

        collect()
        assert len(examples) >= 20
        for number, (batches, cuts) in enumerate(examples):
            await _play_split(storage, DocumentName(f"queue:{number}"), batches, cuts)


async def _play_split(storage: Storage, name: DocumentName, batches: list[int], cuts: list[int]) -> None:
    written: list[bytes] = []
    for batch in batches:
        rows = [
            row(len(written) + offset + 1, document=name, update=b"%d;" % (len(written) + offset))
            for offset in range(batch)
        ]
        await storage.documents.append(rows, room=ROOM, term=1)
        written.extend(each.update for each in rows)
    for cut in cuts:
        through = min(cut, len(written))
        await storage.documents.save_snapshot(name, b"".join(written[:through]), through, room=ROOM, term=1)
        kept = await storage.documents.load(name)
        assert kept.state + b"".join(kept.updates) == b"".join(written)
        assert kept.through + len(kept.updates) == len(written)
        assert kept.last == instant(len(written))


class DocumentSuite(
    JournalSuite, SnapshotSuite, HistorySuite, ClientIdSuite, ForgettingSuite, StandaloneSuite, SplitSuite
):
    """All of it."""
