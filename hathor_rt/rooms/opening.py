"""Bring a room back from the journal: replicas, and the transport on the present timebase."""

from dataclasses import dataclass
from typing import Final

from hathor_rt.documents.journal import Journal
from hathor_rt.documents.lease import LEASE_IN_DOUBT_AFTER
from hathor_rt.documents.opening import LoadedDocument, load_document
from hathor_rt.ids import DocumentName, RoomId
from hathor_rt.refusals import UnknownRoom
from hathor_rt.rooms.core import RoomCore
from hathor_rt.rooms.documents import RoomDocuments
from hathor_rt.rooms.reanchor import instant_of_utc, shift_between
from hathor_rt.storage.ports import Lease, Storage
from hathor_rt.timebase import StoredInstant, Timebase
from sync.documents import playback
from sync.documents.limits import Limits
from sync.documents.replica import Replica
from sync.timeline import transport as records
from sync.timeline.plain import from_plain
from sync.timeline.transport import Transport
from sync.units import Micros

# A room that stood without an owner for no longer than this goes on as if it had never stopped.
GOES_ON_WITHIN: Final = LEASE_IN_DOUBT_AFTER


@dataclass(frozen=True, slots=True)
class OpenedRoom:
    """What the owner task starts from."""

    core: RoomCore
    journal: Journal
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
    loaded: list[LoadedDocument] = []
    names = [DocumentName(f"{kind}:{room}") for kind in ("queue", "playback")]
    try:
        for name in names:
            loaded.append(await load_document(storage.documents, name, limits))  # noqa: PERF401 - kept for closing
        queue, playback = loaded
        transport = _transport(playback.replica, playback.last, lease, timebase)
        documents = RoomDocuments(room, queue.replica, playback.replica)
        core = RoomCore(record, documents, transport, timebase.now())
    except BaseException:
        for each in loaded:
            each.replica.close()  # the engine keeps what is not closed for ever
        raise
    sequences = {name: each.sequence for name, each in zip(names, loaded, strict=True)}
    return OpenedRoom(core, Journal(storage.documents, room, lease.term, timebase, sequences), lease)


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
