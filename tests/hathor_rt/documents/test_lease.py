"""Leases are renewed together; each that is lost or in doubt ends its own owner and no other."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
import trio
from trio.testing import MockClock

from hathor_rt.documents.lease import LEASE_IN_DOUBT_AFTER, RENEW_EVERY_SECONDS, Leases
from hathor_rt.ids import RoomId
from hathor_rt.refusals import Fenced, StorageDown
from hathor_rt.storage.memory.opening import open_memory
from hathor_rt.storage.ports import Storage
from sync.units import Micros
from tests.fakes.rooms_world import VirtualTimebase
from tests.fakes.storage import Faults, faulty

ONE, TWO = RoomId("r1"), RoomId("scratch:s1")
SECOND = 1_000_000


@dataclass(slots=True)
class Node:
    """A process with owners that do nothing but hold their leases."""

    leases: Leases
    storage: Storage
    faults: Faults
    timebase: VirtualTimebase
    nursery: trio.Nursery
    ended: dict[RoomId, tuple[Micros, Exception | None]] = field(default_factory=dict)

    def open(self, name: RoomId, seconds: float = 1_000) -> None:
        """An owner that lives for so long. When it ended, and why, is in `ended`."""
        self.nursery.start_soon(self._own, name, seconds)

    async def _own(self, name: RoomId, seconds: float) -> None:
        lease = await self.storage.rooms.acquire(name, "node1", self.timebase.stamp().utc_at)
        reason: Exception | None = None
        try:
            with self.leases.kept(name, lease):
                await trio.sleep(seconds)
        except Exception as error:  # whatever ended it is what the tests ask for
            reason = error
        self.ended[name] = self.timebase.now(), reason

    async def seconds_since_sign_of_life(self, name: RoomId) -> float:
        """Takes the lease away."""
        now = self.timebase.stamp().utc_at
        lease = await self.storage.rooms.acquire(name, "node2", now)
        return (now - lease.renewed_utc) / SECOND

    def renewals(self) -> int:
        return self.faults.calls.count("rooms.renew_many")


@asynccontextmanager
async def node() -> AsyncIterator[Node]:
    storage, faults = faulty(open_memory())
    timebase = VirtualTimebase()
    async with trio.open_nursery() as nursery:
        leases = Leases(nursery, storage.rooms, timebase, node="node1")
        yield Node(leases, storage, faults, timebase, nursery)
        nursery.cancel_scope.cancel()


async def test_all_leases_are_renewed_in_one_write_while_their_owners_live(autojump_clock: MockClock) -> None:
    async with node() as at:
        at.open(ONE)
        await trio.sleep(2)
        at.open(TWO)
        await trio.sleep(10 * RENEW_EVERY_SECONDS)
        assert at.renewals() == 10
        assert await at.seconds_since_sign_of_life(ONE) == 2
        assert await at.seconds_since_sign_of_life(TWO) == 2


async def test_a_lease_is_no_longer_renewed_when_its_owner_has_ended(autojump_clock: MockClock) -> None:
    async with node() as at:
        at.open(ONE, seconds=7)
        at.open(TWO)
        await trio.sleep(21)
        assert await at.seconds_since_sign_of_life(ONE) == 16
        assert await at.seconds_since_sign_of_life(TWO) == 1
        assert at.ended == {ONE: (7 * SECOND, None)}


async def test_nothing_is_written_while_nothing_is_held_and_the_next_owner_is_renewed(
    autojump_clock: MockClock,
) -> None:
    async with node() as at:
        at.open(ONE, seconds=1)
        await trio.sleep(100)
        assert at.renewals() == 0
        at.open(TWO)
        await trio.sleep(RENEW_EVERY_SECONDS + 1)
        assert await at.seconds_since_sign_of_life(TWO) == 1


async def test_a_lost_lease_ends_exactly_its_owner_at_once(autojump_clock: MockClock) -> None:
    async with node() as at:
        at.open(ONE)
        at.open(TWO)
        await trio.sleep(1)
        await at.storage.rooms.acquire(ONE, "node2", Micros(0))
        await trio.sleep(10 * RENEW_EVERY_SECONDS)
        ended_at, reason = at.ended.pop(ONE)
        assert ended_at == RENEW_EVERY_SECONDS * SECOND
        assert isinstance(reason, Fenced)
        assert at.ended == {}
        assert await at.seconds_since_sign_of_life(TWO) < RENEW_EVERY_SECONDS


async def test_storage_that_is_away_for_a_moment_ends_nobody(autojump_clock: MockClock) -> None:
    async with node() as at:
        at.open(ONE)
        for _ in range(3):
            at.faults.break_down(StorageDown("the disk sleeps"), "rooms.renew_many")
            await trio.sleep(20)
            at.faults.repair()
            await trio.sleep(10)
        assert at.ended == {}


@pytest.mark.parametrize("opened_after", [0.0, 2.0, 4.9])
async def test_each_owner_ends_in_the_instant_its_lease_is_in_doubt(
    opened_after: float, autojump_clock: MockClock
) -> None:
    async with node() as at:
        at.open(ONE)
        await trio.sleep(opened_after)
        at.open(TWO)
        at.faults.break_down(StorageDown("the disk sleeps"), "rooms.renew_many")
        await trio.sleep(40)
        assert {type(reason) for _, reason in at.ended.values()} == {StorageDown}
        later = LEASE_IN_DOUBT_AFTER + round(opened_after * SECOND)
        assert [at.ended[name][0] for name in (ONE, TWO)] == pytest.approx([LEASE_IN_DOUBT_AFTER, later], abs=1)
        assert at.renewals() <= 10


async def test_an_owner_that_takes_long_to_end_is_not_asked_for_again(autojump_clock: MockClock) -> None:
    async with node() as at:
        lease = await at.storage.rooms.acquire(ONE, "node1", at.timebase.stamp().utc_at)
        at.faults.break_down(StorageDown("the disk sleeps"), "rooms.renew_many")
        with pytest.raises(StorageDown), at.leases.kept(ONE, lease), trio.CancelScope(shield=True):
            await trio.sleep(100)
        assert at.renewals() == LEASE_IN_DOUBT_AFTER // (RENEW_EVERY_SECONDS * SECOND)


async def test_a_bug_in_storage_ends_the_owners_and_not_the_renewing(autojump_clock: MockClock) -> None:
    async with node() as at:
        at.open(ONE)
        await trio.sleep(1)
        at.faults.fail_next(ValueError("a bug"), "rooms.renew_many")
        await trio.sleep(RENEW_EVERY_SECONDS)
        assert isinstance(at.ended[ONE][1], ValueError)
        at.open(TWO)
        await trio.sleep(3 * RENEW_EVERY_SECONDS + 1)
        assert await at.seconds_since_sign_of_life(TWO) < RENEW_EVERY_SECONDS


async def test_a_renewal_under_way_ends_with_the_process(autojump_clock: MockClock) -> None:
    async with node() as at:
        at.open(ONE)
        await trio.sleep(1)
        at.faults.delay_seconds = 1_000
        await trio.sleep(RENEW_EVERY_SECONDS)
        assert at.renewals() == 1
    assert at.ended == {}
