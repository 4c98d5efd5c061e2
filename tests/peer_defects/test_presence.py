"""Nobody speaks for others, and nobody's inventions are passed on."""

import json
from pathlib import Path

from pycrdt import Doc, Text

from sync.wire.yjs import Aware, Edited, PeerState, aware, edited, query_awareness, step_1
from tests.fakes.yjs_site import PlainClient, typed, yjs_site

VICTIM, OTHER = 5, 6


async def told_of(client: PlainClient, client_id: int) -> dict[str, object] | None:
    """What everybody's state is said to be, of this one; asked for until it is told."""
    while True:
        await client.send(query_awareness())
        for state in (await client.next(Aware)).states:
            if state.client_id == client_id:
                found: dict[str, object] | None = json.loads(state.state)
                return found


async def test_nobody_overwrites_the_presence_of_another(tmp_path: Path) -> None:
    """y-websocket-server 0.1.1, Hocuspocus 4.7, pycrdt-websocket 0.16.5: a forged state is shown to the victim's peers."""
    async with yjs_site(tmp_path) as at:
        target = f"/yjs/scratch:s1?token={await at.token()}"
        forgers = f"/yjs/scratch:s1?token={await at.token(name='Ben')}"
        async with at.client(target) as victim, at.client(forgers) as forger, at.client(target) as witness:
            await victim.send(aware([PeerState(VICTIM, 1, '{"cursor": 7}')]))
            before = await told_of(witness, VICTIM)
            await forger.send(aware([PeerState(VICTIM, 9, '{"cursor": 666}')]), aware([PeerState(OTHER, 1, "{}")]))
            assert (await told_of(witness, OTHER) or {})["name"] == "Ben"
            assert await told_of(witness, VICTIM) == before
            assert before is not None
            assert (before["cursor"], before["name"]) == (7, "Ann")


async def test_nobody_removes_the_presence_of_another(tmp_path: Path) -> None:
    """y-websocket-server 0.1.1, Hocuspocus 4.7, pycrdt-websocket 0.16.5: anybody can send anybody away."""
    async with yjs_site(tmp_path) as at:
        target = f"/yjs/scratch:s1?token={await at.token()}"
        forgers = f"/yjs/scratch:s1?token={await at.token(name='Ben')}"
        async with at.client(target) as victim, at.client(forgers) as forger, at.client(target) as witness:
            await victim.send(aware([PeerState(VICTIM, 1, '{"cursor": 7}')]))
            before = await told_of(witness, VICTIM)
            await forger.send(aware([PeerState(VICTIM, 9, "null")]), aware([PeerState(OTHER, 1, "{}")]))
            await told_of(witness, OTHER)
            assert await told_of(witness, VICTIM) == before
            await victim.send(aware([PeerState(VICTIM, 2, '{"cursor": 8}')]))
            while (await told_of(witness, VICTIM) or {})["cursor"] != 8:
                pass


async def test_one_who_invents_twenty_thousand_presences_is_one_presence_and_the_room_goes_on(tmp_path: Path) -> None:
    """Hocuspocus 4.7: the room stopped. y-websocket-server 0.1.1, pycrdt-websocket 0.16.5: 4 MB relayed to everybody."""
    async with yjs_site(tmp_path, messages_per_second=100_000, messages_at_once=100_000) as at:
        target = f"/yjs/scratch:s1?token={await at.token()}"
        async with at.client(target) as flooder, at.client(target) as writer, at.client(target) as witness:
            await witness.send(step_1(b"\x00"))
            await witness.next(Edited)
            await writer.send(step_1(b"\x00"))
            for number in range(200):
                await flooder.send(aware(PeerState(1000 + 100 * number + each, 1, "{}") for each in range(100)))
            await writer.send(edited(typed("hello", 99)))
            doc: Doc[Text] = Doc()
            doc.apply_update((await witness.next(Edited)).update)
            assert str(doc.get("t", type=Text)) == "hello"
            await witness.send(query_awareness())
            assert len((await witness.next(Aware)).states) <= 1
