"""The clock of one server as a device sees it: an estimate per clock epoch."""

from sync.clock.estimate import ClockEstimate
from sync.clock.exchange import Exchange
from sync.units import Micros


class RoomClock:
    """Keeps a `ClockEstimate` across reconnections and starts anew when the server names another timebase.

    Args:
        resolution: Granularity of the local clock, in Micros (see `ClockEstimate`).
    """

    def __init__(self, resolution: Micros) -> None:
        self._resolution = resolution
        self._epoch = ""
        self._estimate = ClockEstimate(resolution)

    @property
    def epoch(self) -> str:
        """Name of the timebase that `estimate` speaks of; empty before the first `begin`."""
        return self._epoch

    @property
    def estimate(self) -> ClockEstimate:
        """What is known of this epoch's clock. Another object after `begin` with a new epoch: do not keep it."""
        return self._estimate

    def begin(self, epoch: str) -> bool:
        """A connection was welcomed under `epoch`. Returns whether that is a new one, so that all was forgotten."""
        if epoch == self._epoch:
            return False
        self._epoch = epoch
        self._estimate = ClockEstimate(self._resolution)
        return True

    def add(self, epoch: str, exchange: Exchange) -> bool:
        """Take in a reply of a connection welcomed under `epoch`. Returns False and ignores it if that is over."""
        if epoch != self._epoch:
            return False
        self._estimate.add(exchange)
        return True
