"""Attacks on presence, through the endpoint that any Yjs client may use."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio
from trio_websocket import ConnectionClosed, WebSocketConnection, open_websocket_url

from loadtests.fuzz.field import Broken, Field
from sync.wire.yjs import Aware, PeerState, aware, decode, query_awareness
from tests.end_to_end.yjs_client import make_token

_PATIENCE_SECONDS = 20
_GONE = "null"


class _Voice:
    """A Yjs client that only speaks and listens about presence."""

    def __init__(self, socket: WebSocketConnection) -> None:
        self._socket = socket
        self.heard: dict[int, dict[str, object] | None] = {}

    async def say(self, *states: PeerState) -> None:
        await self._socket.send_message(aware(states))

    async def wait_for(self, client_id: int) -> dict[str, object] | None:
        """What is told of `client_id`, asked for until it is told at all."""
        with trio.fail_after(_PATIENCE_SECONDS):
            while client_id not in self.heard:
                await self._socket.send_message(query_awareness())
                await self._listen()
        return self.heard[client_id]

    async def catch_up(self) -> None:
        """Everything that was told until the answer to one more question came."""
        await self._socket.send_message(query_awareness())
        with trio.fail_after(_PATIENCE_SECONDS):
            await self._listen()

    async def _listen(self) -> None:
        while True:
            message = await self._socket.get_message()
            assert isinstance(message, bytes)
            match decode(message):
                case Aware(states=states):
                    for each in states:
                        self.heard[each.client_id] = None if each.state == _GONE else json.loads(each.state)
                    return
                case _:
                    continue


@asynccontextmanager
async def _voice(field: Field) -> AsyncIterator[_Voice]:
    token = await trio.to_thread.run_sync(make_token, field.server, field.queue, "guest")
    url = f"{field.server.url.replace('http', 'ws', 1)}yjs/{field.queue}?token={token.text}"
    async with open_websocket_url(url) as socket:
        yield _Voice(socket)


async def forged_presence(field: Field, count: int) -> None:
    """Speaks for somebody else, claims to be somebody else, and sends somebody else away."""
    for _ in range(count):
        victim_id, own_id = field.random.randrange(2**20, 2**30), field.random.randrange(2**20, 2**30)
        async with _voice(field) as victim, _voice(field) as forger, _voice(field) as witness:
            await victim.say(PeerState(victim_id, 1, '{"cursor": 7}'))
            told = await witness.wait_for(victim_id)
            await forger.say(
                PeerState(own_id, 1, json.dumps({"principal": (told or {}).get("principal"), "name": "Host"}))
            )
            await forger.say(PeerState(victim_id, 99, '{"cursor": 666}'), PeerState(own_id, 2, "{}"))
            await forger.say(PeerState(victim_id, 100, _GONE))
            claimed = await witness.wait_for(own_id)
            await witness.catch_up()
            if witness.heard[victim_id] != told:
                raise Broken("somebody spoke for another")
            if (
                claimed is None
                or told is None
                or claimed["principal"] == told["principal"]
                or claimed["name"] == "Host"
            ):
                raise Broken("somebody passed for another")


async def presence_flood(field: Field, count: int) -> None:
    """A hundred invented presences in each of `count` messages; a witness must see at most the sender's own few."""
    async with _voice(field) as witness:
        try:
            async with _voice(field) as flooder:
                for number in range(count):
                    first = 2**30 + 100 * number
                    await flooder.say(*(PeerState(first + each, 1, '{"cursor": 1}') for each in range(100)))
                await flooder.catch_up()
        except* ConnectionClosed:
            pass  # thrown out for it, which is an answer as well
        await witness.catch_up()
        if len(witness.heard) > 50:
            raise Broken(f"{len(witness.heard)} invented presences were told to others")
