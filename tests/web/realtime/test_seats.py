from dataclasses import replace
from pathlib import Path

import pytest
import trio
import trio.testing

from hathor_rt.accounts.instance import Instance
from hathor_rt.config import Config
from hathor_rt.ids import ConnectionId, DeviceId, PrincipalId, RoomId
from hathor_rt.refusals import InviteRequired, TooMany, UnknownRoom
from hathor_rt.rooms.ports import SharedPayload, Visitor
from hathor_rt.storage.memory.opening import open_memory
from hathor_rt.storage.ports import Invite
from sync.refusal import OutOfOrder
from sync.units import Micros
from sync.wire.frames import Ending, Enter, FromServer, Left, Report
from sync.wire.session import Delivery, Departure, Entrance
from tests.fakes.rooms import FakeRooms
from tests.fakes.sockets import HandTime
from web.realtime.seats import MOST_SEATS, Seats

OWNER = PrincipalId("0wner")


class Line:
    """A connection that takes everything; hands `Left` on to its seats as the real one does."""

    connection = ConnectionId("c0nn")

    def __init__(self) -> None:
        self.sent: list[FromServer] = []
        self.seats: Seats | None = None
        self.is_behind = False

    def send(self, frame: FromServer) -> None:
        self.sent.append(frame)

    def push(self, shared: SharedPayload) -> bool:
        return not self.is_behind

    def end(self, ending: Ending) -> None:
        raise AssertionError("rooms of these tests end nobody")

    def forget_seat(self, room: RoomId) -> None:
        assert self.seats is not None
        self.seats.forget(room)


class Table:
    """Seats with fakes around them."""

    def __init__(self, config: Config, *, is_admitted: bool = False) -> None:
        self.rooms, self.storage, self.line = FakeRooms(), open_memory(seed=1), Line()
        self.count = 0
        visitor = Visitor(self.line.connection, PrincipalId("me"), DeviceId("d"), "Ann")
        self.seats = Seats(
            self.rooms,
            Instance(config, self.storage),
            HandTime(),
            visitor,
            self.line,
            is_admitted=is_admitted,
            on_change=self._count,
        )
        self.line.seats = self.seats

    async def room(self) -> RoomId:
        record, _ = await self.rooms.create(OWNER, "Room")
        return record.room

    async def enter(self, room: RoomId, *, sound: bool = False, invite: str = "") -> None:
        await self.seats.handle(Entrance(Enter(room, invite, sound), is_new=True))

    def _count(self, change: int) -> None:
        self.count += change


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return Table(Config(data=tmp_path))


async def test_entering_again_only_changes_the_sound(table: Table) -> None:
    room = await table.room()
    await table.enter(room)
    await table.enter(room, sound=True)
    assert len(table.rooms.seats) == 1
    assert table.rooms.seats[0].sound
    assert table.count == 1


async def test_one_room_sounds_at_a_time(table: Table) -> None:
    first, second = await table.room(), await table.room()
    await table.enter(first, sound=True)
    await table.enter(second, sound=True)
    assert [seat.sound for seat in table.rooms.seats] == [False, True]
    await table.enter(first, sound=True)
    assert [seat.sound for seat in table.rooms.seats] == [True, False]


async def test_a_room_that_was_not_entered_gets_nothing(table: Table) -> None:
    room = await table.room()
    with pytest.raises(OutOfOrder):
        await table.seats.handle(Delivery(room, Report(room, "silent")))
    await table.seats.handle(Departure(room))


async def test_leaving_gives_the_seat_up_once(table: Table) -> None:
    room = await table.room()
    await table.enter(room)
    await table.seats.handle(Departure(room))
    await table.seats.handle(Departure(room))
    assert table.rooms.seats[0].has_left
    assert table.count == 0


async def test_a_room_may_unseat_by_itself(table: Table) -> None:
    room = await table.room()
    await table.enter(room)
    table.rooms.seats[0].outlet.send(Left(room, "kicked", "out"))
    assert table.count == 0
    with pytest.raises(OutOfOrder):
        await table.seats.handle(Delivery(room, Report(room, "silent")))


async def test_all_seats_are_given_up_at_the_end(table: Table) -> None:
    for _ in range(3):
        await table.enter(await table.room())
    await table.seats.leave_all()
    await table.seats.leave_all()
    assert all(seat.has_left for seat in table.rooms.seats)
    assert table.count == 0


async def test_seats_are_few(table: Table) -> None:
    for _ in range(MOST_SEATS):
        await table.enter(await table.room())
    with pytest.raises(TooMany):
        await table.enter(await table.room())
    assert table.count == MOST_SEATS


@pytest.mark.parametrize("code", ["../x", "ROOM", "r" * 33, "n0ne"])
async def test_what_is_no_room_is_unknown(table: Table, code: str) -> None:
    with pytest.raises(UnknownRoom):
        await table.enter(RoomId(code))
    assert table.count == 0


async def test_a_closed_instance_lets_only_the_invited_in(tmp_path: Path) -> None:
    config = Config(data=tmp_path, instance_access="invite")
    stranger, member = Table(config), Table(config, is_admitted=True)
    room = await stranger.room()
    await stranger.storage.rooms.create(stranger.rooms.records[room], Invite("t0ken", room, "guest", None, False))
    for invite in ("", "other"):
        with pytest.raises(InviteRequired):
            await stranger.enter(room, invite=invite)
    await stranger.enter(room, invite="t0ken")
    member.rooms.records[room] = replace(stranger.rooms.records[room], created_utc=Micros(1))
    await member.enter(room)
    assert (stranger.count, member.count) == (1, 1)


async def test_who_catches_up_while_entering_is_not_forgotten(table: Table) -> None:
    room = await table.room()
    table.rooms.settling = trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(table.enter, room)
        await trio.testing.wait_all_tasks_blocked()
        table.line.is_behind = True
        assert table.rooms.publish(Left(room, "", "")) == [False]
        table.seats.caught_up()
        assert table.rooms.seats[0].times_readable == 0
        table.rooms.settling.set()
    assert table.rooms.seats[0].times_readable == 1


async def test_who_is_asked_to_leave_while_entering_has_no_seat(table: Table) -> None:
    room = await table.room()
    table.rooms.settling = trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(table.enter, room)
        await trio.testing.wait_all_tasks_blocked()
        await table.rooms.kick(room, OWNER, PrincipalId("me"))
        table.rooms.settling.set()
    assert table.rooms.seats[0].has_left
    assert table.count == 0
    with pytest.raises(OutOfOrder):
        await table.seats.handle(Delivery(room, Report(room, "silent")))
