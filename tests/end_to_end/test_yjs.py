"""Any Yjs client edits through /yjs: y-websocket under Node and pycrdt's provider against a real server."""

import json
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trio
from pycrdt import Array, Doc, Text

from tests.end_to_end.server_process import ServerProcess
from tests.end_to_end.socket_client import connected, make_guest
from tests.end_to_end.yjs_client import make_token, node_client, pycrdt_client

pytestmark = pytest.mark.slow

ADD = """
const row = new Y.Map();
for (const [field, value] of Object.entries(%s)) row.set(field, value);
doc.getMap('%s').set('%s', row);
"""


def adding(root: str, entry: str, track: str, added_by: str, order: str = "V1") -> str:
    fields = {"track": track, "added_by": added_by, "order": order, "added_at": 5}
    return ADD % (json.dumps(fields), root, entry)


def get(server: ServerProcess, path: str, cookie: str = "") -> Any:
    request = urllib.request.Request(server.url + path, headers={"Cookie": cookie})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    started = ServerProcess(tmp_path / "data", scratch_documents=1).start()
    yield started
    started.stop()


@pytest.fixture
def library_server(make_server: Callable[..., ServerProcess]) -> ServerProcess:
    return make_server(scratch_documents=1).start()


# ── scratch documents ────────────────────────────────────────────────────────────────────────────────────────────────


def test_two_clients_agree_on_maps_arrays_and_texts(server: ServerProcess) -> None:
    token = make_token(server, "scratch:*", "editor").text
    with node_client(server, "scratch:s1", token) as one, node_client(server, "scratch:s1", token) as two:
        one.synced()
        two.synced()
        one.run("doc.getMap('m').set('k', {deep: [1, 'ü']}); doc.getText('t').insert(0, 'hello 😀')")
        two.run("doc.getArray('a').push([1, new Y.Map([['x', 1]])]); doc.getText('t').insert(0, '>> ')")
        one.wait("doc.getArray('a').length === 2 && doc.getText('t').toString().includes('>> ')")
        two.wait("doc.getMap('m').has('k') && doc.getText('t').toString().includes('hello')")
        state = "return [doc.getMap('m'), doc.getArray('a'), doc.getText('t')].map((each) => each.toJSON())"
        assert one.run(state) == two.run(state)
    with node_client(server, "scratch:s1", token) as late:
        assert late.synced().run(state)[0] == {"k": {"deep": [1, "ü"]}}
    with node_client(server, "scratch:s2", token) as other:
        assert other.synced().run("return doc.share.size") == 0


async def test_pycrdt_and_y_websocket_agree(server: ServerProcess) -> None:
    token = make_token(server, "scratch:*", "editor").text
    doc: Doc[Any] = Doc()
    with node_client(server, "scratch:s1", token) as node:
        node.synced().run("doc.getArray('a').push(['from node'])")
        async with pycrdt_client(server, "scratch:s1", token, doc):
            doc.get("t", type=Text).insert(0, "from pycrdt")
            await trio.to_thread.run_sync(node.wait, "doc.getText('t').toString() === 'from pycrdt'")
            assert doc.get("a", type=Array).to_py() == ["from node"]


def test_what_was_done_offline_arrives_on_connecting_and_is_kept_after_a_reconnect(server: ServerProcess) -> None:
    token = make_token(server, "scratch:s1", "editor").text
    with (
        node_client(server, "scratch:s1", token) as there,
        node_client(server, "scratch:s1", token, connects=False) as away,
    ):
        there.synced().run("doc.getMap('m').set('a', 1)")
        away.run("doc.getMap('m').set('b', 2); provider.connect()")
        away.synced().wait("doc.getMap('m').size === 2")
        there.wait("doc.getMap('m').size === 2")
        away.run("provider.disconnect(); doc.getMap('m').set('c', 3)")
        there.run("doc.getMap('m').set('d', 4)")
        away.run("provider.connect(); doc.getMap('m').set('e', 5)")
        there.wait("doc.getMap('m').size === 5")
        away.synced().wait("doc.getMap('m').size === 5")
        assert away.run("return seen.closes") == []


