"""The endpoint for plain Yjs clients on real sockets, with message by message under the test's control."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import trio
from pycrdt import Doc, Text

from hathor_rt.accounts.document_tokens import Bearer, DocumentTokens
from hathor_rt.documents.ports import DocumentSeat
from sync.wire.yjs import Aware, Edited, PeerState, Step1, aware, edited, query_awareness, step_1, step_2
from tests.fakes.yjs_site import typed, yjs_site


async def test_the_handshake_of_sync_gives_and_asks(tmp_path: Path) -> None:
    async with yjs_site(tmp_path) as at, at.client(f"/yjs/scratch:s1?token={await at.token()}") as one:
        await one.send(step_1(b"\x00"))
        assert await one.next(Edited) == Edited(b"\x00\x00", is_answer=True)
        assert await one.next(Step1) == Step1(b"\x00")
        await one.send(step_2(typed("hello")))
        told = await one.next(Edited)
        doc: Doc[Any] = Doc()
        doc.apply_update(told.update)
        assert str(doc.get("t", type=Text)) == "hello"


async def test_a_percent_encoded_name_is_the_same_document(tmp_path: Path) -> None:
    async with yjs_site(tmp_path) as at, at.client(f"/yjs/scratch%3As1?token={await at.token()}") as one:
        await one.send(step_1(b"\x00"))
        await one.next(Edited)


async def test_a_page_of_another_site_may_connect_with_a_token(tmp_path: Path) -> None:
    async with yjs_site(tmp_path) as at:
        text = await at.token()
        request = (
            f"GET /yjs/scratch:s1?token={text} HTTP/1.1\r\nHost: 127.0.0.1:{at.website.port}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nOrigin: https://elsewhere.example\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        stream = await at.website.connect()
        async with stream:
            await stream.send_all(request.encode())
            assert b" 101 " in await stream.receive_some()


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("/yjs/scratch:s1", 4401),
        ("/yjs/scratch:s1?token=x", 4401),
        ("/yjs/scratch:s1?token=" + "0" * 40, 4401),
        ("/yjs/nope:s1?token=x", 4404),
        ("/yjs/%ff?token=x", 4404),
    ],
)
async def test_who_has_no_right_is_told_by_the_close_code(target: str, code: int, tmp_path: Path) -> None:
    async with yjs_site(tmp_path) as at, at.client(target) as one:
        assert (await one.closed())[0] == code


async def test_guessing_tokens_is_slowed_down(tmp_path: Path) -> None:
    async with yjs_site(tmp_path, sockets_per_minute=2) as at:
        codes = []
        for _ in range(4):
            async with at.client("/yjs/scratch:s1?token=x") as one:
                codes.append((await one.closed())[0])
        assert codes == [4401, 4401, 4529, 4529]
        async with at.client(f"/yjs/scratch:s1?token={await at.token()}") as one:
            await one.send(step_1(b"\x00"))
            await one.next(Edited)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (b"\x09", 4400),
        (edited(b"\xff\xff"), 4400),
        (edited(typed("x")), 4404),  # before any sync
        (step_1(b"\xff"), 4400),
        (aware([PeerState(5, 1, "3")]), 4400),
    ],
)
async def test_nonsense_ends_the_connection_that_sent_it(message: bytes, code: int, tmp_path: Path) -> None:
    async with yjs_site(tmp_path) as at, at.client(f"/yjs/scratch:s1?token={await at.token()}") as one:
        if code == 4400 and message[0] == 0 and message[1] == 2:
            await one.send(step_1(b"\x00"))
        await one.send(message)
        assert (await one.closed())[0] == code


async def test_texts_are_no_messages(tmp_path: Path) -> None:
    async with yjs_site(tmp_path) as at, at.client(f"/yjs/scratch:s1?token={await at.token()}") as one:
        await one.socket.send_message("hello")
        assert await one.closed() == (4400, "malformed-frame: messages are binary, this one is text")


async def test_presence_comes_with_the_name_the_server_knows(tmp_path: Path) -> None:
    async with yjs_site(tmp_path) as at:
        token = await at.token(name="Ann")
        async with (
            at.client(f"/yjs/scratch:s1?token={token}") as one,
            at.client(f"/yjs/scratch:s1?token={token}") as two,
        ):
            await two.send(step_1(b"\x00"))
            await two.next(Edited)
            await one.send(aware([PeerState(5, 1, '{"name": "Zed"}')]))
            [state] = (await two.next(Aware)).states
            assert (state.client_id, '"name": "Ann"' in state.state) == (5, True)
            await two.send(query_awareness())
            assert (await two.next(Aware)).states == (state,)
        async with at.client(f"/yjs/scratch:s1?token={token}") as three:
            await three.send(query_awareness(), step_1(b"\x00"))
            await three.next(Edited)


async def test_an_awareness_id_of_somebody_else_is_ignored(tmp_path: Path) -> None:
    async with yjs_site(tmp_path) as at:
        ann, ben = await at.token(), await at.token(name="Ben")
        async with at.client(f"/yjs/scratch:s1?token={ann}") as one:
            await one.send(aware([PeerState(5, 1, "{}")]))
            await one.next(Aware)
        async with (
            at.client(f"/yjs/scratch:s1?token={ben}") as thief,
            at.client(f"/yjs/scratch:s1?token={ann}") as witness,
        ):
            await thief.send(aware([PeerState(5, 9, "{}")]), aware([PeerState(6, 1, "{}")]))
            [state] = (await witness.next(Aware)).states
            assert state.client_id == 6


async def test_who_comes_while_the_last_one_leaves_is_seen_by_those_who_come_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with yjs_site(tmp_path) as at:
        target = f"/yjs/scratch:s1?token={await at.token()}"
        documents, may_sit, is_coming = at.website.application.documents, trio.Event(), trio.Event()
        follow = documents.follow

        async def follow_in_a_moment(*args: Any) -> DocumentSeat:
            is_coming.set()
            await may_sit.wait()
            return await follow(*args)

        async with at.client(target) as last:
            await last.send(query_awareness(), step_1(b"\x00"))
            await last.next(Edited)
            monkeypatch.setattr(documents, "follow", follow_in_a_moment)
            async with at.client(target) as early:
                await is_coming.wait()
                await last.socket.aclose()
                await trio.sleep(0.05)
                may_sit.set()
                await early.send(aware([PeerState(5, 1, "{}")]))
                await early.next(Aware)
                async with at.client(target) as later:
                    await later.send(query_awareness())
                    assert [each.client_id for each in (await later.next(Aware)).states] == [5]


async def test_a_query_with_many_fields_is_no_crash(tmp_path: Path) -> None:
    async with yjs_site(tmp_path) as at:
        request = (
            f"GET /yjs/scratch:s1?{'a=1&' * 30} HTTP/1.1\r\nHost: 127.0.0.1:{at.website.port}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        with trio.fail_after(5):
            assert b" 400 " in await at.website.exchange(request.encode())


@pytest.mark.slow
async def test_a_revoked_token_ends_its_connections(tmp_path: Path) -> None:
    async with yjs_site(tmp_path) as at:
        token = await at.token()
        tokens: DocumentTokens = at.website.application.tokens
        async with at.client(f"/yjs/scratch:s1?token={token}") as one:
            await one.send(step_1(b"\x00"))
            await one.next(Edited)
            await tokens.revoke(token[:8])
            assert (await one.closed())[0] == 4401


async def test_a_stopping_server_says_so(tmp_path: Path) -> None:
    async with yjs_site(tmp_path) as at, at.client(f"/yjs/scratch:s1?token={await at.token()}") as one:
        await one.send(step_1(b"\x00"))
        await one.next(Edited)
        at.website.stopping.set()
        assert (await one.closed())[0] == 1001


async def test_who_is_let_in_while_the_server_stops_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with yjs_site(tmp_path) as at:
        token, may_read, is_read = await at.token(), trio.Event(), trio.Event()
        tokens: DocumentTokens = at.website.application.tokens
        read = tokens.read

        async def read_in_a_moment(*args: Any) -> Bearer:
            is_read.set()
            await may_read.wait()
            return await read(*args)

        monkeypatch.setattr(tokens, "read", read_in_a_moment)
        async with at.client(f"/yjs/scratch:s1?token={token}") as one:
            await is_read.wait()
            at.website.stopping.set()
            await trio.sleep(0.05)
            may_read.set()
            assert (await one.closed())[1].startswith("overloaded")


async def test_sockets_and_deliveries_are_counted(tmp_path: Path) -> None:
    async with yjs_site(tmp_path) as at:
        observations = at.website.application.observations
        gauges = {gauge.name: gauge.read for gauge in observations.gauges}
        target = f"/yjs/scratch:s1?token={await at.token()}"
        async with at.client(target) as one, at.client(target) as other:
            for client in (one, other):
                await client.send(step_1(b"\x00"))
                await client.next(Edited)
            assert await gauges["yjs_sockets"]() == {"": 2}
            assert await gauges["stale_yjs_readers"]() == {"": 0}
            before = observations.deliveries
            await one.send(edited(typed("hello")))
            await other.next(Edited)
            assert observations.deliveries - before == 2
            assert observations.declined == 0


async def test_a_token_for_all_scratch_documents_has_so_many_open(tmp_path: Path) -> None:
    async with yjs_site(tmp_path, token_documents=2) as at:
        token, other = await at.token(), await at.token(name="Ben")
        async with AsyncExitStack() as everybody:
            for name in ("s1", "s2", "s1"):
                client = await everybody.enter_async_context(at.client(f"/yjs/scratch:{name}?token={token}"))
                await client.send(step_1(b"\x00"))
                await client.next(Edited)
            async with at.client(f"/yjs/scratch:s3?token={token}") as one_too_many:
                code, reason = await one_too_many.closed()
                assert (code, reason.partition(":")[0]) == (4529, "too-many-documents")
            async with at.client(f"/yjs/scratch:s3?token={other}") as somebody_else:
                await somebody_else.send(step_1(b"\x00"))
                await somebody_else.next(Edited)
        async with at.client(f"/yjs/scratch:s1?token={token}") as back:
            await back.send(step_1(b"\x00"))
            await back.next(Edited)


async def test_refusals_and_endings_are_counted_by_code(tmp_path: Path) -> None:
    async with yjs_site(tmp_path) as at:
        observations = at.website.application.observations
        viewer = await at.token(role="viewer")
        async with at.client("/yjs/scratch:s1?token=x") as stranger:
            await stranger.closed()
        assert (observations.refusals, observations.endings) == ({"invalid-token": 1}, {})
        async with at.client(f"/yjs/scratch:s1?token={viewer}") as one:
            await one.send(step_1(b"\x00"))
            await one.next(Edited)
            await one.send(edited(typed("hello")))
            assert (await one.closed())[0] == 4403
        async with at.client(f"/yjs/scratch:s1?token={viewer}") as one:
            await one.send(b"\x09")
            await one.closed()
        async with at.client(f"/yjs/scratch:s1?token={viewer}") as one:
            await one.send(step_1(b"\x00"))
            await one.next(Edited)
            at.website.stopping.set()
            await one.closed()
        assert observations.refusals == {"invalid-token": 1, "not-allowed": 1, "malformed-frame": 1}
        assert observations.endings == {"not-allowed": 1, "malformed-frame": 1, "going-away": 1}
