"""Open rooms of this process: opened on demand exactly once however many ask, closed when idle, contained when they crash."""

from dataclasses import dataclass, field
from typing import Final

import structlog
import trio

from hathor_rt.ids import RoomId
from hathor_rt.refusals import Overloaded, StorageDown
from hathor_rt.rooms.opening import load_room
from hathor_rt.rooms.ports import Recordings
from hathor_rt.rooms.room import Room
from hathor_rt.storage.ports import Storage
from hathor_rt.timebase import Timebase
from sync.documents.limits import Limits
from sync.refusal import Refusal
from sync.units import MICROS_PER_SECOND, Micros
from sync.wire.endings import ENDINGS, ending
from sync.wire.frames import Ending

# A room that crashed is opened again by the first one who comes back; this spreads the coming back.
REOPEN_AFTER: Final = Micros(300_000)

_log = structlog.get_logger("hathor.rooms")


@dataclass(frozen=True, slots=True)
class RoomSettings:
    """What every room of this process shares."""

    node: str
    room_capacity: int
    queue_capacity: int
    idle_room_seconds: int


@dataclass(slots=True)
class _Opening:
    """Several askers wait for one opening."""

    ready: trio.Event = field(default_factory=trio.Event)
    room: Room | None = None
    refusal: Refusal | None = None


class Directory:
    """Finds or opens rooms. Their owner tasks live in the nursery given here.

    Args:
        nursery: Lives as long as the service; cancelling it closes all rooms in order.
        storage: The open engine.
        recordings: The library as rooms see it.
        timebase: The clock of all rooms.
        settings: Limits and the name of this node.
    """

    def __init__(
        self,
        nursery: trio.Nursery,
        storage: Storage,
        recordings: Recordings,
        timebase: Timebase,
        settings: RoomSettings,
    ) -> None:
        self._nursery = nursery
        self._storage = storage
        self._recordings = recordings
        self._timebase = timebase
        self._settings = settings
        self._rooms: dict[RoomId, _Opening] = {}

    def find(self, room: RoomId) -> Room | None:
        """The room if it is open now."""
        opening = self._rooms.get(room)
        return None if opening is None else opening.room

    async def present(self, room: RoomId) -> Room | None:
        """The room if it is open, or being opened now: then once it is. What it is told reaches it either way."""
        opening = self._rooms.get(room)
        if opening is None:
            return None
        await opening.ready.wait()
        return opening.room

    def open_rooms(self) -> tuple[Room, ...]:
        """All rooms that are open now."""
        return tuple(opening.room for opening in self._rooms.values() if opening.room is not None)

    async def open(self, room: RoomId) -> Room:
        """The open room; opens it if need be.

        Raises:
            UnknownRoom: There is no such room.
            StorageDown: It cannot be loaded now.
            Overloaded: The server stops.
        """
        opening = self._rooms.get(room)
        if opening is None:
            opening = _Opening()
            self._nursery.start_soon(self._serve, room, opening)
            self._rooms[room] = opening
        await opening.ready.wait()
        if opening.refusal is not None:
            raise opening.refusal
        assert opening.room is not None
        return opening.room

    async def _serve(self, room: RoomId, opening: _Opening) -> None:
        """One room from opening to closing. One of the three places that survive any failure: only this room ends."""
        try:
            opening.room = await self._load(room)
            opening.ready.set()
            await opening.room.run()
        except* Refusal as group:
            refusal = opening.refusal = _first(group)
            if opening.room is not None:
                _log.error("room closed", room=room, code=refusal.code, reason=refusal.reason)
            # Whatever closed the room is not the fault of those inside: they may always come back.
            code = refusal.code if refusal.code in ENDINGS else "failed"
            self._end_all(opening, ending(code, refusal.reason))
        except* Exception:  # the room's own scope: see the docstring
            _log.exception("room crashed", room=room)
            reason = "the room had to be opened again; nothing that was saved is lost"
            if opening.room is None:
                opening.refusal = StorageDown("the room cannot be opened now: its documents could not be read")
            self._end_all(opening, ending("failed", reason, REOPEN_AFTER))
        finally:
            # Whoever asks from now on opens it anew.
            if self._rooms.get(room) is opening:
                del self._rooms[room]
            if opening.room is None and opening.refusal is None:
                opening.refusal = Overloaded("the server is stopping; come back in a moment")
            opening.ready.set()

    async def _load(self, room: RoomId) -> Room:
        settings = self._settings
        opened = await load_room(
            self._storage,
            room,
            node=settings.node,
            timebase=self._timebase,
            limits=Limits(entries=settings.queue_capacity),
        )
        return Room(
            opened,
            self._storage,
            self._recordings,
            self._timebase,
            node=settings.node,
            capacity=settings.room_capacity,
            idle_micros=Micros(settings.idle_room_seconds * MICROS_PER_SECOND),
        )

    def _end_all(self, opening: _Opening, ending: Ending) -> None:
        if opening.room is not None:
            opening.room.dismiss(ending)


def _first(group: BaseExceptionGroup[Refusal]) -> Refusal:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error
