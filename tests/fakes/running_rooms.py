"""The rooms service on memory storage and a virtual clock, for simulations and room tests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random

import trio

from hathor_rt.documents.lease import Leases
from hathor_rt.ids import ConnectionId, DeviceId, PrincipalId
from hathor_rt.observations import Observations
from hathor_rt.rooms.directory import Directory, RoomSettings
from hathor_rt.rooms.hosting import Hosting
from hathor_rt.rooms.ports import Visitor
from hathor_rt.storage.memory.opening import open_memory
from hathor_rt.storage.ports import RoomRecord, Storage
from sync.documents.limits import Limits
from tests.fakes.rooms_world import FakeRecordings, VirtualTimebase

TRACKS = {f"t{number}": 45.0 + 7 * number for number in range(8)}
SETTINGS = RoomSettings(node="node1", room_capacity=100, limits=Limits(entries=500), idle_room_seconds=60)
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


@dataclass(frozen=True, slots=True)
class RunningRooms:
    """Everything a test wants to touch. Keep `storage` to start again after a crash."""

    rooms: Hosting
    directory: Directory
    timebase: VirtualTimebase
    recordings: FakeRecordings
    storage: Storage
    observations: Observations


@asynccontextmanager
async def running_rooms(
    seed: int = 1,
    *,
    storage: Storage | None = None,
    timebase: VirtualTimebase | None = None,
    settings: RoomSettings = SETTINGS,
) -> AsyncIterator[RunningRooms]:
    """A rooms service for the length of the block; leaving it is a crash (nothing is said to anybody)."""
    kept = storage or open_memory(seed=seed)
    clock = timebase or VirtualTimebase()
    recordings = FakeRecordings(TRACKS)
    ids = Random(seed)

    def new_id(characters: int) -> str:
        return "".join(ids.choice(ALPHABET) for _ in range(characters))

    async with trio.open_nursery() as nursery:
        seen = Observations()
        leases = Leases(nursery, kept.rooms, clock, node=settings.node)
        directory = Directory(nursery, kept, recordings, clock, leases, settings, seen)
        hosting = Hosting(kept.rooms, directory, recordings, clock, new_id)
        yield RunningRooms(hosting, directory, clock, recordings, kept, seen)
        nursery.cancel_scope.cancel()


def visitor(name: str, connection: str | None = None) -> Visitor:
    """Someone at the door, with one device."""
    return Visitor(ConnectionId(connection or f"c{name}"), PrincipalId(name), DeviceId(f"d{name}"), name.title())


async def friday(world: RunningRooms) -> tuple[RoomRecord, str]:
    """A room of hana's and the token of its link."""
    record, invite = await world.rooms.create(PrincipalId("hana"), "  Friday   night ")
    return record, invite.token
