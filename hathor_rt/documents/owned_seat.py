"""A connection's place at a standalone document: the door between the gateway's task and the owner's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import trio

from hathor_rt.documents.inbox import Inbox
from hathor_rt.documents.ports import Outlet, Visitor
from hathor_rt.ids import ConnectionId


@dataclass(frozen=True, slots=True, eq=False)
class Arrival:
    """A visitor with its outlet, behind whatever the same connection said before."""

    visitor: Visitor
    role: str
    outlet: Outlet


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


Item = Arrival | Opening | Edits | Goodbye
"""What lies in the inbox of a standalone document's owner."""


class OwnedSeat:
    """`DocumentSeat` at a standalone document. Calls after it closed do nothing: its connections were told.

    Args:
        connection: Who sits.
        inbox: The owner's.
        on_readable: Called when the outlet can take frames again; does not wait.
        on_gone: Called when the inbox took no goodbye; does not wait.
    """

    def __init__(
        self,
        connection: ConnectionId,
        inbox: Inbox[Item],
        on_readable: Callable[[ConnectionId], None],
        on_gone: Callable[[ConnectionId], None],
    ) -> None:
        self._connection: Final = connection
        self._inbox = inbox
        self._on_readable = on_readable
        self._on_gone = on_gone
        self._has_left = False

    async def open(self, state_vector: bytes) -> None:
        """Follow from `state_vector` on."""
        await self._put(Opening(self._connection, state_vector))

    async def edit(self, updates: Sequence[bytes]) -> None:
        """Hand updates to the owner, in order."""
        await self._put(Edits(self._connection, updates))

    def readable(self) -> None:
        """The outlet can take frames again."""
        self._on_readable(self._connection)

    async def leave(self) -> None:
        """Give the seat up. Shielded for at most a second, so that a cancelled connection still says goodbye."""
        if self._has_left:
            return
        self._has_left = True
        is_told = False
        with trio.CancelScope(shield=True, deadline=trio.current_time() + 1):  # the inbox may be full for a moment
            await self._put(Goodbye(self._connection))
            is_told = True
        if not is_told:
            self._on_gone(self._connection)

    async def _put(self, item: Item) -> None:
        try:
            await self._inbox.put(item)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            await trio.lowlevel.checkpoint()
