"""Standalone documents are made once, found, and kept apart."""

import gc
import os
from dataclasses import replace

import pytest
import trio
from pycrdt import Map
from trio.testing import MockClock

from hathor_rt.documents.lease import Leases
from hathor_rt.ids import DocumentName, PrincipalId
from hathor_rt.playlists.standalone import StandaloneDocuments
from hathor_rt.refusals import RoomFull, StorageDown
from hathor_rt.storage.memory.opening import open_memory
from hathor_rt.timebase import StoredInstant
from sync.documents.watched import WatchedDocument
from sync.refusal import SchemaViolation, UnknownDocument
from sync.units import Micros
from tests.fakes.documents import SETTINGS, YjsClient, standalone_documents
from tests.fakes.rooms_world import FakeRecordings, VirtualTimebase
from tests.fakes.storage import faulty

LIST = DocumentName("playlist:p1")
ANN = PrincipalId("ann")


async def test_a_playlist_is_made_once_with_its_title(autojump_clock: MockClock) -> None:
    async with standalone_documents() as desk:
        assert await desk.documents.create(LIST, ANN, "Friday")
        assert not await desk.documents.create(LIST, PrincipalId("ben"), "Monday")
        ann = await desk.come(LIST, "ann")
        ann.catch_up()
        assert ann.doc.get("playlist", type=Map).to_py() == {"about": {"title": "Friday", "description": ""}}


async def test_a_creation_that_broke_off_is_done_again(autojump_clock: MockClock) -> None:
    storage, faults = faulty(open_memory(seed=1))
    async with standalone_documents(storage) as desk:
        faults.fail_next(StorageDown("no"), "documents.create")
        with pytest.raises(StorageDown):
            await desk.documents.create(LIST, ANN, "Friday")
        with pytest.raises(UnknownDocument):
            await desk.come(LIST, "ann")
        assert await desk.documents.create(LIST, ANN, "Friday")
        await desk.come(LIST, "ann")
        assert len(await storage.documents.history(LIST)) == 1


@pytest.mark.parametrize("name", ["playlist:none", "queue:r1", "nope:x", "scratch:", "scratch:a b"])
async def test_what_is_not_there_is_unknown(name: str, autojump_clock: MockClock) -> None:
    async with standalone_documents() as desk:
        with pytest.raises(UnknownDocument):
            await desk.come(name, "ann")


async def test_what_is_no_title_or_no_standalone_kind_cannot_be_made() -> None:
    async with standalone_documents() as desk:
        with pytest.raises(SchemaViolation):
            await desk.documents.create(LIST, ANN, "x" * 500)
        with pytest.raises(UnknownDocument):
            await desk.documents.create(DocumentName("queue:r1"), ANN)


async def test_scratch_documents_are_there_only_if_switched_on(autojump_clock: MockClock) -> None:
    async with standalone_documents() as desk:
        await desk.come("scratch:any", "ann")
    async with standalone_documents(settings=replace(SETTINGS, has_scratch=False)) as desk:
        with pytest.raises(UnknownDocument):
            await desk.come("scratch:any", "ann")


async def test_a_full_document_refuses_more(autojump_clock: MockClock) -> None:
    async with standalone_documents(settings=replace(SETTINGS, capacity=1)) as desk:
        ann = await desk.come("scratch:any", "ann")
        with pytest.raises(RoomFull):
            await desk.come("scratch:any", "ben")
        await ann.seat.leave()
        await desk.come("scratch:s9", "ben")


class StoppedClock(VirtualTimebase):
    """Stamps what is written, but cannot tell the time."""

    def stamp(self) -> StoredInstant:
        return StoredInstant("boot", Micros(1), Micros(1))

    def now(self) -> Micros:
        raise ZeroDivisionError("no time")


def copies_in_memory() -> int:
    # A collection does nothing while another thread is in the middle of one; several do not all meet that.
    for _ in range(20):
        gc.collect()
        os.sched_yield()
    return sum(isinstance(each, WatchedDocument) for each in gc.get_objects())


async def test_a_document_that_was_read_but_cannot_be_owned_is_given_back(autojump_clock: MockClock) -> None:
    storage, timebase, ann = open_memory(seed=1), StoppedClock(), YjsClient("ann", 7)
    before = copies_in_memory()
    async with trio.open_nursery() as nursery:
        leases = Leases(nursery, storage.rooms, timebase, node="node1")
        documents = StandaloneDocuments(nursery, storage, FakeRecordings({}), timebase, leases, SETTINGS)
        for _ in range(3):
            with pytest.raises(StorageDown):
                await documents.follow(DocumentName("scratch:any"), ann.visitor, ann.outlet, "editor")
        assert copies_in_memory() == before
        nursery.cancel_scope.cancel()
