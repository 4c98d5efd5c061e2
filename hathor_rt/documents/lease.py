"""An owner's right to write: renewed while it lives."""

from typing import Final

import structlog
import trio

from hathor_rt.ids import RoomId
from hathor_rt.refusals import Fenced
from hathor_rt.storage.ports import Lease, RoomStore
from hathor_rt.timebase import Timebase
from sync.refusal import Refusal
from sync.units import Micros

# The lease says "alive" this often.
RENEW_EVERY_SECONDS: Final = 5
# From then on nobody can tell whether the owner is still this node's, and one that opens it elsewhere would find it dead.
LEASE_IN_DOUBT_AFTER: Final = Micros(30_000_000)

_log = structlog.get_logger("hathor.lease")


async def keep_lease(rooms: RoomStore, name: RoomId, lease: Lease, timebase: Timebase, *, node: str) -> None:
    """Say regularly that the owner of `name` lives, until cancelled.

    Raises:
        Fenced: It is another node's now.
        StorageDown, StorageFull: It could not be said for so long that the lease is in doubt.
    """
    renewed_at = timebase.now()
    while True:
        await trio.sleep(RENEW_EVERY_SECONDS)
        stamp = timebase.stamp()
        try:
            await rooms.renew(name, node, lease.term, stamp.utc_at)
        except Fenced:
            raise
        except Refusal as refusal:
            if stamp.monotonic_at - renewed_at >= LEASE_IN_DOUBT_AFTER:
                raise
            _log.warning("lease not renewed", name=name, code=refusal.code)
        else:
            renewed_at = stamp.monotonic_at
