"""Open rooms of this process."""

from dataclasses import dataclass

import trio

from hathor_rt.documents.directory import OwnerDirectory
from hathor_rt.documents.lease import Leases
from hathor_rt.documents.owner import Terms
from hathor_rt.ids import RoomId
from hathor_rt.observations import Observations
from hathor_rt.rooms.opening import load_room
from hathor_rt.rooms.ports import Recordings
from hathor_rt.rooms.room import Room
from hathor_rt.storage.ports import Storage
from hathor_rt.timebase import Timebase
from sync.documents.limits import Limits
from sync.units import MICROS_PER_SECOND, Micros


@dataclass(frozen=True, slots=True)
class RoomSettings:
    """What every room of this process shares."""

    node: str
    room_capacity: int
    limits: Limits
    idle_room_seconds: int


class Directory(OwnerDirectory[RoomId, Room]):
    """Finds or opens rooms. Their owner tasks live in the nursery given here.

    Args:
        nursery: Lives as long as the service; cancelling it closes all rooms in order.
        storage: The open engine.
        recordings: The library as rooms see it.
        timebase: The clock of all rooms.
        leases: Of this process.
        settings: Limits and the name of this node.
        observations: Told by all rooms.
    """

    def __init__(
        self,
        nursery: trio.Nursery,
        storage: Storage,
        recordings: Recordings,
        timebase: Timebase,
        leases: Leases,
        settings: RoomSettings,
        observations: Observations | None = None,
    ) -> None:
        super().__init__(nursery, self._load_room, "room")
        self._storage = storage
        self._recordings = recordings
        self._timebase = timebase
        self._leases = leases
        self._settings = settings
        self._observations = observations

    async def _load_room(self, room: RoomId) -> Room:
        """Raises `UnknownRoom`, `StorageDown`."""
        settings = self._settings
        opened = await load_room(
            self._storage,
            room,
            node=settings.node,
            timebase=self._timebase,
            limits=settings.limits,
        )
        return Room(
            opened,
            self._storage,
            self._recordings,
            self._timebase,
            Terms(
                self._leases.kept(room, opened.lease),
                settings.room_capacity,
                Micros(settings.idle_room_seconds * MICROS_PER_SECOND),
            ),
            self._observations,
        )
