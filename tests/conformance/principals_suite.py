"""What every principal store promises."""

import pytest

from hathor_rt.ids import DeviceId, PrincipalId
from hathor_rt.refusals import UnknownPrincipal
from hathor_rt.storage.ports import Conflict, Storage
from sync.units import Micros
from tests.conformance.records import ALICE, BOB, PHONE, principal


class PrincipalSuite:
    """Principals and their devices."""

    async def test_a_principal_is_kept(self, storage: Storage) -> None:
        await storage.principals.create(principal("alice", name="Zoë 🎧", is_guest=False))
        assert await storage.principals.get(ALICE) == principal("alice", name="Zoë 🎧", is_guest=False)

    async def test_an_unknown_principal_is_none(self, storage: Storage) -> None:
        assert await storage.principals.get(ALICE) is None

    async def test_a_taken_id_changes_nothing(self, storage: Storage) -> None:
        await storage.principals.create(principal("alice"))
        with pytest.raises(Conflict):
            await storage.principals.create(principal("alice", name="Mallory"))
        assert await storage.principals.get(ALICE) == principal("alice")

    async def test_many_gives_those_that_exist(self, storage: Storage) -> None:
        names = [f"p{number}" for number in range(3)]
        for name in names:
            await storage.principals.create(principal(name))
        asked = [PrincipalId(f"p{number}") for number in range(1_200)]
        assert dict(await storage.principals.many(asked)) == {name: principal(name) for name in names}
        assert dict(await storage.principals.many([])) == {}

    async def test_a_principal_is_renamed(self, storage: Storage) -> None:
        await storage.principals.create(principal("alice"))
        await storage.principals.rename(ALICE, "Alicia")
        assert await storage.principals.get(ALICE) == principal("alice", name="Alicia")

    async def test_nobody_is_not_renamed(self, storage: Storage) -> None:
        with pytest.raises(UnknownPrincipal):
            await storage.principals.rename(ALICE, "Alicia")

    async def test_devices_come_most_recently_seen_first(self, storage: Storage) -> None:
        await storage.principals.create(principal("alice"))
        await storage.principals.create(principal("bob"))
        await storage.principals.save_device(PHONE, ALICE, "Phone", Micros(5))
        await storage.principals.save_device(DeviceId("laptop"), ALICE, "Laptop", Micros(7))
        await storage.principals.save_device(PHONE, BOB, "Borrowed", Micros(9))
        assert list((await storage.principals.devices(ALICE)).items()) == [("laptop", "Laptop"), ("phone", "Phone")]
        await storage.principals.save_device(PHONE, ALICE, "New phone", Micros(8))
        assert list((await storage.principals.devices(ALICE)).items()) == [("phone", "New phone"), ("laptop", "Laptop")]

    async def test_a_device_of_nobody_is_refused(self, storage: Storage) -> None:
        with pytest.raises(Conflict):
            await storage.principals.save_device(PHONE, ALICE, "Phone", Micros(5))
        assert dict(await storage.principals.devices(ALICE)) == {}