def test_an_edit_right_after_opening_does_not_overtake_what_was_done_offline(server: ServerProcess) -> None:
    token = make_token(server, "scratch:s1", "editor").text
    with (
        node_client(server, "scratch:s1", token) as there,
        node_client(server, "scratch:s1", token, connects=False) as away,
    ):
        there.synced()
        # Connected and not synced yet: the update goes out before the server could ask for what is missing.
        away.run(
            "doc.getText('t').insert(0, 'offline '); provider.connect();"
            "provider.on('status', ({status}) => {"
            " if (status === 'connected') queueMicrotask(() => doc.getText('t').insert(8, 'and on')) })"
        )
        there.wait("doc.getText('t').toString() === 'offline and on'")
        assert away.run("return seen.closes") == []


def test_what_another_client_received_survives_a_kill(server: ServerProcess) -> None:
    token = make_token(server, "scratch:s1", "editor").text
    with node_client(server, "scratch:s1", token) as writer, node_client(server, "scratch:s1", token) as witness:
        writer.synced()
        witness.synced()
        writer.run(
            "let n = 0; globalThis.timer = setInterval(() => {"
            " for (let i = 0; i < 20; i += 1) doc.getArray('a').push([n++]) }, 1)"
        )
        witness.wait("doc.getArray('a').length > 200")
        server.kill()
        writer.run("clearInterval(globalThis.timer)")
        witness.run("provider.disconnect()")
        received = witness.run("return doc.getArray('a').toJSON()")
        writer.run("provider.disconnect()")
    server.start()
    with node_client(server, "scratch:s1", token) as fresh:
        kept = fresh.synced().run("return doc.getArray('a').toJSON()")
    assert kept[: len(received)] == received


# ── presence ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_presence_names_who_is_there_whatever_they_claim_and_ends_with_them(server: ServerProcess) -> None:
    ann = make_token(server, "scratch:s1", "editor", "--name", "Ann")
    ben = make_token(server, "scratch:s1", "viewer", "--name", "Ben")
    with node_client(server, "scratch:s1", ann.text) as one:
        one.synced()
        with node_client(server, "scratch:s1", ben.text) as two:
            two.synced().run("provider.awareness.setLocalState({cursor: 3, name: 'Ann', principal: 'x', role: 'host'})")
            other = two.run("return doc.clientID")
            one.wait(f"provider.awareness.getStates().get({other})?.cursor === 3")
            state = one.run(f"return provider.awareness.getStates().get({other})")
            assert state == {"cursor": 3, "name": "Ben", "principal": ben.principal, "role": "viewer"}
            # Speaking for somebody else changes nothing, and sending them away neither.
            mine = one.run("provider.awareness.setLocalState({here: true}); return doc.clientID")
            two.wait(f"provider.awareness.getStates().get({mine})?.here")
            two.run(
                f"provider.awareness.meta.set({mine}, {{clock: 99, lastUpdated: Date.now()}});"
                f"provider.awareness.states.set({mine}, {{here: false}});"
                f"provider.awareness.emit('update', [{{added: [], updated: [{mine}], removed: []}}, 'local'])"
            )
            two.run("provider.awareness.setLocalStateField('cursor', 4)")
            one.wait(f"provider.awareness.getStates().get({other})?.cursor === 4")
            assert one.run("return provider.awareness.getLocalState().here") is True
        one.wait(f"!provider.awareness.getStates().has({other})", 3)


