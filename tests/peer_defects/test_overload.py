"""More than a server can do, and more than it should keep: it goes on, forgets it, and hands none of it to others."""

import urllib.request
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest
import trio
from trio_websocket import ConnectionClosed

from loadtests.fuzz.siege import UNMETERED
from sync.wire.yjs import PeerState, Step1, aware, edited
from tests.end_to_end.server_process import ServerProcess
from tests.end_to_end.yjs_client import make_token
from tests.peer_defects.plain_process import Follower, PlainProcess, Writer
from tests.sync.documents.updates import after, text, update

pytestmark = pytest.mark.slow
EDITS = 8_000
# So many gaps are forgiven to one connection.
A_FEW = 10
CLOSED = (ConnectionClosed, trio.BrokenResourceError, trio.ClosedResourceError)


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlainProcess]:
    data: Path = tmp_path_factory.mktemp("overload") / "data"
    server = ServerProcess(data, scratch_documents=1, **UNMETERED).start()  # type: ignore[arg-type]  # settings by name
    yield PlainProcess(server, make_token(server, "scratch:*", "editor").text)
    server.stop()


async def require_health(process: PlainProcess, document: str, writer: Writer) -> Follower:
    """Who joins now has everything, and an edit made now reaches it."""
    async with process.client(document) as late, process.client(document) as author:
        follower = await Follower(late).join()
        await Follower(author).join()
        await author.send(edited(writer.put("health", "good")))
        await follower.wait_for("health", "good")
    return follower


async def test_after_bursts_of_edits_at_the_speed_of_the_socket_the_room_delivers_and_lets_in(
    process: PlainProcess,
) -> None:
    """Hocuspocus 4.7: after one burst nothing was delivered any more and a fresh join was not answered in 30 s."""
    document, writers = "scratch:s1", [Writer(7), Writer(8), Writer(9)]
    before = 0.0
    async with process.client(document) as witness, AsyncExitStack() as stack:
        follower = await Follower(witness).join()
        authors = [await stack.enter_async_context(process.client(document)) for _ in writers]
        for author in authors:
            await Follower(author).join()
        for burst in range(3):
            bursts = [
                writer.puts((f"{writer.client_id}k{number % 100}", f"{burst} {number}") for number in range(EDITS))
                for writer in writers
            ]
            async with trio.open_nursery() as nursery:
                for author, messages in zip(authors, bursts, strict=True):
                    nursery.start_soon(author.send_at_once, map(edited, messages))
                for writer in writers:
                    await follower.wait_for(f"{writer.client_id}k{(EDITS - 1) % 100}", f"{burst} {EDITS - 1}")
            # The first burst is what the allocator grows for.
            before = before or process.resident_megabytes()
        assert process.resident_megabytes() - before < 24
    joined = await require_health(process, document, writers[0])
    assert joined.content() == follower.content() | {"health": "good"}


async def test_twenty_thousand_invented_presences_cost_no_memory(process: PlainProcess) -> None:
    """Hocuspocus 4.7: 78 MB and a room that stopped. y-websocket-server 0.1.1: 39 MB. pycrdt-websocket 0.16.5: 11 MB."""
    document, writer = "scratch:s2", Writer(7)
    await require_health(process, document, writer)
    before = process.resident_megabytes()
    async with process.client(document) as flooder:
        for number in range(200):
            await flooder.send(aware(PeerState(1000 + 100 * number + each, 1, '{"a":1}') for each in range(100)))
        await Follower(flooder).join()  # all of it was heard
        await require_health(process, document, writer)
        assert process.resident_megabytes() - before < 8


async def test_an_update_of_32_mib_is_cut_off_and_reaches_nobody(process: PlainProcess) -> None:
    """y-websocket-server 0.1.1, Hocuspocus 4.7: taken, and handed to every member."""
    document, writer = "scratch:s3", Writer(7)
    async with process.client(document) as witness:
        follower = await Follower(witness).join()
        await require_health(process, document, writer)
        before = process.resident_megabytes()
        huge = edited(Writer(8).put("huge", "x" * (32 << 20)))
        async with process.client(document) as attacker:
            await Follower(attacker).join()
            with suppress(*CLOSED):
                await attacker.send(huge)
            code, _ = await attacker.closed()
            assert code in (1006, 1009)
        assert process.resident_megabytes() - before < 8
        await require_health(process, document, writer)
        await follower.wait_for("health", "good")
        assert follower.content() == {"health": "good"}


@pytest.mark.parametrize("waits_by", ["its own past", "somebody else's past"])
async def test_updates_whose_predecessor_never_comes_cost_nothing_and_no_joiner_is_sent_them(
    process: PlainProcess, waits_by: str
) -> None:
    """200 times 50 kB: y-websocket-server 0.1.1 grew by 154 MB, Hocuspocus 4.7 by 92 MB, and sent 8 MB to each joiner."""
    is_own = waits_by == "its own past"
    document, writer = f"scratch:s{4 + is_own}", Writer(7)
    await require_health(process, document, writer)
    before = process.resident_megabytes()
    for sent in range(0, 200, A_FEW):
        async with process.client(document) as attacker:
            await Follower(attacker).join()
            for number in range(sent, sent + A_FEW):
                start, client = (1_000_000 * (1 + number), 9) if is_own else (0, 10_000 + number)
                waits_for = (client, start - 1) if is_own else (5_000, number)
                await attacker.send(edited(update([(client, start, [after(*waits_for, 4, text("x" * 50_000))])])))
            for _ in range(1 + A_FEW):
                await attacker.next(Step1)  # each is answered: what is missing is asked for
    joined = await require_health(process, document, writer)
    assert len(joined.first) < 1000
    assert process.resident_megabytes() - before < 8


async def test_the_memory_of_the_process_is_told_to_whoever_watches(process: PlainProcess) -> None:
    """y-websocket-server 0.1.1, Hocuspocus 4.7, pycrdt-websocket 0.16.5: growth is nowhere to be seen."""

    def read() -> str:
        with urllib.request.urlopen(f"{process.server.url}metrics", timeout=10) as answer:
            content: bytes = answer.read()
            return content.decode()

    [line] = [
        line
        for line in (await trio.to_thread.run_sync(read)).splitlines()
        if line.startswith("process_resident_memory_bytes ")
    ]
    assert float(line.split()[1]) / 2**20 == pytest.approx(process.resident_megabytes(), rel=0.2)
