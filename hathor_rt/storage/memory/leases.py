"""Who owns a room, and the fencing term that every journal write carries."""

from dataclasses import dataclass

from hathor_rt.ids import RoomId
from hathor_rt.refusals import Fenced
from hathor_rt.storage.ports import Lease
from sync.units import Micros


@dataclass(frozen=True, slots=True)
class _Owner:
    node: str
    term: int
    renewed_utc: Micros


class MemoryLeases:
    """Leases of all rooms; shared by the room store, which changes them, and the document store, which obeys them."""

    def __init__(self) -> None:
        self._owners: dict[RoomId, _Owner] = {}

    def acquire(self, room: RoomId, node: str, now_utc: Micros) -> Lease:
        """Hand the room to `node` under the next term."""
        former = self._owners.get(room, _Owner("", 0, Micros(0)))
        self._owners[room] = _Owner(node, former.term + 1, now_utc)
        return Lease(former.term + 1, former.renewed_utc)

    def renew(self, room: RoomId, node: str, term: int, now_utc: Micros) -> None:
        """Note a sign of life. Raises `Fenced` if the lease is another's."""
        owner = self._owners.get(room)
        if owner is None or owner.node != node or owner.term != term:
            raise Fenced(f"the lease of room {room} under term {term} is not held by {node}")
        self._owners[room] = _Owner(node, term, now_utc)

    def check(self, room: RoomId, term: int) -> None:
        """Raise `Fenced` if a higher term of `room` is known."""
        owner = self._owners.get(room)
        if owner is not None and owner.term > term:
            raise Fenced(f"room {room} is owned under term {owner.term}, not {term}")
