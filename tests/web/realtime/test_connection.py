from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import structlog.testing
import trio
import trio.testing
from trio_websocket import ConnectionClosed

from hathor_rt.refusals import RoomFull, StorageFull
from hathor_rt.rooms.ports import SharedPayload
from sync.refusal import MalformedUpdate
from sync.wire.codec import encode
from sync.wire.endings import ending
from sync.wire.frames import (
    MAX_INBOUND_BYTES,
    MAX_OUTBOUND_BYTES,
    PROTOCOL_VERSION,
    Changed,
    Command,
    Done,
    Ending,
    Enter,
    Entered,
    FromClient,
    FromServer,
    Hello,
    Open,
    Opened,
    Play,
    Portion,
    Probe,
    ProbeReply,
    Refused,
    Report,
    Update,
    Welcome,
)
from sync.wire.portions import Assembly
from tests.fakes.sockets import GatewayStand, gateway_stand
from tests.fakes.website import Client

UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


@pytest.fixture
def stand(tmp_path: Path) -> GatewayStand:
    return gateway_stand(tmp_path)


async def last_word_of(client: Client) -> tuple[str, int]:
    """Code of the last frame, close code."""
    frame: FromServer = await client.receive()
    while not isinstance(frame, Ending):
        frame = await client.receive()
    with pytest.raises(ConnectionClosed) as closed:
        await client.receive()
    assert closed.value.reason is not None
    return frame.code, closed.value.reason.code


async def room_of(stand: GatewayStand) -> str:
    record, _ = await stand.rooms.create((await stand.person()).principal, "Room")
    return record.room


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


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\x00",
        b"\xc1",
        b"\x93\xa5probe\x01",
        b"\x91\xa5hello",
        b"\xdd\xff\xff\xff\xff",
        bytes(1000),
        b"\x91" * 500,
    ],
)
async def test_garbage_ends_the_connection_with_its_name(stand: GatewayStand, garbage: bytes) -> None:
    async with stand.client(await stand.person()) as client:
        await client.socket.send_message(garbage)
        assert await last_word_of(client) == ("malformed-frame", 4400)


async def test_text_is_no_frame(stand: GatewayStand) -> None:
    async with stand.client(await stand.person()) as client:
        await client.socket.send_message("hello")
        assert await last_word_of(client) == ("malformed-frame", 4400)


async def test_an_oversized_frame_is_told_so(stand: GatewayStand) -> None:
    async with stand.client(await stand.person()) as client:
        await client.socket.send_message(bytes(MAX_INBOUND_BYTES + 1))
        assert await last_word_of(client) == ("frame-too-large", 4413)


async def test_a_huge_frame_is_not_even_read_to_its_end(stand: GatewayStand) -> None:
    async with stand.client(await stand.person()) as client:
        await client.socket.send_message(bytes(3 * MAX_INBOUND_BYTES))
        with pytest.raises(ConnectionClosed) as closed:
            await client.receive()
        assert closed.value.reason is not None
        assert closed.value.reason.code == 1009


async def test_hello_comes_first_and_once(stand: GatewayStand) -> None:
    async with stand.socket(await stand.person()) as socket:
        client = Client(socket)
        await client.send(Probe(1, 1))
        assert await last_word_of(client) == ("out-of-order", 4409)
    async with stand.client(await stand.person()) as client:
        await client.send(Hello(1, "again"))
        assert await last_word_of(client) == ("out-of-order", 4409)


async def test_frames_reach_the_seat_in_order(stand: GatewayStand) -> None:
    room = await room_of(stand)
    async with stand.client(await stand.person()) as client:
        frames: list[FromClient] = [Open(f"queue:{room}"), Command(room, 1, Play()), Report(room, "in-step")]
        await client.send(Enter(room, sound=True), *frames)
        assert isinstance(await client.receive(), Entered)
        await trio.testing.wait_all_tasks_blocked(0.01)
        assert stand.rooms.seats[0].delivered == frames
        assert stand.rooms.seats[0].sound


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


@pytest.mark.slow
async def test_a_bug_in_a_room_ends_this_connection_only(stand: GatewayStand, caplog: pytest.LogCaptureFixture) -> None:
    room = await room_of(stand)
    async with stand.client(await stand.person()) as client, stand.client(await stand.person()) as other:
        await client.send(Enter(room))
        await client.receive()
        await trio.testing.wait_all_tasks_blocked(0.01)
        stand.rooms.seats[0].refuses = ZeroDivisionError("a bug")
        with structlog.testing.capture_logs() as lines:
            await client.send(Command(room, 1, Play()))
            assert await last_word_of(client) == ("failed", 4500)
        assert [line["event"] for line in lines if line["log_level"] == "error"] == ["connection failed"]
        await other.send(Probe(1, 1))
        assert isinstance(await other.receive(), ProbeReply)


async def test_answers_that_are_not_read_end_the_connection(stand: GatewayStand) -> None:
    room = await room_of(stand)
    async with stand.client(await stand.person()) as client:
        await client.send(Enter(room))
        await client.receive()
        for _ in range(3000):
            stand.rooms.seats[0].outlet.send(Refused("update", f"queue:{room}", 1, "refused", "x" * 1000))
        await trio.testing.wait_all_tasks_blocked(0.05)
        assert len(stand.gateway) == 0
        assert stand.rooms.seats[0].has_left
        # Nothing is sent, and nothing raised, for one who is gone.
        stand.rooms.seats[0].outlet.send(Done(room, 1))
        assert stand.rooms.publish(Done(room, 1)) == []


