"""One bad client, one bad document: nobody else notices."""

from pathlib import Path

import pytest
from pycrdt import Doc, Text

from hathor_rt.ids import DeviceId, DocumentName, PrincipalId, RoomId
from hathor_rt.storage.memory.opening import open_memory
from hathor_rt.storage.ports import JournalRow
from hathor_rt.timebase import StoredInstant
from sync.units import Micros
from sync.wire.yjs import Edited, edited, step_1
from tests.fakes.yjs_site import PlainClient, typed, yjs_site
from tests.sync.documents.updates import number

# State vectors and messages that no replica and no client can mean.
BAD_CLOCKS = {
    "at the end of numbers": step_1(number(1) + number(5) + number(2**53 - 1)),
    "beyond numbers": step_1(number(1) + number(5) + b"\xff" * 9 + b"\x7f"),
    "many": step_1(number(2**40) + number(5) + number(1)),
}
MALFORMED = {"no message": b"\x63", "cut off": step_1(b"\x00")[:-1], "no update": edited(b"\xff" * 20), "empty": b""}


async def require_service(writer: PlainClient, witness: PlainClient, words: str, client_id: int) -> None:
    await writer.send(edited(typed(words, client_id)))
    doc: Doc[Text] = Doc()
    doc.apply_update((await witness.next(Edited)).update)
    assert str(doc.get("t", type=Text)) == words


async def synced(client: PlainClient) -> PlainClient:
    await client.send(step_1(b"\x00"))
    await client.next(Edited)
    return client


@pytest.mark.parametrize("message", BAD_CLOCKS.values(), ids=BAD_CLOCKS.keys())
async def test_one_bad_clock_harms_neither_this_document_nor_another(message: bytes, tmp_path: Path) -> None:
    """y/hub (its issue 61): one bad clock stopped the fan-out of every document of the process for 100 minutes."""
    async with yjs_site(tmp_path) as at:
        token = await at.token()
        async with (
            at.client(f"/yjs/scratch:s1?token={token}") as writer,
            at.client(f"/yjs/scratch:s1?token={token}") as witness,
            at.client(f"/yjs/scratch:s2?token={token}") as elsewhere,
            at.client(f"/yjs/scratch:s2?token={token}") as watcher,
            at.client(f"/yjs/scratch:s1?token={token}") as bad,
        ):
            for client in (writer, witness, elsewhere, watcher):
                await synced(client)
            await bad.send(message)
            await require_service(writer, witness, "here", 5)
            await require_service(elsewhere, watcher, "there", 6)


async def test_a_document_that_cannot_be_read_stops_no_other(tmp_path: Path) -> None:
    """y/hub (its issue 61): one bad value in the store of one document stopped all of them."""
    storage = open_memory(seed=1)
    at_some_time = StoredInstant("boot", Micros(1), Micros(1))
    bad = JournalRow(DocumentName("scratch:bad"), 1, b"\xff\xff", PrincipalId(""), DeviceId(""), "[]", at_some_time)
    await storage.documents.append([bad], room=RoomId("scratch:bad"), term=1)
    async with yjs_site(tmp_path, storage=storage) as at:
        token = await at.token()
        for _ in range(2):
            async with (
                at.client(f"/yjs/scratch:bad?token={token}") as unlucky,
                at.client(f"/yjs/scratch:g1?token={token}") as writer,
                at.client(f"/yjs/scratch:g1?token={token}") as witness,
            ):
                assert (await unlucky.closed())[0] == 4504
                await synced(writer)
                await witness.send(step_1(b"\x00"))
                await witness.next(Edited)
        async with (
            at.client(f"/yjs/scratch:g2?token={token}") as writer,
            at.client(f"/yjs/scratch:g2?token={token}") as witness,
        ):
            await require_service(await synced(writer), await synced(witness), "good", 5)


@pytest.mark.parametrize("message", MALFORMED.values(), ids=MALFORMED.keys())
async def test_who_sends_what_is_no_message_is_told_so_and_thrown_out(message: bytes, tmp_path: Path) -> None:
    """y-websocket-server 0.1.1, pycrdt-websocket 0.16.5: malformed messages are swallowed and their sender stays."""
    async with yjs_site(tmp_path) as at, at.client(f"/yjs/scratch:s1?token={await at.token()}") as client:
        await synced(client)
        await client.send(message)
        code, reason = await client.closed()
        assert code == 4400
        assert reason.startswith("malformed-")
