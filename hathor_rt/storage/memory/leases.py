"""Who owns a room, and the fencing term that every journal write carries."""

from collections.abc import Collection, Mapping
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

    def renew_many(self, terms: Mapping[RoomId, int], node: str, now_utc: Micros) -> frozenset[RoomId]:
        """Note a sign of life of each owner; those whose lease is another's are given back."""
        mine = {room: term for room, term in terms.items() if self._is_held(room, node, term)}
        self._owners.update((room, _Owner(node, term, now_utc)) for room, term in mine.items())
        return frozenset(terms.keys() - mine.keys())

    def _is_held(self, room: RoomId, node: str, term: int) -> bool:
        owner = self._owners.get(room)
        return owner is not None and (owner.node, owner.term) == (node, term)

    def is_held(self, rooms: Collection[RoomId], since_utc: Micros) -> bool:
        """Whether an owner of any of these has given a sign of life since an instant."""
        return any(room in self._owners and self._owners[room].renewed_utc >= since_utc for room in rooms)

    def check(self, room: RoomId, term: int) -> None:
        """Raise `Fenced` if a higher term of `room` is known."""
        owner = self._owners.get(room)
        if owner is not None and owner.term > term:
            raise Fenced(f"room {room} is owned under term {owner.term}, not {term}")
