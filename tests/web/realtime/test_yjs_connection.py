"""What frames of an owner become for a plain client. On real sockets: test_yjs_gateway.py."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import cast

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from hathor_rt.accounts.document_tokens import Bearer
from hathor_rt.config import Config
from hathor_rt.documents.awareness import Attested
from hathor_rt.documents.ports import DocumentSeat, SharedPayload, Visitor
from hathor_rt.ids import ConnectionId, DeviceId, PrincipalId
from sync.documents.scratch import SCRATCH_LIMITS
from sync.units import Micros
from sync.wire.endings import ending
from sync.wire.frames import Changed, Done, FromServer, Left, Opened, Refused
from sync.wire.yjs import Aware, PeerState, decode, edited, query_awareness, step_1, step_2
from tests.fakes.rooms_world import VirtualTimebase
from web.realtime.fanout import FanoutStream
from web.realtime.frame_reader import FrameReader
from web.realtime.framing import PING_FRAME, binary_frame
from web.realtime.meters import Budget
from web.realtime.yjs_connection import YjsConnection
from web.realtime.yjs_table import Table


class Wire:
    """A stream that remembers, and declines when told to."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.fed: list[bytes] = []
        self.is_waiting = False
        self.is_full = False
        self.was_aborted = False
        self.read_at = self.progress_at = Micros(0)
        self.read_bytes = 0
        self.on_caught_up: Callable[[], None] = lambda: None

    def queue(self, frame: bytes) -> bool:
        self.sent.append(frame)
        return not self.is_full

    def push(self, shared: SharedPayload) -> bool:
        if not self.is_waiting:
            self.sent.append(shared.framed)
        return not self.is_waiting

    def feed(self, topic: str, frames: Iterator[bytes]) -> bool:
        self.fed = list(frames)
        return True

    def abort(self) -> None:
        self.was_aborted = True


class Said:
    """A reader: what is said to the peer at the end."""

    def __init__(self) -> None:
        self.last_word: tuple[int, str] | None = None
        self.is_closed = False
        self.messages_to_come: list[list[bytes | str]] = []

    async def messages(self) -> list[bytes | str]:
        if self.messages_to_come:
            return self.messages_to_come.pop(0)
        return await trio.sleep_forever()

    def say_goodbye(self, code: int, reason: str) -> None:
        self.last_word = code, reason

    async def close(self, code: int, reason: str) -> None:
        assert self.last_word == (code, reason)
        self.is_closed = True


class Seat:
    """A seat that counts."""

    def __init__(self) -> None:
        self.was_readable = 0
        self.opened = 0
        self.may_leave = trio.Event()
        self.has_left = False

    async def open(self, state_vector: bytes) -> None:
        self.opened += 1
        await trio.lowlevel.checkpoint()

    def readable(self) -> None:
        self.was_readable += 1

    async def leave(self) -> None:
        await self.may_leave.wait()
        self.has_left = True


def people_in(frame: bytes) -> int:
    """How many states are in a WebSocket frame."""
    said = decode(frame[{126: 4, 127: 10}.get(frame[1], 2) :])
    assert isinstance(said, Aware)
    return len(said.states)


class Desk:
    def __init__(self) -> None:
        self.wire, self.said, self.table = Wire(), Said(), Table()
        visitor = Visitor(ConnectionId("c1"), PrincipalId("ann"), DeviceId("d"), "Ann")
        self.connection = YjsConnection(
            visitor,
            Bearer("tok", PrincipalId("ann"), DeviceId("tok"), "editor"),
            cast("FanoutStream", self.wire),
            cast("FrameReader", self.said),
            self.table,
            self._may_be,
            VirtualTimebase(),
            Micros(15_000_000),
            Budget.of(Config()),
        )

    async def _may_be(self, client_id: int) -> bool:
        return True

    def crowd(self, people: int, state: str) -> None:
        """Others are at the table."""
        for number in range(1, people + 1):
            other = ConnectionId(f"other{number}")
            self.table.awareness.adopt(other, number)
            who = Attested(PrincipalId("ben"), "Ben", "editor")
            self.table.awareness.hear(other, who, [PeerState(number, 1, state)], Micros(0))

    @asynccontextmanager
    async def sitting(self) -> AsyncIterator[Seat]:
        """The connection lives, with a seat, for the length of the block."""
        seat = Seat()

        async def follow(connection: YjsConnection) -> DocumentSeat:
            return cast("DocumentSeat", seat)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.connection.live, follow)
            await wait_all_tasks_blocked()
            yield seat
            nursery.cancel_scope.cancel()

    async def last_word(self) -> tuple[int, str]:
        async def follow(connection: YjsConnection) -> DocumentSeat:
            raise AssertionError("it was ended before")

        await self.connection.live(follow)
        await self.connection.part()
        assert self.said.last_word is not None
        return self.said.last_word


async def test_frames_become_messages() -> None:
    desk = Desk()
    desk.connection.send(Opened("scratch:s1", 0, b"\x00\x00", b"\x00"))
    desk.connection.send(Changed("scratch:s1", b"abc"))
    desk.connection.send(Done("r1", 1))
    assert desk.wire.sent == [
        binary_frame(step_2(b"\x00\x00")),
        binary_frame(step_1(b"\x00")),
        binary_frame(edited(b"abc")),
    ]


