"""Which client ids every document store forgets."""

from pycrdt import Doc, Map

from hathor_rt.ids import DocumentName, RoomId
from hathor_rt.storage.ports import Claim, Storage
from sync.units import Micros
from tests.conformance.records import ALICE, BOB, PHONE, QUEUE, ROOM, row


class ForgettingSuite:
    """Client ids that nobody used are forgotten, and no others."""

    async def test_ids_that_authored_nothing_are_forgotten_once_they_are_old(self, storage: Storage) -> None:
        documents = storage.documents
        used, unused, late = [await documents.issue_client_id(QUEUE, ALICE, PHONE) for _ in range(3)]
        await documents.claim_client_ids(QUEUE, [Claim(5, BOB, PHONE), Claim(6, BOB, PHONE)])
        await documents.append([row(1, update=_written(used)), row(2, update=_written(5))], room=ROOM, term=1)
        await documents.save_snapshot(QUEUE, _written(used), 1, room=ROOM, term=1)
        assert await _date(storage, 100) == 5
        await documents.issue_client_id(QUEUE, ALICE, PHONE)
        assert await _date(storage, 200) == 1
        assert await _prune(storage, 100) == []
        assert await _prune(storage, 150) == [QUEUE]
        assert await _prune(storage, 150) == []  # those who authored are not looked at again
        mine = (await documents.resume_client_id(QUEUE, ALICE, PHONE, used)).all
        assert used in mine
        assert not {unused, late} & mine
        assert len(mine) == 2
        taken = await documents.claim_client_ids(QUEUE, [Claim(5, ALICE, PHONE), Claim(6, ALICE, PHONE)])
        assert taken == {5: BOB, 6: ALICE}
        assert (await documents.resume_client_id(QUEUE, ALICE, PHONE, unused)).current != unused
        assert await _prune(storage, 10_000) == [QUEUE]
        assert used in (await documents.resume_client_id(QUEUE, ALICE, PHONE, used)).all

    async def test_a_document_with_an_owner_is_passed_over(self, storage: Storage) -> None:
        playlist = DocumentName("playlist:p1")
        unused = {name: await storage.documents.issue_client_id(name, ALICE, PHONE) for name in (QUEUE, playlist)}
        await storage.rooms.acquire(ROOM, "node1", Micros(1000))
        await storage.rooms.acquire(RoomId(playlist), "node1", Micros(1000))
        await _date(storage, 100)
        for idle_since, is_kept in ((1000, True), (1001, False)):
            assert await _prune(storage, 5000, idle_since) == [playlist, QUEUE]
            for name, number in unused.items():
                claimed = await storage.documents.claim_client_ids(name, [Claim(number, BOB, PHONE)])
                assert claimed == {number: ALICE if is_kept else BOB}

    async def test_a_document_that_cannot_be_read_keeps_its_ids(self, storage: Storage) -> None:
        unused = await storage.documents.issue_client_id(QUEUE, ALICE, PHONE)
        await storage.documents.append([row(1, update=b"\xff\xff")], room=ROOM, term=1)
        await _date(storage, 100)
        assert await _prune(storage, 5000) == [QUEUE]
        assert await storage.documents.claim_client_ids(QUEUE, [Claim(unused, BOB, PHONE)]) == {unused: ALICE}

    async def test_dating_goes_by_limit(self, storage: Storage) -> None:
        for name in (QUEUE, DocumentName("lounge:room1")):
            await storage.documents.claim_client_ids(name, [Claim(number, ALICE, PHONE) for number in range(1, 8)])
        assert [await storage.documents.date_client_ids(Micros(1), limit=5) for _ in range(4)] == [5, 5, 4, 0]

    async def test_any_number_is_forgotten_and_any_number_kept(self, storage: Storage) -> None:
        claims = [Claim(number, ALICE, PHONE) for number in range(1, 1301)]
        await storage.documents.claim_client_ids(QUEUE, claims)
        rows = [row(number, update=_written(number)) for number in range(1, 601)]
        await storage.documents.append(rows, room=ROOM, term=1)
        await _date(storage, 100)
        await _prune(storage, 5000)
        owners = await storage.documents.claim_client_ids(QUEUE, [Claim(each.client_id, BOB, PHONE) for each in claims])
        assert [owners[number] for number in range(1, 1301)] == [ALICE] * 600 + [BOB] * 700


def _written(client_id: int) -> bytes:
    """An update with an operation of `client_id`."""
    doc: Doc[Map[object]] = Doc(client_id=client_id)
    doc.get("m", type=Map)["k"] = client_id
    return doc.get_update()


async def _date(storage: Storage, now: int) -> int:
    return await storage.documents.date_client_ids(Micros(now), limit=10_000)


async def _prune(storage: Storage, before: int, idle_since: int = 10**9) -> list[DocumentName]:
    """Every document that was looked at."""
    looked: list[DocumentName] = []
    while True:
        after = looked[-1] if looked else DocumentName("")
        name = await storage.documents.prune_client_ids(Micros(before), Micros(idle_since), after=after)
        if name is None:
            return looked
        looked.append(name)
