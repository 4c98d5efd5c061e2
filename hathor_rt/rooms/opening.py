"""Bring a room back from the journal: replicas, and the transport on the present timebase."""

from dataclasses import dataclass
from typing import Final

from hathor_rt.ids import DeviceId, DocumentName, PrincipalId, RoomId
from hathor_rt.refusals import UnknownRoom
from hathor_rt.rooms.core import RoomCore
from hathor_rt.rooms.documents import RoomDocuments
from hathor_rt.rooms.journal import RoomJournal
from hathor_rt.rooms.reanchor import instant_of_utc, shift_between
from hathor_rt.storage.ports import Lease, Storage
from hathor_rt.timebase import StoredInstant, Timebase
from sync.documents import playback
from sync.documents.kinds import KINDS
from sync.documents.limits import Limits
from sync.documents.replica import Replica
from sync.timeline import transport as records
from sync.timeline.plain import from_plain
from sync.timeline.transport import Transport
from sync.units import Micros

# A room that stood without an owner for no longer than this goes on as if it had never stopped.
GOES_ON_WITHIN: Final = Micros(30_000_000)


@dataclass(frozen=True, slots=True)
class OpenedRoom:
    """What the owner task starts from."""

    core: RoomCore
    journal: RoomJournal
    lease: Lease


async def load_room(storage: Storage, room: RoomId, *, node: str, timebase: Timebase, limits: Limits) -> OpenedRoom:
    """Take the lease of `room` and rebuild it exactly as committed.

    Raises:
        UnknownRoom: There is no such room.
        StorageDown: Storage does not answer.
    """
    record = await storage.rooms.get(room)
    if record is None:
        raise UnknownRoom("there is no such room")
    lease = await storage.rooms.acquire(room, node, timebase.stamp().utc_at)
    replicas: list[Replica] = []
    try:
        sequences: dict[DocumentName, int] = {}
        for kind in ("queue", "playback"):
            name = DocumentName(f"{kind}:{room}")
            stored = await storage.documents.load(name)
            client_id = await storage.documents.issue_client_id(name, PrincipalId(""), DeviceId(""))
            replicas.append(Replica.load(KINDS[kind], stored.state, stored.updates, limits, client_id=client_id))
            sequences[name] = stored.through + len(stored.updates)
        queue, playback = replicas
        transport = _transport(playback, stored.last, lease, timebase)
        core = RoomCore(record, RoomDocuments(room, queue, playback), transport, timebase.now())
    except BaseException:
        for replica in replicas:
            replica.close()  # the engine keeps what is not closed for ever
        raise
    return OpenedRoom(core, RoomJournal(storage.documents, room, lease.term, timebase, sequences), lease)


def _transport(replica: Replica, last: StoredInstant | None, lease: Lease, timebase: Timebase) -> Transport:
    stamp = timebase.stamp()
    plain = playback.transport(replica)
    if plain is None or last is None:
        return records.empty(timebase.epoch, lease.term)
    carried = records.re_anchored(from_plain(plain), timebase.epoch, lease.term, shift_between(last, stamp))
    without_owner = stamp.utc_at - lease.renewed_utc
    if carried.status != "playing" or without_owner <= GOES_ON_WITHIN:
        return carried
    # Nobody could hear it while it stood: pause where the owner was last known to live, not before the line began.
    stopped_at = max(instant_of_utc(lease.renewed_utc, stamp), carried.anchor.at)
    return records.pause(carried, Micros(stopped_at))
