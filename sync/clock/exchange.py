"""One clock probe there and back: four instants on two clocks."""

from dataclasses import dataclass

from sync.units import Micros


@dataclass(frozen=True, slots=True)
class Exchange:
    """A probe and its reply. All instants in Micros, rounded down by whoever read them.

    Attributes:
        sent: When the probe left, on the local clock.
        received: When it arrived, on the peer's clock; stamped before anything else is done with it.
        answered: When the reply left, on the peer's clock; stamped right before the send.
        returned: When the reply arrived, on the local clock.
    """

    sent: Micros
    received: Micros
    answered: Micros
    returned: Micros

    @property
    def offset(self) -> Micros:
        """Peer's clock minus local clock if both ways took equally long; rounded down."""
        return Micros(((self.received - self.sent) + (self.answered - self.returned)) // 2)

    @property
    def round_trip(self) -> Micros:
        """Time on the way, without the time at the peer. Coarse clocks can make it slightly negative."""
        return Micros((self.returned - self.sent) - (self.answered - self.received))

    @property
    def error_bound(self) -> Micros:
        """Farthest that `offset` can be from the truth: half the round trip, rounded up.

        For clocks that are read exactly. It is reached when one way took no time at all.
        """
        return Micros(max(0, (self.round_trip + 1) // 2))
