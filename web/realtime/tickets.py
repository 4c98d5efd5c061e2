"""Resume tickets: the right of a device to take its own earlier connection over."""

from dataclasses import dataclass
from typing import Final

from hathor_rt.ids import ConnectionId, DeviceId, PrincipalId
from web.seals import Seal

# A laptop that slept through the night still comes back as itself; all a ticket spares is one of the rate limit.
LIFETIME_SECONDS: Final = 24 * 3600
# Ours are about 110 characters.
LONGEST_TICKET: Final = 512


@dataclass(frozen=True, slots=True)
class Ticket:
    """Which connection of whom and of which device."""

    connection: ConnectionId
    principal: PrincipalId
    device: DeviceId


class Tickets:
    """Writes and reads tickets.

    Args:
        seal: Signs them.
    """

    def __init__(self, seal: Seal) -> None:
        self._seal = seal

    def write(self, ticket: Ticket) -> str:
        """The text for `Welcome.ticket`."""
        return self._seal.close([ticket.connection, ticket.principal, ticket.device])

    def read(self, text: str) -> Ticket | None:
        """What a genuine, unexpired ticket says; None for anything else."""
        if not text or len(text) > LONGEST_TICKET:
            return None
        opened = self._seal.open(text, lifetime_seconds=LIFETIME_SECONDS)
        match opened.content if opened else None:
            case [str(connection), str(principal), str(device)]:
                return Ticket(ConnectionId(connection), PrincipalId(principal), DeviceId(device))
            case _:
                return None
