"""Who owns a room, and the fencing term that every journal write carries."""

from collections.abc import Collection, Mapping
from typing import Final

from sqlalchemy import Connection, bindparam, select, tuple_, update

from hathor_rt.ids import RoomId
from hathor_rt.refusals import Fenced
from hathor_rt.storage.ports import Lease
from hathor_rt.storage.sql.driver import Driver, Prepared
from hathor_rt.storage.sql.portions import portions
from hathor_rt.storage.sql.tables import leases
from hathor_rt.storage.sql.upserts import upsert
from sync.units import Micros

# Every edit looks here. The row stays locked until the commit, shared with other edits.
_TERM: Final = Prepared(select(leases.c.term).where(leases.c.room == bindparam("of")).with_for_update(read=True))


def acquire(connection: Connection, room: RoomId, node: str, now_utc: Micros) -> Lease:
    """Hand the room to `node` under the next term."""
    # The row exists before it is locked, so that two nodes that open a new room at once take turns.
    never = {"room": room, "node": "", "term": 0, "renewed_utc": 0}
    connection.execute(upsert(connection, leases).values(never).on_conflict_do_nothing(index_elements=["room"]))
    former = connection.execute(select(leases).where(leases.c.room == room).with_for_update()).one()
    term = former.term + 1
    connection.execute(update(leases).where(leases.c.room == room).values(node=node, term=term, renewed_utc=now_utc))
    return Lease(term, Micros(former.renewed_utc))


def renew_many(connection: Connection, terms: Mapping[RoomId, int], node: str, now_utc: Micros) -> frozenset[RoomId]:
    """Note a sign of life of each owner; those whose lease is another's are given back."""
    renewed: set[RoomId] = set()
    for some in portions(tuple(terms.items())):
        mine = (leases.c.node == node) & tuple_(leases.c.room, leases.c.term).in_(some)
        change = update(leases).where(mine).values(renewed_utc=now_utc).returning(leases.c.room)
        renewed.update(connection.scalars(change))
    return frozenset(terms.keys() - renewed)


def is_held(connection: Connection, rooms: Collection[RoomId], since_utc: Micros) -> bool:
    """Whether an owner of any of these has given a sign of life since an instant; until the commit nobody takes them over."""
    kept = select(leases.c.renewed_utc).where(leases.c.room.in_(rooms)).with_for_update(read=True)
    return any(renewed >= since_utc for renewed in connection.scalars(kept).all())


def check(driver: Driver, room: RoomId, term: int) -> None:
    """Raise `Fenced` if a higher term of `room` is known; until the commit no other node can take the room over."""
    owned_under = driver.value(_TERM, {"of": room})
    if owned_under is not None and owned_under > term:
        raise Fenced(f"room {room} is owned under term {owned_under}, not {term}")