@pytest.mark.slow
async def test_a_flood_is_slowed_down_but_arrives(stand: GatewayStand, autojump_clock: trio.testing.MockClock) -> None:
    async with stand.client(await stand.person()) as client:
        began = trio.current_time()

        async def flood() -> None:
            for number in range(900):
                await client.send(Probe(number, 0))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(flood)
            for number in range(900):
                answer = await client.receive(within_seconds=60)
                assert isinstance(answer, ProbeReply)
                assert answer.seq == number
        # 300 at once, the other 600 at 60 a second.
        assert 9 < trio.current_time() - began < 12


async def test_opening_documents_over_and_over_is_slowed_down_sooner(
    stand: GatewayStand, autojump_clock: trio.testing.MockClock
) -> None:
    async with stand.client(await stand.person()) as client:
        began = trio.current_time()
        for _ in range(60):
            await client.send(Open("queue:r00m"))
        for _ in range(60):
            assert isinstance(await client.receive(within_seconds=60), Refused)
        # 30 at once, the others at six a second.
        assert 4 < trio.current_time() - began < 6


@pytest.mark.slow
async def test_one_who_never_stops_flooding_is_ended(
    stand: GatewayStand, autojump_clock: trio.testing.MockClock
) -> None:
    async with stand.client(await stand.person()) as client, trio.open_nursery() as nursery:

        async def flood() -> None:
            with suppress(ConnectionClosed):
                while True:
                    await client.send(Report("r00m", "silent"))

        nursery.start_soon(flood)
        with trio.fail_after(60):
            code = ""
            while code != "too-many":
                frame = await client.receive(within_seconds=60)
                code = frame.code if isinstance(frame, Ending) else ""


@pytest.mark.slow
@pytest.mark.parametrize(
    "noise", [b"\x89\x80\x00\x00\x00\x00", b"\x00\x80\x00\x00\x00\x00"], ids=["pings", "empty fragments"]
)
async def test_noise_that_says_nothing_is_ended(stand: GatewayStand, noise: bytes) -> None:
    async with stand.wire(await stand.person()) as wire:
        await wire.send_all(UPGRADE)
        await wire.receive_some()
        hello = encode(Hello(PROTOCOL_VERSION, "tests"))
        await wire.send_all(bytes((0x82, 0x80 | len(hello), 0, 0, 0, 0)) + hello)
        if noise[0] == 0:
            await wire.send_all(b"\x02\x80\x00\x00\x00\x00")

        async def listen() -> None:
            told = b""
            with suppress(trio.BrokenResourceError):
                while chunk := await wire.receive_some():
                    told = told[-100:] + chunk
            assert b"too-many" in told
            nursery.cancel_scope.cancel()

        async def flood() -> None:
            with suppress(trio.BrokenResourceError):
                for _ in range(30):
                    await wire.send_all(noise * 1000)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(listen)
            nursery.start_soon(flood)
            for _ in range(1500):  # what looks after connections once a second
                stand.gateway.look_after(stand.time.now())
                await trio.sleep(0.02)
            raise AssertionError("nobody minded")


async def test_a_frame_that_does_not_fit_ends_one_connection_and_raises_nothing(stand: GatewayStand) -> None:
    room = await room_of(stand)
    async with stand.client(await stand.person()) as client:
        await client.send(Enter(room))
        await client.receive()
        with structlog.testing.capture_logs():
            stand.rooms.seats[0].outlet.send(Opened(f"queue:{room}", 1, bytes(MAX_OUTBOUND_BYTES), b""))
        assert await last_word_of(client) == ("failed", 4500)


async def test_a_clean_goodbye_of_the_client_is_answered(stand: GatewayStand) -> None:
    async with stand.client(await stand.person()) as client:
        with trio.fail_after(1):
            await client.socket.aclose(1000, "bye")
        await trio.testing.wait_all_tasks_blocked(0.01)
        assert len(stand.gateway) == 0


async def test_a_peer_that_does_not_answer_the_goodbye_is_not_waited_for(
    stand: GatewayStand, autojump_clock: trio.testing.MockClock
) -> None:
    async with stand.wire(await stand.person()) as wire:
        await wire.send_all(UPGRADE)
        await trio.testing.wait_all_tasks_blocked(0.01)
        assert len(stand.gateway) == 1
        stand.gateway.drain()
        began = trio.current_time()
        told = b"".join([chunk async for chunk in wire])
        assert told.startswith(b"HTTP/1.1 101")
        assert b"going-away" in told
        assert 0.5 < trio.current_time() - began < 1.5


async def test_a_peer_that_breaks_the_framing_is_let_go(stand: GatewayStand) -> None:
    async with stand.wire(await stand.person()) as wire:
        await wire.send_all(UPGRADE)
        await wire.receive_some()
        await wire.send_all(b"\x80\x80\x00\x00\x00\x00")  # the rest of a message that never began
        with trio.fail_after(2):
            while await wire.receive_some():
                pass
            while len(stand.gateway):  # the peer sees the end a moment before the gateway has tidied up
                await trio.sleep(0.01)
