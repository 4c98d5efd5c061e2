"""What frames of an owner become for a plain client. On real sockets: test_yjs_gateway.py."""

from typing import cast

import pytest
import trio

from hathor_rt.accounts.document_tokens import Bearer
from hathor_rt.config import Config
from hathor_rt.documents.ports import DocumentSeat, SharedPayload, Visitor
from hathor_rt.ids import ConnectionId, DeviceId, PrincipalId
from sync.units import Micros
from sync.wire.endings import ending
from sync.wire.frames import Changed, Done, FromServer, Left, Opened, Refused
from sync.wire.yjs import edited, step_1, step_2
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
        self.is_waiting = False
        self.is_full = False
        self.was_aborted = False
        self.read_at = self.progress_at = Micros(0)
        self.read_bytes = 0
        self.on_caught_up: object = None

    def queue(self, frame: bytes) -> bool:
        self.sent.append(frame)
        return not self.is_full

    def push(self, shared: SharedPayload) -> bool:
        if not self.is_waiting:
            self.sent.append(shared.framed)
        return not self.is_waiting

    def abort(self) -> None:
        self.was_aborted = True


class Said:
    """A reader: what is said to the peer at the end."""

    def __init__(self) -> None:
        self.last_word: tuple[int, str] | None = None

    async def messages(self) -> list[bytes | str]:
        return await trio.sleep_forever()

    async def close(self, code: int, reason: str) -> None:
        self.last_word = code, reason


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
