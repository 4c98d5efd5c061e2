"""`hathor backup` and `hathor restore` on a running server with people in its rooms: everybody ends with what the backup says."""

import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import trio

from sync.documents import queue
from sync.documents.queue import QUEUE
from sync.documents.replica import Replica
from sync.wire.frames import Done, Ending, Open, Opened, Play, Refused, Update, Welcome
from tests.end_to_end.server_process import ServerProcess
from tests.end_to_end.socket_client import SocketClient, connected, make_guest
from tests.end_to_end.test_survival import demo, edit_until_cut_off

pytestmark = pytest.mark.slow


def entries_in(archive: Path, room: str, scratch: Path) -> set[str]:
    """What the queue of `room` holds in a backup, read without the server."""
    with tarfile.open(archive) as tar:
        tar.extract("hathor.db", scratch, filter="data")
    with closing(sqlite3.connect(scratch / "hathor.db")) as connection:
        name = f"queue:{room}"
        kept = connection.execute("SELECT state, through FROM snapshots WHERE document = ?", [name]).fetchone()
        state, through = kept or (b"", 0)
        after = 'SELECT "update" FROM journal WHERE document = ? AND sequence > ? ORDER BY sequence'
        rows = [row[0] for row in connection.execute(after, [name, through])]
    replica = Replica.load(QUEUE, state, rows)
    found = {entry.entry for entry in queue.entries(replica)}
    replica.close()
    return found


async def come_back(server: ServerProcess) -> None:
    """Wait until the server takes connections again."""
    with trio.fail_after(30):
        while True:
            try:
                stream = await trio.open_tcp_stream("localhost", server.port)
            except OSError:
                await trio.sleep(0.05)
            else:
                await stream.aclose()
                return


async def add_some(client: SocketClient, tracks: list[str], first: int, count: int) -> None:
    for number in range(first, first + count):
        await client.add(f"m{number}", tracks[number % len(tracks)])
    with trio.fail_after(20):
        while client.saved() < count:
            await trio.sleep(0.01)


async def test_a_backup_taken_under_load_comes_back_while_people_are_inside(
    make_server: Callable[..., ServerProcess], tmp_path: Path
) -> None:
    server = make_server().start()
    cookie, archive = make_guest(server), tmp_path / "backup.tar"
    room, tracks = demo(server, cookie)
    async with connected(server, cookie) as client, trio.open_nursery() as nursery:
        await client.enter(room)
        nursery.start_soon(edit_until_cut_off, client, tracks, 0)
        await trio.sleep(0.3)
        told = await trio.to_thread.run_sync(server.command, "backup", str(archive))
        assert told.strip() == str(archive)
        await trio.sleep(0.3)
        nursery.cancel_scope.cancel()
    held = entries_in(archive, room, tmp_path)
    assert len(held) > 5

    async with connected(server, cookie) as late:
        await late.enter(room, sound=True)
        await add_some(late, tracks, 0, 30)
        await late.command(Play())
        await late.wait_for(Done)
        term_before, doc_before = late.transport().owner_term, late.docs["queue"]
        id_before = (await late.wait_for(Opened)).client_id
        generation_before = (await late.wait_for(Welcome)).generation
        assert held < late.entries().keys()
        said = await trio.to_thread.run_sync(server.command, "restore", str(archive))
        assert "The backup is back." in said
        with trio.fail_after(10):
            await late.wait_until_over()
        ending = await late.wait_for(Ending)
        assert ending.code == "going-away"
        assert ending.retry_after > 0
    await come_back(server)

    async with connected(server, cookie) as first, connected(server, make_guest(server)) as second:
        await first.enter(room, sound=True)
        await second.enter(room)
        assert first.entries().keys() == second.entries().keys() == held
        assert (await first.wait_for(Welcome)).generation > generation_before

        # One who kept what came after the backup and ignores the generation cannot bring it back.
        await first.send(Open(f"queue:{room}", doc_before.get_state(), id_before))
        await first.wait_for(Opened, 3)
        await first.send(Update(f"queue:{room}", doc_before.get_update(), 1))
        assert (await first.wait_for(Refused)).about == "update"

        # And the restored room is alive: what it says counts as news, and new edits reach everybody.
        await second.add("fresh", tracks[0])
        with trio.fail_after(10):
            while second.saved() < 1:
                await trio.sleep(0.01)
        await first.command(Play())
        await first.wait_for(Done)
        assert first.transport().owner_term > term_before
    async with connected(server, cookie) as last:
        await last.enter(room)
        assert last.entries().keys() == held | {"fresh"}
    assert len(list(server.data.glob("hathor-replaced-*.db"))) == 1
    assert "Traceback" not in server.log()
    assert server.stop() == 0


async def test_a_backup_is_put_back_without_a_server_and_a_killed_one_takes_a_waiting_backup(
    make_server: Callable[..., ServerProcess], tmp_path: Path
) -> None:
    server = make_server().start()
    cookie = make_guest(server)
    room, tracks = demo(server, cookie)
    archive = Path(server.command("backup", str(tmp_path)).strip())
    held = entries_in(archive, room, tmp_path)
    for is_killed in (False, True):
        async with connected(server, cookie) as client:
            await client.enter(room)
            await client.add(f"x{int(is_killed)}", tracks[0])
            with trio.fail_after(10):
                while client.saved() < 1:
                    await trio.sleep(0.01)
        if is_killed:
            # Staged, but the server dies before it sees it: it is applied at the next start.
            server.kill()
            (server.data / "restore-pending").mkdir()
            with tarfile.open(archive) as tar:
                tar.extract("hathor.db", server.data / "restore-pending", filter="data")
            (server.data / "restore-pending" / "name").write_text("waiting")
        else:
            server.stop()
            assert "The backup is back." in server.command("restore", str(archive))
        server.start()
        async with connected(server, cookie) as client:
            await client.enter(room)
            assert client.entries().keys() == held
    assert len(list(server.data.glob("hathor-replaced-*.db"))) == 2
    assert server.stop() == 0
