"""People as kept, with their devices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from hathor_rt.ids import DeviceId, PrincipalId
from sync.units import Micros


@dataclass(frozen=True, slots=True)
class Principal:
    """Who acts. A guest is a principal without credentials."""

    principal: PrincipalId
    name: str
    is_guest: bool
    created_utc: Micros


class PrincipalStore(Protocol):
    """Principals and their devices."""

    async def create(self, principal: Principal) -> None:
        """Keep a new principal. Raises `Conflict` if the id is taken."""
        ...

    async def get(self, principal: PrincipalId) -> Principal | None: ...
    async def many(self, principals: Sequence[PrincipalId]) -> Mapping[PrincipalId, Principal]:
        """Those that exist."""
        ...

    async def rename(self, principal: PrincipalId, name: str) -> None:
        """Raises `UnknownPrincipal`."""
        ...

    async def save_device(self, device: DeviceId, principal: PrincipalId, label: str, seen_utc: Micros) -> None:
        """Insert or replace. Raises `Conflict` if there is no such principal."""
        ...

    async def devices(self, principal: PrincipalId) -> Mapping[DeviceId, str]:
        """Labels of the principal's devices, most recently seen first."""
        ...
