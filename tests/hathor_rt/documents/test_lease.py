"""Leases are renewed; the rest is in tests/hathor_rt/rooms/test_errands.py, through a room's errands."""

import trio
from trio.testing import MockClock

from hathor_rt.documents.lease import RENEW_EVERY_SECONDS, keep_lease
from hathor_rt.ids import RoomId
from hathor_rt.storage.memory.opening import open_memory
from sync.units import Micros
from tests.fakes.rooms_world import VirtualTimebase

NAME = RoomId("scratch:s1")


async def test_a_lease_is_renewed_while_its_owner_lives(autojump_clock: MockClock) -> None:
    storage, timebase = open_memory(), VirtualTimebase()
    lease = await storage.rooms.acquire(NAME, "node1", Micros(0))
    with trio.move_on_after(3 * RENEW_EVERY_SECONDS + 1):
        await keep_lease(storage.rooms, NAME, lease, timebase, node="node1")
    renewed = (await storage.rooms.acquire(NAME, "node2", Micros(0))).renewed_utc
    assert timebase.stamp().utc_at - renewed == 1_000_000
