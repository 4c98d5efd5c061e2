"""A page as a room sees it: an outlet, a seat, and replicas of the room's documents."""

from collections.abc import Mapping
from typing import cast

from pycrdt import Doc, Map

from hathor_rt.ids import RoomId
from hathor_rt.rooms.seat import RoomSeat
from sync.documents import order
from sync.documents.plain import Plain
from sync.timeline.plain import from_plain
from sync.timeline.transport import Transport
from sync.wire.frames import Changed, Command, Entered, Open, Opened, Order, Update
from tests.fakes.rooms_world import RememberingOutlet
from tests.fakes.running_rooms import RunningRooms, visitor


def entry_fields(track: str, added_by: str, key: str) -> Map[object]:
    """A queue entry as pages write it."""
    return Map({"track": track, "added_by": added_by, "order": key, "added_at": 1})


class Page:
    """One device in a room. Its principal is called `name`."""

    def __init__(self, name: str, seat: RoomSeat, outlet: RememberingOutlet) -> None:
        self.name, self.seat, self.outlet = name, seat, outlet
        self.doc: Doc[Map[object]] = Doc()
        self._intent = 0

    async def open(self) -> Opened:
        """Open both documents; the answer about the queue."""
        already = len(self.outlet.of(Opened))
        await self.seat.deliver(Open(f"queue:{self.seat.room}"))
        await self.seat.deliver(Open(f"playback:{self.seat.room}"))
        queue = await self.outlet.wait_for(Opened, already + 1)
        await self.outlet.wait_for(Opened, already + 2)
        self.doc = Doc(client_id=queue.client_id)
        self.doc.apply_update(queue.update)
        return queue

    def edit_adding(self, entry: str, track: str = "t0", added_by: str = "") -> Update:
        """The update that adds an entry, made in the own replica."""
        self._intent += 1
        before = self.doc.get_state()
        rows = self.doc.get("entries", type=Map)
        rows[entry] = entry_fields(track, added_by or self.name, order.between(None, None, entry))
        return Update(f"queue:{self.seat.room}", self.doc.get_update(before), self._intent)

    async def add(self, entry: str, track: str = "t0", added_by: str = "") -> None:
        """Add an entry."""
        await self.seat.deliver(self.edit_adding(entry, track, added_by))

    async def command(self, what: Order, seq: int) -> None:
        """Ask the conductor."""
        await self.seat.deliver(Command(self.seat.room, seq, what))

    def entries(self) -> set[str]:
        """What this page would show: its replica with everything it was sent."""
        for frame in self.outlet.of(Changed):
            if frame.document.startswith("queue"):
                self.doc.apply_update(frame.update)
        return set(self.doc.get("entries", type=Map).to_py() or {})

    def transport(self) -> Transport:
        """What this page would follow."""
        doc: Doc[Map[object]] = Doc()
        for opened in self.outlet.of(Opened):
            if opened.document.startswith("playback"):
                doc.apply_update(opened.update)
        for changed in self.outlet.of(Changed):
            if changed.document.startswith("playback"):
                doc.apply_update(changed.update)
        content = cast("Mapping[str, Mapping[str, Plain]]", doc.get("playback", type=Map).to_py() or {})
        return from_plain(content["transport"])


async def enter(
    world: RunningRooms, room: RoomId, name: str, invite: str = "", connection: str | None = None, *, sound: bool = True
) -> Page:
    """Come in and wait until the room says so."""
    outlet = RememberingOutlet(connection or f"c{name}")
    seat = await world.rooms.enter(room, visitor(name, connection), outlet, invite=invite, sound=sound)
    await outlet.wait_for(Entered)
    return Page(name, seat, outlet)
