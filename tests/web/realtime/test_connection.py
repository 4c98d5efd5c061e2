from pathlib import Path

import trio
import trio.testing

from hathor_rt.refusals import RoomFull, StorageFull
from sync.refusal import MalformedUpdate
from sync.wire.codec import encode
from sync.wire.frames import (
    Command,
    Done,
    Enter,
    Entered,
    FromClient,
    Open,
    Opened,
    Play,
    Probe,
    ProbeReply,
    Refused,
    Report,
    Update,
)
from tests.fakes.sockets import GatewayStand, gateway_stand, room_of


async def test_a_probe_is_answered_with_its_instants(stand: GatewayStand) -> None:
    async with stand.client(await stand.person()) as client:
        stand.time.move(5)
        await client.send(Probe(7, 123))
        assert await client.receive() == ProbeReply(7, 123, stand.time.now(), stand.time.now())


async def test_a_probe_that_waits_for_its_turn_says_when_it_arrived(
    tmp_path: Path, autojump_clock: trio.testing.MockClock
) -> None:
    stand = gateway_stand(tmp_path, messages_per_second=1, messages_at_once=2)
    async with stand.client(await stand.person()) as client:
        arrived = stand.time.now()
        # In one piece, so that they arrive together.
        wire = [bytes((0x82, 0x80 | len(each), 0, 0, 0, 0)) + each for each in (encode(Probe(n, 0)) for n in range(3))]
        await client.socket._stream.send_all(b"".join(wire))  # noqa: SLF001 - below the library, which sends one by one
        for number in range(2):
            assert await client.receive() == ProbeReply(number, 0, arrived, arrived)
        stand.time.move(1)
        assert await client.receive() == ProbeReply(2, 0, arrived, stand.time.now())


async def test_a_probe_does_not_wait_behind_a_slow_room(stand: GatewayStand) -> None:
    room = await room_of(stand)
    stand.rooms.gate = trio.Event()
    stand.rooms.refuses = RoomFull("after a while")
    async with stand.client(await stand.person()) as client:
        await client.send(Enter(room), Probe(1, 0))
        assert isinstance(await client.receive(), ProbeReply)
        stand.rooms.gate.set()
        assert isinstance(await client.receive(), Refused)


async def test_frames_reach_the_seat_in_order(stand: GatewayStand) -> None:
    room = await room_of(stand)
    async with stand.client(await stand.person()) as client:
        frames: list[FromClient] = [Open(f"queue:{room}"), Command(room, 1, Play()), Report(room, "in-step")]
        await client.send(Enter(room, sound=True), *frames)
        assert isinstance(await client.receive(), Entered)
        await trio.testing.wait_all_tasks_blocked(0.01)
        assert stand.rooms.seats[0].delivered == frames
        assert stand.rooms.seats[0].sound


async def test_what_a_room_sends_arrives(stand: GatewayStand) -> None:
    room = await room_of(stand)
    async with stand.client(await stand.person()) as client:
        await client.send(Enter(room))
        await client.receive()
        answer = Opened(f"queue:{room}", 5, b"state", b"vector")
        stand.rooms.seats[0].outlet.send(answer)
        stand.rooms.seats[0].outlet.send(Done(room, 3))
        assert await client.receive() == answer
        assert await client.receive() == Done(room, 3)


async def test_what_a_room_refuses_is_told_by_the_number_the_client_gave_it(stand: GatewayStand) -> None:
    room = await room_of(stand)
    async with stand.client(await stand.person()) as client:
        await client.send(Enter(room), Open(f"queue:{room}"))
        await client.receive()
        await trio.testing.wait_all_tasks_blocked(0.01)
        stand.rooms.seats[0].refuses = MalformedUpdate("no")
        await client.send(Update(f"queue:{room}", b"update", intent=9), Command(room, 4, Play()))
        assert await client.receive() == Refused("update", f"queue:{room}", 9, "malformed-update", "no")
        assert await client.receive() == Refused("command", room, 4, "malformed-update", "no")
        stand.rooms.seats[0].refuses = StorageFull("the disk is full")
        await client.send(Report(room, "silent"), Open(f"playback:{room}"))
        assert await client.receive() == Refused("report", room, 0, "storage-full", "the disk is full")
        assert await client.receive() == Refused("open", f"playback:{room}", 0, "storage-full", "the disk is full")


async def test_a_refused_entrance_leaves_the_connection_open(stand: GatewayStand) -> None:
    stand.rooms.refuses = RoomFull("full")
    room = await room_of(stand)
    async with stand.client(await stand.person()) as client:
        await client.send(Enter(room), Probe(1, 1))
        answers = [await client.receive(), await client.receive()]
        assert Refused("enter", room, 0, "room-full", "full") in answers
