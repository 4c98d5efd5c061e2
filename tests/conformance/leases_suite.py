"""What every engine promises about the ownership of rooms."""

import pytest
import trio

from hathor_rt.ids import DocumentName, RoomId
from hathor_rt.refusals import Fenced
from hathor_rt.storage.ports import Lease, Storage
from sync.units import Micros
from tests.conformance.records import QUEUE, ROOM, row


class FencingSuite:
    """A former owner writes nothing more."""

    async def test_a_lower_term_is_fenced_and_changes_nothing(self, storage: Storage) -> None:
        first = await storage.rooms.acquire(ROOM, "node-a", Micros(1))
        await storage.documents.append([row(1)], room=ROOM, term=first.term)
        second = await storage.rooms.acquire(ROOM, "node-b", Micros(2))
        with pytest.raises(Fenced):
            await storage.documents.append([row(2)], room=ROOM, term=first.term)
        with pytest.raises(Fenced):
            await storage.documents.save_snapshot(QUEUE, b"late", 1, room=ROOM, term=first.term)
        kept = await storage.documents.load(QUEUE)
        assert (kept.state, kept.updates) == (b"", (b"update 1",))
        await storage.documents.append([row(2)], room=ROOM, term=second.term)

    async def test_another_room_is_not_fenced(self, storage: Storage) -> None:
        await storage.rooms.acquire(ROOM, "node-a", Micros(1))
        await storage.rooms.acquire(ROOM, "node-b", Micros(2))
        await storage.documents.append([row(1, document=DocumentName("queue:2"))], room=RoomId("2"), term=1)


class TermSuite:
    """Ownership by a node."""

    async def test_terms_grow_and_tell_the_former_sign_of_life(self, storage: Storage) -> None:
        assert await storage.rooms.acquire(ROOM, "a", Micros(10)) == Lease(1, Micros(0))
        assert await storage.rooms.renew_many({ROOM: 1}, "a", Micros(25)) == frozenset()
        assert await storage.rooms.acquire(ROOM, "b", Micros(30)) == Lease(2, Micros(25))
        assert await storage.rooms.acquire(ROOM, "b", Micros(40)) == Lease(3, Micros(30))

    async def test_only_the_owner_under_its_term_renews(self, storage: Storage) -> None:
        assert await storage.rooms.renew_many({ROOM: 1}, "a", Micros(5)) == {ROOM}
        await storage.rooms.acquire(ROOM, "a", Micros(10))
        await storage.rooms.acquire(ROOM, "b", Micros(20))
        for node, term in (("a", 1), ("a", 2), ("b", 1)):
            assert await storage.rooms.renew_many({ROOM: term}, node, Micros(99)) == {ROOM}
        assert await storage.rooms.acquire(ROOM, "c", Micros(30)) == Lease(3, Micros(20))

    async def test_of_many_those_lost_are_told_and_the_others_renewed(self, storage: Storage) -> None:
        assert await storage.rooms.renew_many({}, "a", Micros(1)) == frozenset()
        # More than one statement may carry, and a document's name among them.
        names = [RoomId(f"room{number}") for number in range(700)] + [RoomId("scratch:s1")]
        terms = {name: lease.term for name, lease in (await _acquire_all(storage, names, "a", Micros(10))).items()}
        taken, reopened, unknown = names[3], names[650], RoomId("nowhere")
        await storage.rooms.acquire(taken, "b", Micros(20))
        await storage.rooms.acquire(reopened, "a", Micros(20))
        lost = await storage.rooms.renew_many({**terms, unknown: 1}, "a", Micros(30))
        assert lost == {taken, reopened, unknown}
        former = await _acquire_all(storage, names, "c", Micros(40))
        assert {name for name, lease in former.items() if lease.renewed_utc != 30} == {taken, reopened}
        assert former[taken].renewed_utc == former[reopened].renewed_utc == 20

    async def test_concurrent_owners_get_different_terms(self, storage: Storage) -> None:
        terms: list[int] = []

        async def acquire(number: int) -> None:
            terms.append((await storage.rooms.acquire(ROOM, f"node-{number}", Micros(number))).term)

        async with trio.open_nursery() as nursery:
            for number in range(10):
                nursery.start_soon(acquire, number)
        assert sorted(terms) == list(range(1, 11))


async def _acquire_all(storage: Storage, names: list[RoomId], node: str, now_utc: Micros) -> dict[RoomId, Lease]:
    taken: dict[RoomId, Lease] = {}

    async def acquire(name: RoomId) -> None:
        taken[name] = await storage.rooms.acquire(name, node, now_utc)

    async with trio.open_nursery() as nursery:
        for name in names:
            nursery.start_soon(acquire, name)
    return taken


class LeaseSuite(FencingSuite, TermSuite):
    """All of it."""
