"""Owners' rights to write: all that this process holds are renewed together while their owners live."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import outcome
import structlog
import trio

from hathor_rt.ids import RoomId
from hathor_rt.refusals import Fenced
from hathor_rt.storage.ports import Lease, RoomStore
from hathor_rt.timebase import Timebase
from sync.refusal import Refusal
from sync.units import MICROS_PER_SECOND, Micros

# The leases say "alive" this often.
RENEW_EVERY_SECONDS: Final = 5
# From then on nobody can tell whether the owner is still this node's, and one that opens it elsewhere would find it dead.
LEASE_IN_DOUBT_AFTER: Final = Micros(30_000_000)

_log = structlog.get_logger("hathor.lease")


@dataclass(slots=True, eq=False)
class _Hold:
    """One lease whose owner lives."""

    term: int
    renewed_at: Micros
    scope: trio.CancelScope = field(default_factory=trio.CancelScope)
    ended_by: Exception | None = None


class Leases:
    """All leases that this process keeps. One task and one write say of all owners that they live.

    Args:
        nursery: Where that task runs while anything is kept; lives as long as the owners.
        rooms: Where leases are renewed.
        timebase: Tells how long a lease was not renewed.
        node: Name of this process in leases.
    """

    def __init__(self, nursery: trio.Nursery, rooms: RoomStore, timebase: Timebase, *, node: str) -> None:
        self._nursery = nursery
        self._rooms = rooms
        self._timebase = timebase
        self._node = node
        self._holds: dict[RoomId, _Hold] = {}
        self._is_renewing = False

    @contextmanager
    def kept(self, name: RoomId, lease: Lease) -> Iterator[None]:
        """Renew the lease of `name` while the block runs; when it is lost the block is cancelled.

        Raises:
            Fenced: It is another node's now.
            StorageDown, StorageFull: It could not be renewed for so long that it is in doubt.
        """
        assert name not in self._holds, "an owner opens anew only after the one before has closed"
        hold = self._holds[name] = _Hold(lease.term, self._timebase.now())
        if not self._is_renewing:
            self._is_renewing = True
            self._nursery.start_soon(self._renew_while_held, name="leases")
        try:
            with hold.scope:
                yield
        finally:
            self._forget(name, hold)
        if hold.ended_by is not None:
            raise hold.ended_by

    async def _renew_while_held(self) -> None:
        # The task was started by an owner, whose log context is not this task's.
        structlog.contextvars.clear_contextvars()
        try:
            while self._holds:
                await trio.sleep(self._pause_seconds())
                if self._holds:  # the last owner may have gone meanwhile
                    await self._renew(dict(self._holds))
        finally:
            self._is_renewing = False

    def _pause_seconds(self) -> float:
        """Until the next renewal; sooner if a lease comes to be in doubt before."""
        doubt_at = min(hold.renewed_at for hold in self._holds.values()) + LEASE_IN_DOUBT_AFTER
        return min(RENEW_EVERY_SECONDS, max(0.0, (doubt_at - self._timebase.now()) / MICROS_PER_SECOND))

    async def _renew(self, holds: dict[RoomId, _Hold]) -> None:
        """Say once that the owners of `holds` live. An owner that is gone meanwhile does not mind what it is told."""
        stamp = self._timebase.stamp()
        terms = {name: hold.term for name, hold in holds.items()}
        # The answer is the owners', whatever it is; this task goes on for those who come after.
        answer = await outcome.acapture(self._rooms.renew_many, terms, self._node, stamp.utc_at)
        match answer:
            case outcome.Value(value=lost):
                for name, hold in holds.items():
                    if name in lost:
                        self._end(name, hold, Fenced(f"the lease of {name} is not held by {self._node} any more"))
                    else:
                        hold.renewed_at = stamp.monotonic_at
            case outcome.Error(error=Refusal() as refusal):
                _log.warning("leases not renewed", count=len(holds), code=refusal.code)
                for name, hold in holds.items():
                    if stamp.monotonic_at - hold.renewed_at >= LEASE_IN_DOUBT_AFTER:
                        self._end(name, hold, refusal)
            case outcome.Error(error=Exception() as error):
                # A bug. Each owner raises it in its own scope, as if it had asked itself.
                for name, hold in holds.items():
                    self._end(name, hold, error)
            case _:
                answer.unwrap()  # cancelled

    def _end(self, name: RoomId, hold: _Hold, reason: Exception) -> None:
        self._forget(name, hold)
        hold.ended_by = reason
        hold.scope.cancel()

    def _forget(self, name: RoomId, hold: _Hold) -> None:
        if self._holds.get(name) is hold:
            del self._holds[name]
