"""Where one room puts frames for one connection (`hathor_rt.rooms.ports.Outlet`)."""

from typing import Protocol

from hathor_rt.ids import ConnectionId, RoomId
from hathor_rt.rooms.ports import Seat, SharedPayload
from sync.wire.frames import Ending, FromServer, Left


class Line(Protocol):
    """What an outlet needs of its connection."""

    @property
    def connection(self) -> ConnectionId: ...
    def send(self, frame: FromServer) -> None: ...
    def push(self, shared: SharedPayload) -> bool: ...
    def end(self, ending: Ending) -> None: ...
    def forget_seat(self, room: RoomId) -> None:
        """The room has unseated this connection by itself."""
        ...


class RoomOutlet:
    """`Outlet` of one seat: remembers whether this room was declined a push, so that it alone is told when to go on."""

    def __init__(self, line: Line, room: RoomId) -> None:
        self._line = line
        self._room = room
        self._seat: Seat | None = None
        self._owes_readable = False
        self._has_caught_up = False

    @property
    def connection(self) -> ConnectionId:
        """The connection's id."""
        return self._line.connection

    def take_seat(self, seat: Seat) -> None:
        """Connect the seat that `Rooms.enter` gave; a push may have been declined before it returned."""
        self._seat = seat
        if self._has_caught_up:
            self.caught_up()

    def send(self, frame: FromServer) -> None:
        """Queue an answer for this connection."""
        if isinstance(frame, Left) and frame.room == self._room:
            self._line.forget_seat(self._room)
        self._line.send(frame)

    def push(self, shared: SharedPayload) -> bool:
        """Offer a broadcast."""
        is_taken = self._line.push(shared)
        if not is_taken:
            self._owes_readable = True
            self._has_caught_up = False
        return is_taken

    def end(self, ending: Ending) -> None:
        """End the whole connection."""
        self._line.end(ending)

    def caught_up(self) -> None:
        """The reader has taken everything; tell the room if it is waiting for that."""
        if not self._owes_readable:
            return
        if self._seat is None:
            self._has_caught_up = True
            return
        self._owes_readable = False
        self._has_caught_up = False
        self._seat.readable()