async def test_a_broadcast_is_framed_once_for_all_plain_clients() -> None:
    one, two = Desk(), Desk()
    shared = SharedPayload(frame=Changed("scratch:s1", b"abc"))
    assert one.connection.push(shared)
    assert two.connection.push(shared)
    assert one.wire.sent[0] is two.wire.sent[0]
    assert shared.encoded == b""
    assert one.connection.push(SharedPayload(frame=Done("r1", 1)))
    assert len(one.wire.sent) == 1


async def test_a_slow_reader_declines() -> None:
    desk = Desk()
    desk.wire.is_waiting = True
    assert not desk.connection.push(SharedPayload(frame=Changed("scratch:s1", b"abc")))


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (Refused("update", "scratch:s1", 0, "not-allowed", "no"), 4403),
        (Left("r1", "kicked", "the host asked"), 4403),
    ],
)
async def test_a_refusal_closes_with_its_code(frame: FromServer, code: int) -> None:
    desk = Desk()
    desk.connection.send(frame)
    desk.connection.end(ending("failed"))
    assert (await desk.last_word())[0] == code
    assert not desk.connection.push(SharedPayload(frame=Changed("scratch:s1", b"abc")))


async def test_who_lets_answers_pile_up_is_dismissed() -> None:
    desk = Desk()
    desk.wire.is_full = True
    desk.connection.send(Changed("scratch:s1", b"abc"))
    assert desk.wire.was_aborted
    assert (await desk.last_word())[0] == 4513


async def test_a_crowd_is_told_to_a_newcomer_at_its_own_pace() -> None:
    desk = Desk()
    desk.crowd(500, '{"cursor": "' + "x" * 1000 + '"}')
    async with desk.sitting():
        assert sum(map(people_in, desk.wire.sent + desk.wire.fed)) == 500
        assert sum(map(len, desk.wire.sent)) < 64 * 1024
        assert not desk.wire.was_aborted


async def test_who_missed_updates_and_presence_gets_the_updates_first() -> None:
    desk = Desk()
    async with desk.sitting() as seat:
        desk.crowd(100, '{"cursor": "' + "x" * 1000 + '"}')
        desk.wire.is_waiting = True
        desk.table.flush()
        assert not desk.connection.push(SharedPayload(frame=Changed("scratch:s1", b"abc")))
        desk.wire.is_waiting = False
        desk.wire.on_caught_up()
        assert (seat.was_readable, desk.wire.sent, desk.wire.fed) == (1, [], [])
        assert desk.connection.push(SharedPayload(frame=Changed("scratch:s1", b"diff")))
        first, *rest = desk.wire.sent + desk.wire.fed
        assert first == binary_frame(edited(b"diff"))
        assert sum(map(people_in, rest)) == 100


async def test_who_missed_presence_alone_gets_it_when_it_has_caught_up() -> None:
    desk = Desk()
    async with desk.sitting() as seat:
        desk.crowd(3, "{}")
        desk.wire.is_waiting = True
        desk.table.flush()
        desk.wire.is_waiting = False
        desk.wire.on_caught_up()
        assert seat.was_readable == 0
        assert list(map(people_in, desk.wire.sent)) == [3]


async def test_the_idle_are_pinged_the_silent_ended_and_those_who_do_not_read_dismissed() -> None:
    stale = Micros(30_000_000)
    desk = Desk()
    desk.connection.look_after(Micros(16_000_000), stale_after=stale)
    assert desk.wire.sent == [PING_FRAME]
    desk.connection.look_after(Micros(46_000_000), stale_after=stale)
    assert (await desk.last_word())[0] == 4508
    slow = Desk()
    slow.wire.is_waiting = True
    slow.connection.look_after(Micros(31_000_000), stale_after=stale)
    assert slow.wire.was_aborted


async def test_one_whose_longest_update_takes_a_while_is_not_taken_for_noise() -> None:
    desk = Desk()
    desk.wire.read_bytes = SCRATCH_LIMITS.update_bytes
    desk.connection.look_after(Micros(1_000_000), stale_after=Micros(30_000_000))
    assert desk.connection.push(SharedPayload(frame=Changed("scratch:s1", b"abc")))
    desk.wire.read_bytes = 2 * SCRATCH_LIMITS.update_bytes
    desk.connection.look_after(Micros(2_000_000), stale_after=Micros(30_000_000))
    assert (await desk.last_word())[0] == 4529


async def test_asking_for_the_document_over_and_over_is_slowed_down(autojump_clock: MockClock) -> None:
    desk = Desk()
    desk.said.messages_to_come = [[step_1(b"\x00")] for _ in range(90)]
    async with desk.sitting() as seat:
        assert seat.opened < 40
        await trio.sleep(5)
        assert 50 < seat.opened < 70


async def test_questions_that_come_all_at_once_are_answered_one_by_one(autojump_clock: MockClock) -> None:
    desk = Desk()
    desk.crowd(1, "{}")
    desk.said.messages_to_come = [[query_awareness() for _ in range(2000)]]
    async with desk.sitting():
        assert len(desk.wire.sent) < 40
        await trio.sleep(5)
        assert 50 < len(desk.wire.sent) < 70


async def test_the_goodbye_does_not_wait_for_an_owner_who_is_busy() -> None:
    desk = Desk()
    async with desk.sitting() as seat:
        desk.connection.end(ending("silent"))
        await wait_all_tasks_blocked()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(desk.connection.part)
            await wait_all_tasks_blocked()
            assert desk.said.last_word is not None
            assert (desk.said.last_word[0], desk.said.is_closed, seat.has_left) == (4508, False, False)
            seat.may_leave.set()
        assert (desk.said.is_closed, seat.has_left) == (True, True)