# ── who may not ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_only_a_valid_token_for_this_document_opens_it(server: ServerProcess) -> None:
    good = make_token(server, "scratch:s1", "editor")
    for document, token in (
        ("scratch:s1", ""),
        ("scratch:s1", "nonsense"),
        ("scratch:s1", good.text[:-1] + ("0" if good.text[-1] != "0" else "1")),
        ("scratch:s2", good.text),
        ("playlist:s1", good.text),
    ):
        with node_client(server, document, token) as client:
            code, reason = client.closed()
            assert (code, reason.partition(":")[0]) == (4401, "invalid-token")
            assert client.run("return provider.shouldConnect") is False
    with node_client(server, "nonsense", good.text) as client:
        assert client.closed()[0] == 4404
    assert good.text not in server.log()
    assert good.text[8:] not in server.log()


def test_a_revoked_token_ends_open_connections_soon(server: ServerProcess) -> None:
    token = make_token(server, "scratch:s1", "editor")
    with node_client(server, "scratch:s1", token.text) as client:
        client.synced()
        server.command("token", "revoke", token.name)
        client.wait("seen.closes.length > 0", 3)
        assert client.closed()[0] == 4401
        client.run("provider.connect()")
        client.wait("seen.closes.length > 1")
    assert "revoked" in server.command("token", "list")


def test_viewers_read_and_are_closed_when_they_write(server: ServerProcess) -> None:
    editor, viewer = make_token(server, "scratch:s1", "editor").text, make_token(server, "scratch:s1", "viewer").text
    with node_client(server, "scratch:s1", editor) as one, node_client(server, "scratch:s1", viewer) as two:
        one.synced().run("doc.getMap('m').set('k', 1)")
        two.synced().wait("doc.getMap('m').get('k') === 1")
        two.run("doc.getMap('m').set('k', 2)")
        code, reason = two.closed()
        assert (code, reason.partition(":")[0]) == (4403, "not-allowed")
        with node_client(server, "scratch:s1", editor) as three:
            assert three.synced().run("return doc.getMap('m').get('k')") == 1


NEST = """
doc.transact(() => {
  let last = doc.getMap('m');
  for (let depth = 1; depth <= %d; depth += 1) last = last.set('k', new Y.Map());
});
"""


def test_one_who_nests_too_deep_is_told_so_and_nobody_else_is_disturbed(server: ServerProcess) -> None:
    token = make_token(server, "scratch:s1", "editor").text
    with node_client(server, "scratch:s1", token) as one, node_client(server, "scratch:s1", token) as two:
        one.synced()
        two.synced().run(NEST % 60)
        one.wait("doc.getMap('m').has('k')")
        one.run(NEST % 90)
        code, reason = one.closed()
        assert (code, reason.partition(";")[0]) == (4400, "malformed-update: shared values nest at most 64 deep")
        assert one.run("return provider.shouldConnect") is False
        two.run("doc.getMap('m').set('goes', 'on')")
        with node_client(server, "scratch:s1", token) as three:
            three.synced().wait("doc.getMap('m').get('goes') === 'on'")
            deep = three.run("return JSON.stringify(doc.getMap('m').get('k')).split('{').length")
            assert deep == two.run("return JSON.stringify(doc.getMap('m').get('k')).split('{').length") == 61
        assert two.run("return seen.closes") == []


def test_nobody_writes_under_anothers_client_id(server: ServerProcess) -> None:
    owner, thief = make_token(server, "scratch:s1", "editor").text, make_token(server, "scratch:s1", "editor").text
    with node_client(server, "scratch:s1", owner) as one:
        one.synced().run("doc.getMap('m').set('k', 'mine')")
        stolen = one.run("return doc.clientID")
        with node_client(server, "scratch:s1", thief, connects=False) as two:
            two.run(
                f"provider.awareness.setLocalState(null); doc.clientID = {stolen};"
                " doc.getMap('m').set('a', 1); doc.getMap('m').set('k', 'theirs')"
            )
            two.run("provider.connect()")
            code, reason = two.closed()
            assert (code, reason.partition(":")[0]) == (4403, "foreign-client-id")
        assert one.run("return doc.getMap('m').toJSON()") == {"k": "mine"}


