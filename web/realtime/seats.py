"""The rooms one connection sits in: what it asks of them, and who is told when it is gone."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, assert_never

import structlog
import trio

from hathor_rt.accounts.instance import Instance
from hathor_rt.ids import RoomId, is_id
from hathor_rt.refusals import TooMany, UnknownRoom
from hathor_rt.rooms.ports import Rooms, Seat, Visitor
from hathor_rt.timebase import Timebase
from sync.refusal import OutOfOrder
from sync.wire.frames import Enter
from sync.wire.session import Delivery, Departure, Entrance
from web.realtime.outlet import Line, RoomOutlet

# A personal session, a listening room, and some more tabs' worth of rooms on one socket.
MOST_SEATS: Final = 8

SeatEvent = Entrance | Departure | Delivery
"""What a session asks of rooms."""


@dataclass(frozen=True, slots=True)
class _Taken:
    seat: Seat
    outlet: RoomOutlet


class Seats:
    """All seats of one connection.

    Args:
        rooms: The rooms service.
        instance: Who may come in at all.
        timebase: Tells the date, for invites that run out.
        visitor: Who sits.
        is_admitted: The visitor was admitted to the instance.
        line: The connection.
        on_change: Called with +1 and -1 as seats are taken and given up.
    """

    def __init__(
        self,
        rooms: Rooms,
        instance: Instance,
        timebase: Timebase,
        visitor: Visitor,
        line: Line,
        *,
        is_admitted: bool,
        on_change: Callable[[int], None],
    ) -> None:
        self._rooms = rooms
        self._instance = instance
        self._timebase = timebase
        self._visitor = visitor
        self._line = line
        self._is_admitted = is_admitted
        self._on_change = on_change
        self._taken: dict[RoomId, _Taken] = {}
        # Rooms that are being entered: they may push, or unseat again, before they have said that there is a seat.
        self._entering: dict[RoomId, RoomOutlet] = {}

    async def handle(self, event: SeatEvent) -> None:
        """Carry out one event. Raises what rooms raise, and `OutOfOrder` for a room without a seat."""
        match event:
            case Entrance(enter=enter):
                with structlog.contextvars.bound_contextvars(room=enter.room):
                    await self._enter(enter)
            case Departure(room=room):
                taken = self._taken.get(RoomId(room))
                if taken is not None:
                    self.forget(RoomId(room))
                    await taken.seat.leave()
            case Delivery(room=room, frame=frame):
                taken = self._taken.get(RoomId(room))
                if taken is None:
                    raise OutOfOrder("enter the room before using it")
                await taken.seat.deliver(frame)
            case _:
                assert_never(event)

    def forget(self, room: RoomId) -> None:
        """The seat in `room` is no more."""
        self._entering.pop(room, None)
        if self._taken.pop(room, None) is not None:
            self._on_change(-1)

    def caught_up(self) -> None:
        """The reader has taken everything that waited."""
        for outlet in self._entering.values():
            outlet.caught_up()
        for taken in tuple(self._taken.values()):
            taken.outlet.caught_up()

    async def leave_all(self) -> None:
        """Give every seat up, all at once: each may wait for its room."""
        taken = list(self._taken.values())
        for each in taken:
            self.forget(each.seat.room)
        async with trio.open_nursery() as nursery:
            for each in taken:
                nursery.start_soon(each.seat.leave)

    async def _enter(self, frame: Enter) -> None:
        if not is_id(frame.room):
            raise UnknownRoom("no room has a code like this")
        room = RoomId(frame.room)
        taken = self._taken.get(room)
        if taken is not None:
            await taken.seat.set_sound(sound=frame.sound)
        else:
            await self._take(room, frame)
        if frame.sound:
            await self._silence_others(room)

    async def _take(self, room: RoomId, frame: Enter) -> None:
        if len(self._taken) >= MOST_SEATS:
            raise TooMany(f"one connection sits in at most {MOST_SEATS} rooms; leave one first")
        now_utc = self._timebase.stamp().utc_at
        await self._instance.require_entry(room, frame.invite, is_admitted=self._is_admitted, now_utc=now_utc)
        outlet = self._entering[room] = RoomOutlet(self._line, room)
        try:
            seat = await self._rooms.enter(room, self._visitor, outlet, invite=frame.invite, sound=frame.sound)
        finally:
            is_expected = self._entering.pop(room, None) is not None
        if not is_expected:  # asked to leave in the very same moment
            await seat.leave()
            return
        self._taken[room] = _Taken(seat, outlet)
        self._on_change(+1)
        outlet.take_seat(seat)

    async def _silence_others(self, sounding: RoomId) -> None:
        """At most one room sounds on a device: two at once would be noise."""
        for taken in tuple(self._taken.values()):
            if taken.seat.room != sounding:
                await taken.seat.set_sound(sound=False)
