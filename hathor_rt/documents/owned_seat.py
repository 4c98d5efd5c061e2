"""A connection's place at a standalone document, and what it puts into the inbox of the document's owner."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from hathor_rt.documents.place import Place
from hathor_rt.documents.ports import Visitor
from hathor_rt.ids import ConnectionId


@dataclass(frozen=True, slots=True)
class Coming:
    """A visitor comes in, with a role at this document."""

    visitor: Visitor
    role: str


@dataclass(frozen=True, slots=True)
class Opening:
    """Somebody follows from a state vector on."""

    connection: ConnectionId
    state_vector: bytes


@dataclass(frozen=True, slots=True)
class Edits:
    """Updates of one connection, in order."""

    connection: ConnectionId
    updates: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Goodbye:
    """A connection is gone."""

    connection: ConnectionId


Item = Coming | Opening | Edits | Goodbye
"""What lies in the inbox of a standalone document's owner."""


class OwnedSeat(Place[Item]):
    """`DocumentSeat` at a standalone document.

    Args:
        connection: Who sits.
        put, on_readable, on_gone: See `Place`.
    """

    def __init__(
        self,
        connection: ConnectionId,
        put: Callable[[Item], Awaitable[None]],
        on_readable: Callable[[], None],
        on_gone: Callable[[], None],
    ) -> None:
        super().__init__(put, Goodbye(connection), on_readable, on_gone)
        self._connection: Final = connection

    async def open(self, state_vector: bytes) -> None:
        """Follow from `state_vector` on."""
        await self._put(Opening(self._connection, state_vector))

    async def edit(self, updates: Sequence[bytes]) -> None:
        """Hand updates to the owner, in order."""
        await self._put(Edits(self._connection, updates))
