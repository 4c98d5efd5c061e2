"""Whose edits are: ids that clients chose themselves, while storage knows the answer and while it does not."""

import trio
from trio.testing import MockClock

from hathor_rt.ids import DocumentName
from hathor_rt.refusals import StorageDown
from hathor_rt.storage.memory.opening import open_memory
from hathor_rt.storage.ports import Claim
from sync.wire.frames import Refused
from tests.fakes.documents import YjsClient, read, standalone_documents, write
from tests.fakes.storage import faulty

NAME = DocumentName("scratch:s1")


async def test_storage_that_cannot_tell_whose_an_id_is_costs_the_edits_that_ask(autojump_clock: MockClock) -> None:
    storage, faults = faulty(open_memory(seed=1))
    async with standalone_documents(storage) as desk:
        ann, ben = await desk.come(NAME, "ann"), await desk.come(NAME, "ben")
        write(ben, "b", 0)
        await ben.send()
        await trio.sleep(0.1)
        faults.fail_next(StorageDown("no"), "documents.claim_client_ids")
        for number in range(2):
            write(ann, "a", number)
            await ann.send()
        write(ben, "b", 1)
        await ben.send()
        await trio.sleep(0.1)
        assert [each.code for each in ann.outlet.of(Refused)] == ["storage-down"]
        assert read(ben) == {"b": 1}
        assert ann.outlet.endings == ben.outlet.endings == []
        # Who opens the document again tells all it has, and that is asked for anew.
        await ann.seat.open(b"")
        await ann.seat.edit([ann.doc.get_update()])
        await trio.sleep(0.1)
        assert read(ben) == {"a": 1, "b": 1}
        assert len(ann.outlet.of(Refused)) == 1


async def test_an_id_that_was_claimed_elsewhere_first_is_refused(autojump_clock: MockClock) -> None:
    async with standalone_documents() as desk:
        ben = YjsClient("ben", 5)
        await desk.storage.documents.claim_client_ids(NAME, [Claim(5, ben.visitor.principal, ben.visitor.device)])
        ann = await desk.come(NAME, "ann", client_id=5)
        write(ann, "k", 1)
        await ann.send()
        assert (await ann.outlet.wait_for(Refused)).code == "foreign-client-id"
