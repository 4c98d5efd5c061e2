from dataclasses import dataclass, field

from hathor_rt.ids import ConnectionId, DeviceId, PrincipalId, RoomId
from hathor_rt.rooms.ports import SharedPayload, Visitor
from sync.wire.endings import ending
from sync.wire.frames import Done, Ending, FromServer, Left
from tests.fakes.rooms import FakeSeat
from web.realtime.outlet import RoomOutlet

ROOM = RoomId("r00m")


@dataclass
class FakeLine:
    connection: ConnectionId
    takes: bool = True
    sent: list[FromServer] = field(default_factory=list)
    forgotten: list[RoomId] = field(default_factory=list)
    endings: list[Ending] = field(default_factory=list)

    def send(self, frame: FromServer) -> None:
        self.sent.append(frame)

    def push(self, shared: SharedPayload) -> bool:
        return self.takes

    def end(self, ending: Ending) -> None:
        self.endings.append(ending)

    def forget_seat(self, room: RoomId) -> None:
        self.forgotten.append(room)


def seat_at(outlet: RoomOutlet) -> FakeSeat:
    visitor = Visitor(outlet.connection, PrincipalId("p"), DeviceId("d"), "Ann")
    return FakeSeat(ROOM, visitor, outlet, sound=False)


def test_the_room_is_told_once_that_a_reader_has_caught_up() -> None:
    line = FakeLine(ConnectionId("c0nn"), takes=False)
    outlet = RoomOutlet(line, ROOM)
    seat = seat_at(outlet)
    outlet.take_seat(seat)
    assert not outlet.push(SharedPayload(b"x"))
    outlet.caught_up()
    outlet.caught_up()
    assert seat.times_readable == 1


def test_a_room_that_was_declined_nothing_is_told_nothing() -> None:
    outlet = RoomOutlet(FakeLine(ConnectionId("c0nn")), ROOM)
    seat = seat_at(outlet)
    outlet.take_seat(seat)
    assert outlet.push(SharedPayload(b"x"))
    outlet.caught_up()
    assert seat.times_readable == 0


def test_a_push_declined_before_the_seat_was_given_is_not_forgotten() -> None:
    outlet = RoomOutlet(FakeLine(ConnectionId("c0nn"), takes=False), ROOM)
    outlet.push(SharedPayload(b"x"))
    outlet.caught_up()
    seat = seat_at(outlet)
    outlet.take_seat(seat)
    assert seat.times_readable == 1


def test_a_reader_that_fell_behind_again_is_not_reported_as_caught_up() -> None:
    outlet = RoomOutlet(FakeLine(ConnectionId("c0nn"), takes=False), ROOM)
    outlet.push(SharedPayload(b"x"))
    outlet.caught_up()
    outlet.push(SharedPayload(b"y"))
    seat = seat_at(outlet)
    outlet.take_seat(seat)
    assert seat.times_readable == 0
    outlet.caught_up()
    assert seat.times_readable == 1


def test_a_left_frame_gives_the_seat_up() -> None:
    line = FakeLine(ConnectionId("c0nn"))
    outlet = RoomOutlet(line, ROOM)
    outlet.send(Done(ROOM, 1))
    assert line.forgotten == []
    outlet.send(Left(ROOM, "kicked", ""))
    outlet.send(Left("0ther"))
    assert line.forgotten == [ROOM]
    assert len(line.sent) == 3


def test_a_room_may_end_the_connection() -> None:
    line = FakeLine(ConnectionId("c0nn"))
    RoomOutlet(line, ROOM).end(ending("failed"))
    assert [each.code for each in line.endings] == ["failed"]
