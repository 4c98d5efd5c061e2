"""Who comes while a document or a room is still being opened gets an answer, and gets it before anything else."""

from pathlib import Path

import trio
from pycrdt import Array, Doc, Text
from trio.testing import MockClock

from hathor_rt.ids import PrincipalId
from hathor_rt.refusals import StorageDown
from hathor_rt.storage.memory.opening import open_memory
from sync.wire.yjs import Edited, PeerState, aware, edited, step_1
from tests.fakes.room_page import Page, enter
from tests.fakes.running_rooms import running_rooms
from tests.fakes.storage import faulty
from tests.fakes.yjs_site import typed, yjs_site

NOTHING = b"\x00"


async def test_three_who_join_while_a_document_opens_are_all_answered(tmp_path: Path) -> None:
    """pycrdt-websocket 0.16.5: of three first joins at once, two were never answered."""
    storage, faults = faulty(open_memory(seed=1))
    answered: list[bytes] = []
    async with yjs_site(tmp_path, storage=storage) as at:
        token = await at.token()
        faults.delay_seconds = 0.02

        async def join() -> None:
            async with at.client(f"/yjs/scratch:s1?token={token}") as client:
                await client.send(step_1(NOTHING))
                answered.append((await client.next(Edited)).update)

        async with trio.open_nursery() as nursery:
            for _ in range(3):
                nursery.start_soon(join)
    assert answered == [b"\x00\x00"] * 3


async def test_three_who_join_while_a_room_opens_are_all_answered(autojump_clock: MockClock) -> None:
    """pycrdt-websocket 0.16.5: of three first joins at once, two were never answered."""
    storage, faults = faulty(open_memory(seed=1))
    pages: list[Page] = []
    async with running_rooms(storage=storage) as world:
        record, invite = await world.rooms.create(PrincipalId("hana"), "Friday")
        faults.delay_seconds = 1

        async def join(name: str) -> None:
            page = await enter(world, record.room, name, invite.token)
            await page.open()
            pages.append(page)

        async with trio.open_nursery() as nursery:
            for name in ("ann", "ben", "cem"):
                nursery.start_soon(join, name)
    assert {page.name for page in pages} == {"ann", "ben", "cem"}


async def test_who_waits_for_a_document_that_cannot_be_opened_is_told_and_the_next_one_opens_it(tmp_path: Path) -> None:
    """pycrdt-websocket: an open that fails leaves those who wait for it behind (same lock as above)."""
    storage, faults = faulty(open_memory(seed=1))
    codes: list[int] = []
    async with yjs_site(tmp_path, storage=storage) as at:
        token = await at.token()
        faults.delay_seconds = 0.02
        faults.fail_next(StorageDown("away"), "documents.load")

        async def join() -> None:
            async with at.client(f"/yjs/scratch:s1?token={token}") as client:
                codes.append((await client.closed())[0])

        async with trio.open_nursery() as nursery:
            for _ in range(3):
                nursery.start_soon(join)
        # Told that storage does not answer, and that it may help to come back.
        assert codes == [4504] * 3
        async with at.client(f"/yjs/scratch:s1?token={token}") as client:
            await client.send(step_1(NOTHING))
            assert (await client.next(Edited)).is_answer


async def test_nobody_is_told_of_changes_before_the_state_they_belong_to(tmp_path: Path) -> None:
    """pycrdt-websocket 0.16.5: a client is told of changes before its handshake (its pull request 138)."""
    async with yjs_site(tmp_path) as at:
        target = f"/yjs/scratch:s1?token={await at.token()}"
        async with at.client(target) as writer, at.client(target) as late:
            await writer.send(step_1(NOTHING))
            await writer.next(Edited)
            await late.send(aware([PeerState(9, 1, "{}")]))  # it is inside, and has not asked for the document yet
            for number in range(5):
                await writer.send(edited(typed(f"{number} ", 100 + number)))
                await writer.next(Edited)  # it is told itself once everybody is
            await late.send(step_1(NOTHING))
            first = await late.next(Edited)
            assert first.is_answer
            doc: Doc[Text] = Doc()
            doc.apply_update(first.update)
            assert sorted(str(doc.get("t", type=Text)).split()) == ["0", "1", "2", "3", "4"]


async def test_who_joins_in_the_middle_of_a_stream_of_edits_misses_nothing(tmp_path: Path) -> None:
    """pycrdt-websocket 0.16.5: an update that comes between the handshake and the broadcast is lost for the joiner."""
    async with yjs_site(tmp_path) as at:
        target = f"/yjs/scratch:s1?token={await at.token()}"
        edits = 200

        async def join() -> None:
            doc: Doc[Array[int]] = Doc()
            async with at.client(target) as client:
                await client.send(step_1(NOTHING))
                while len(doc.get("a", type=Array)) < edits:
                    doc.apply_update((await client.next(Edited)).update)

        async with at.client(target) as writer, trio.open_nursery() as nursery:
            await writer.send(step_1(NOTHING))
            doc: Doc[Array[int]] = Doc(client_id=7)
            for number in range(edits):
                if number % 20 == 0:
                    nursery.start_soon(join)
                before = doc.get_state()
                doc.get("a", type=Array).append(number)
                await writer.send(edited(doc.get_update(before)))
