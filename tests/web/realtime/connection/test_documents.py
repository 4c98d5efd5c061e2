"""Documents that stream while other frames come and go."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio
import trio.testing

from hathor_rt.rooms.ports import SharedPayload
from sync.wire.codec import encode
from sync.wire.endings import ending
from sync.wire.frames import (
    PROTOCOL_VERSION,
    Changed,
    Enter,
    Entered,
    FromServer,
    Hello,
    Opened,
    Portion,
    Probe,
    ProbeReply,
    Welcome,
)
from sync.wire.portions import Assembly
from tests.fakes.sockets import GatewayStand, last_word_of, room_of
from tests.fakes.website import Client


@asynccontextmanager
async def portioned(stand: GatewayStand) -> AsyncIterator[Client]:
    """A welcomed client that takes portions, in a room."""
    room = await room_of(stand)
    async with stand.socket(await stand.person()) as socket:
        client = Client(socket)
        await client.send(Hello(PROTOCOL_VERSION, "tests", portions=True), Enter(room))
        assert isinstance(await client.receive(), Welcome)
        assert isinstance(await client.receive(), Entered)
        yield client


async def test_a_probe_sent_while_a_document_streams_is_answered_before_its_end(stand: GatewayStand) -> None:
    state = bytes(range(250)) * 12_000
    async with portioned(stand) as client:
        outlet, assembly = stand.rooms.seats[0].outlet, Assembly()
        outlet.send(Opened("queue:r1", 5, state, b"vector"))
        first = await client.receive()
        assert isinstance(first, Portion)
        assert assembly.take(first) is None
        await client.send(Probe(1, 1))
        before = after = 0
        answered, whole = False, None
        while whole is None:
            frame = await client.receive()
            if isinstance(frame, ProbeReply):
                answered = True
                continue
            before, after = before + (not answered), after + answered
            whole = assembly.take(frame)
        assert answered
        assert after > before
        assert whole == Opened("queue:r1", 5, state, b"vector")
        # The reader has caught up, and changes of the document come behind its state.
        assert outlet.push(SharedPayload(encode(Changed("queue:r1", b"\x00\x00"))))
        assert isinstance(await client.receive(), Changed)


async def test_a_long_change_goes_in_portions_and_probes_overtake_it(stand: GatewayStand) -> None:
    change = Changed("queue:r1", bytes(range(250)) * 12_000)
    async with portioned(stand) as client:
        outlet, assembly = stand.rooms.seats[0].outlet, Assembly()
        assert outlet.push(SharedPayload(frame=change))
        assert not outlet.push(SharedPayload(frame=Changed("queue:r1", b"\x00\x00")))
        assert assembly.take(await client.receive()) is None
        await client.send(Probe(1, 1))
        is_answered, whole = False, None
        while whole is None:
            frame = await client.receive()
            is_answered |= isinstance(frame, ProbeReply)
            whole = None if isinstance(frame, ProbeReply) else assembly.take(frame)
        assert is_answered
        assert whole == change
        await trio.testing.wait_all_tasks_blocked(0.01)
        assert stand.rooms.seats[0].times_readable == 1


async def test_changes_made_while_a_document_streams_come_after_it(stand: GatewayStand) -> None:
    async with portioned(stand) as client:
        outlet = stand.rooms.seats[0].outlet
        outlet.send(Opened("queue:r1", 5, bytes(3_000_000), b"vector"))
        assert not outlet.push(SharedPayload(encode(Changed("queue:r1", b"\x00\x00"))))
        await trio.testing.wait_all_tasks_blocked(0.01)
        assert not outlet.push(SharedPayload(encode(Changed("queue:r1", b"\x00\x00"))))
        assembly = Assembly()
        while assembly.take(await client.receive()) is None:
            pass
        await trio.testing.wait_all_tasks_blocked(0.01)
        assert stand.rooms.seats[0].times_readable == 1


async def test_a_document_that_is_opened_again_comes_once(stand: GatewayStand) -> None:
    async with portioned(stand) as client:
        outlet, assembly = stand.rooms.seats[0].outlet, Assembly()
        outlet.send(Opened("queue:r1", 5, bytes(3_000_000), b"vector"))
        assert assembly.take(await client.receive()) is None
        outlet.send(Opened("queue:r1", 6, b"\x01" * 300_000, b"vector"))
        outlet.send(Opened("queue:r2", 7, b"\x02" * 300_000, b"vector"))
        whole: list[FromServer] = []
        while len(whole) < 2:
            taken = assembly.take(await client.receive())
            whole += [taken] if taken is not None else []
        assert [frame.client_id for frame in whole if isinstance(frame, Opened)] == [6, 7]


async def test_a_goodbye_does_not_wait_for_a_document(stand: GatewayStand) -> None:
    async with portioned(stand) as client:
        outlet = stand.rooms.seats[0].outlet
        outlet.send(Opened("queue:r1", 5, bytes(3_000_000), b"vector"))
        await client.receive()
        outlet.end(ending("kicked"))
        assert await last_word_of(client) == ("kicked", 4403)
