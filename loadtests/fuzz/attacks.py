"""What a hostile client can do to a server, one function each. `ATTACKS` is the table the siege goes through."""

import struct
from collections.abc import Awaitable, Callable
from typing import Final

import trio
from pycrdt import Map
from trio_websocket import ConnectionClosed, WebSocketConnection

from loadtests.fuzz.bombs import BOMBS
from loadtests.fuzz.field import Broken, Field
from loadtests.fuzz.presence import forged_presence, presence_flood
from sync.wire.frames import Enter, Entered, Open, Opened, Refused, Update
from tests.end_to_end.socket_client import SocketClient
from tests.sync.documents.updates import RandomUpdates, at_root, damaged, in_map, update, whole_entry

Attack = Callable[[Field, int], Awaitable[None]]
"""Attacks a field `count` times, whatever a time is for that attack. Its own connections may be ended for it."""

_AT_ONCE: Final = 20
_CLOSED: Final = (ConnectionClosed, ConnectionResetError, trio.BrokenResourceError, trio.ClosedResourceError)


class _Intruder:
    """A guest in the room who sends what it likes, and comes back when it is thrown out."""

    def __init__(self, field: Field, client: SocketClient) -> None:
        self._field = field
        self._client = client
        self.client_id = 0

    async def enter(self) -> None:
        await self._client.send(Enter(self._field.site.room, self._field.site.invite))
        await self._client.wait_for(Entered)
        await self.reopen()

    async def reopen(self) -> None:
        """Open the queue (again): after a refusal nothing else is listened to."""
        seen = sum(isinstance(frame, Opened) for frame in self._client.frames)
        await self._client.send(Open(self._field.queue, b"", self.client_id))
        self.client_id = (await self._client.wait_for(Opened, seen + 1)).client_id

    async def send_updates(self, updates: list[bytes]) -> None:
        """All of them, each to a freshly opened document, without waiting in between."""
        for each in updates:
            await self._client.send(Update(self._field.queue, each, 1))
            await self._client.send(Open(self._field.queue, b"", self.client_id))
        await self.reopen()
        del self._client.frames[:-5]


async def _with_updates(field: Field, make: Callable[[int], bytes], count: int) -> None:
    done = 0
    while done < count:
        try:
            async with field.guest() as client:
                intruder = _Intruder(field, client)
                await intruder.enter()
                while done < count:
                    portion = min(_AT_ONCE, count - done)
                    done += portion
                    await intruder.send_updates([make(intruder.client_id) for _ in range(portion)])
        except* _CLOSED:
            pass  # thrown out: comes back


async def damaged_updates(field: Field, count: int) -> None:
    """Real edits with some bytes changed."""

    def make(client: int) -> bytes:
        seeds = [
            update([(client, 0, whole_entry(client, 0, "m1"))]),
            update(
                [(client, 0, [at_root("a"), in_map(client, 0, "order", body=b"\x01\x77\x02V1")])], {client: [(0, 1)]}
            ),
            update(deleted={client: [(0, 5)]}),
        ]
        return damaged(field.random, seeds)

    await _with_updates(field, make, count)


async def senseless_updates(field: Field, count: int) -> None:
    """Well-formed operations without sense."""

    def make(client: int) -> bytes:
        return RandomUpdates(field.random.randrange(2**31), [client, 1]).next({client: 3, 1: 40})

    await _with_updates(field, make, count)


async def bombs(field: Field, count: int) -> None:
    """Every bomb of the table."""
    for _ in range(count):
        for make in BOMBS.values():
            await _with_updates(field, make, 1)


async def updates_that_wait(field: Field, count: int) -> None:
    """A pile of 50 KB updates whose predecessor never comes."""
    await _with_updates(field, BOMBS["50 KB that wait for ever"], 10 * count)


async def take_everything_away(field: Field, count: int) -> None:
    """A guest removes what others added."""
    for _ in range(count):
        async with field.guest() as client:
            await client.enter(field.site.room, field.site.invite)
            before = set(client.entries())
            state = client.docs["queue"].get_state()
            client.docs["queue"].get("entries", type=Map).clear()
            await client.send(Update(field.queue, client.docs["queue"].get_update(state), 1))
            await client.wait_for(Refused)
        async with field.guest() as client:
            await client.enter(field.site.room, field.site.invite)
            if not before <= set(client.entries()):
                raise Broken("a guest removed what others had added")


async def _messages(field: Field, send: Callable[[WebSocketConnection], Awaitable[None]], count: int) -> None:
    """Each from a connection of its own: the first one usually ends it."""
    for _ in range(count):
        try:
            async with field.guest() as client:
                await send(client.socket)
                with trio.move_on_after(1):
                    await client.wait_until_over()
        except* _CLOSED:
            pass  # thrown out: comes back