def test_scratch_documents_are_off_unless_switched_on(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "data").start()
    try:
        token = make_token(server, "scratch:*", "editor").text
        with node_client(server, "scratch:s1", token) as client:
            assert client.closed()[0] == 4404
    finally:
        server.stop()


# ── playlists and queues ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_playlist_is_edited_by_two_and_keeps_its_shape(library_server: ServerProcess) -> None:
    server = library_server
    ann = make_token(server, "playlist:p1", "owner", "--create", "--title", "Friday")
    ben = make_token(server, "playlist:p1", "editor")
    cookie = make_guest(server)
    tracks = [track["track"] for track in get(server, "api/tracks?q=", cookie)["tracks"]]
    with node_client(server, "playlist:p1", ann.text) as one, node_client(server, "playlist:p1", ben.text) as two:
        assert one.synced().run("return doc.getMap('playlist').toJSON()") == {
            "about": {"title": "Friday", "description": ""}
        }
        two.synced().run(adding("playlist", "e1", tracks[0], ben.principal))
        one.wait("doc.getMap('playlist').has('e1')")
        one.run("doc.getMap('playlist').get('e1').set('note', 'the best')")
        two.wait("doc.getMap('playlist').get('e1').get('note') === 'the best'")
        two.run(adding("playlist", "e2", tracks[0], ann.principal))
        code, reason = two.closed()
        assert (code, reason.partition(":")[0]) == (4422, "schema-violation")
        one.run(adding("playlist", "e3", "nosuchtrack0", ann.principal).replace("nosuchtrack0", "n0s"))
        assert one.closed()[1].startswith("unknown-track")
    with node_client(server, "playlist:p1", ann.text) as late:
        assert set(late.synced().run("return doc.getMap('playlist').toJSON()")) == {"about", "e1"}


async def test_queue_edits_go_both_ways_and_the_conductor_sees_them(library_server: ServerProcess) -> None:
    server = library_server
    cookie = make_guest(server)
    room = str(get(server, "api/instance", cookie)["demo_room"])
    tracks = [track["track"] for track in get(server, "api/tracks?q=", cookie)["tracks"]]
    token = await trio.to_thread.run_sync(make_token, server, f"queue:{room}", "guest")
    look = await trio.to_thread.run_sync(make_token, server, f"playback:{room}", "viewer")
    before: set[str] = set()
    with (
        node_client(server, f"queue:{room}", token.text) as plain,
        node_client(server, f"playback:{room}", look.text) as watching,
    ):
        async with connected(server, cookie) as own:
            await own.enter(room)
            before = set(own.entries())
            await trio.to_thread.run_sync(plain.synced)
            await trio.to_thread.run_sync(plain.run, adding("entries", "y1", tracks[0], token.principal, "01"))
            with trio.fail_after(10):
                while "y1" not in own.entries():
                    await trio.sleep(0.01)
            await own.add("z1", tracks[1])
            await trio.to_thread.run_sync(plain.wait, "doc.getMap('entries').has('z1')")
            assert set(own.entries()) == before | {"y1", "z1"}
            await trio.to_thread.run_sync(watching.synced)
            cue = watching.run("return doc.getMap('playback').get('transport')")
            assert cue["current"]["entry"] is not None
            # The conductor's document is read-only for everybody.
            await trio.to_thread.run_sync(watching.run, "doc.getMap('playback').set('transport', {})")
            assert (await trio.to_thread.run_sync(watching.closed))[1].startswith("schema-violation")
            await trio.to_thread.run_sync(plain.run, adding("entries", "y2", tracks[0], own.principal, "02"))
            assert (await trio.to_thread.run_sync(plain.closed))[1].startswith("schema-violation")
    async with connected(server, cookie) as again:
        await again.enter(room)
        assert set(again.entries()) == before | {"y1", "z1"}
