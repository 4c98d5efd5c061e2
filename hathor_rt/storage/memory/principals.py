"""Principals and their devices in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import trio

from hathor_rt.ids import DeviceId, PrincipalId
from hathor_rt.refusals import UnknownPrincipal
from hathor_rt.storage.ports import Conflict, Principal
from sync.units import Micros


class MemoryPrincipals:
    """`PrincipalStore` without threads."""

    def __init__(self) -> None:
        self._principals: dict[PrincipalId, Principal] = {}
        self._devices: dict[tuple[PrincipalId, DeviceId], tuple[str, Micros]] = {}

    async def create(self, principal: Principal) -> None:
        """See `PrincipalStore.create`."""
        await trio.lowlevel.checkpoint()
        if principal.principal in self._principals:
            raise Conflict(f"principal {principal.principal} exists")
        self._principals[principal.principal] = principal

    async def get(self, principal: PrincipalId) -> Principal | None:
        """See `PrincipalStore.get`."""
        await trio.lowlevel.checkpoint()
        return self._principals.get(principal)

    async def many(self, principals: Sequence[PrincipalId]) -> Mapping[PrincipalId, Principal]:
        """See `PrincipalStore.many`."""
        await trio.lowlevel.checkpoint()
        return {each: self._principals[each] for each in principals if each in self._principals}

    async def rename(self, principal: PrincipalId, name: str) -> None:
        """See `PrincipalStore.rename`."""
        await trio.lowlevel.checkpoint()
        if principal not in self._principals:
            raise UnknownPrincipal(f"there is no principal {principal}")
        self._principals[principal] = replace(self._principals[principal], name=name)

    async def save_device(self, device: DeviceId, principal: PrincipalId, label: str, seen_utc: Micros) -> None:
        """See `PrincipalStore.save_device`."""
        await trio.lowlevel.checkpoint()
        if principal not in self._principals:
            raise Conflict(f"there is no principal {principal}")
        self._devices[principal, device] = (label, seen_utc)

    async def devices(self, principal: PrincipalId) -> Mapping[DeviceId, str]:
        """See `PrincipalStore.devices`."""
        await trio.lowlevel.checkpoint()
        own = [(-seen, device, label) for (who, device), (label, seen) in self._devices.items() if who == principal]
        return {device: label for _, device, label in sorted(own)}