async def garbage_messages(field: Field, count: int) -> None:
    """Bytes that are no frame, frames of the wrong direction, frames with fields of other types, text."""
    chance = field.random
    tags = [b"update", b"open", b"enter", b"command", b"report", b"probe", b"hello", b"welcome", b"nothing"]

    async def send(socket: WebSocketConnection) -> None:
        match chance.randrange(4):
            case 0:
                await socket.send_message(chance.randbytes(chance.randrange(1, 300)))
            case 1:
                tag = chance.choice(tags)
                await socket.send_message(b"\x94" + bytes([0xA0 | len(tag)]) + tag + chance.randbytes(8))
            case 2:
                await socket.send_message("text" * chance.randrange(1, 50))
            case _:
                # Arrays in arrays, as deep as the limit on bytes lets them.
                await socket.send_message(b"\x91" * 90_000 + b"\xc0")

    await _messages(field, send, count)


async def state_vectors(field: Field, count: int) -> None:
    """Documents opened from places no replica can be at."""
    vectors = [b"\xff" * 500, b"\xff\xff\xff\xff\x0f", b"\x01\x01", field.random.randbytes(60_000), b"\x80" * 60_000]
    for _ in range(count):
        for vector in vectors:
            try:
                async with field.guest() as client:
                    await client.send(Enter(field.site.room, field.site.invite))
                    await client.send(Open(field.queue, vector, field.random.randrange(2**31)))
                    await client.wait_for(Refused)
            except* _CLOSED:
                pass  # thrown out for it, which is an answer as well


async def _raw(field: Field, data: bytes, *, chunk: int = 1 << 16, patience: float = 1.0) -> None:
    """Bytes straight into the port; whatever the server answers is thrown away."""
    stream = await trio.open_tcp_stream("localhost", field.server.port)
    async with stream:
        try:
            with trio.move_on_after(patience):
                for start in range(0, len(data), chunk):
                    await stream.send_all(data[start : start + chunk])
                while await stream.receive_some(1 << 16):
                    pass
        except _CLOSED:
            return


def _upgrade(field: Field) -> bytes:
    host = f"localhost:{field.server.port}"
    return (
        f"GET /ws HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    ).encode()


async def huge_messages(field: Field, count: int) -> None:
    """32 MiB in one message, in one frame and in fragments, and a length of which none of the bytes ever comes."""
    whole = bytes([0x82, 0xFF]) + struct.pack(">Q", 32 << 20) + bytes(4) + bytes(32 << 20)
    fragment = bytes([0x02, 0xFE]) + struct.pack(">H", 60_000) + bytes(4) + bytes(60_000)
    more = bytes([0x00]) + fragment[1:]
    promised = bytes([0x82, 0xFF]) + struct.pack(">Q", 2**62) + bytes(4)
    for _ in range(count):
        for data in (whole, fragment + more * 550, promised):
            await _raw(field, _upgrade(field) + data, patience=3)


async def half_open(field: Field, count: int) -> None:
    """Connections that begin and never go on: nothing, half a request, half a TLS greeting, an upgrade and silence."""
    openings = [b"", b"GET /ws HT", _upgrade(field)[:-2], b"\x16\x03\x01\x02", _upgrade(field), b"\x16" + bytes(400)]
    async with trio.open_nursery() as nursery:
        for index in range(20 * count):
            nursery.start_soon(_hold, field, openings[index % len(openings)])


async def _hold(field: Field, data: bytes) -> None:
    stream = await trio.open_tcp_stream("localhost", field.server.port)
    async with stream:
        try:
            await stream.send_all(data)
            await trio.sleep(0.5)
        except _CLOSED:
            return


async def raw_noise(field: Field, count: int) -> None:
    """Random bytes as a request, and as WebSocket frames."""
    for _ in range(count):
        noise = field.random.randbytes(field.random.randrange(1, 4000))
        await _raw(field, noise, patience=0.2)
        await _raw(field, _upgrade(field) + noise, patience=0.2)


ATTACKS: Final[dict[str, Attack]] = {
    "damaged updates": damaged_updates,
    "senseless updates": senseless_updates,
    "bombs": bombs,
    "updates that wait for ever": updates_that_wait,
    "taking everything away": take_everything_away,
    "garbage messages": garbage_messages,
    "state vectors": state_vectors,
    "huge messages": huge_messages,
    "half-open connections": half_open,
    "raw noise": raw_noise,
    "forged presence": forged_presence,
    "presence flood": presence_flood,
}
