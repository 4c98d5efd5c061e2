"""One connection's place at an owner: the door between the gateway's task and the owner's."""

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import trio

Item = TypeVar("Item")


class Place(Generic[Item]):
    """What every seat has. Calls after the owner closed do nothing: its connections were told.

    Args:
        put: Puts an item into the owner's inbox, waiting while that is full.
        goodbye: What says that the connection is gone.
        on_readable: Called when the outlet can take frames again; does not wait.
        on_gone: Called when the inbox took no goodbye; does not wait.
    """

    def __init__(
        self,
        put: Callable[[Item], Awaitable[None]],
        goodbye: Item,
        on_readable: Callable[[], None],
        on_gone: Callable[[], None],
    ) -> None:
        self._put_into_inbox = put
        self._goodbye = goodbye
        self._on_readable = on_readable
        self._on_gone = on_gone
        self._has_left = False

    def readable(self) -> None:
        """The outlet can take frames again."""
        self._on_readable()

    async def leave(self) -> None:
        """Give the seat up. Shielded for at most a second, so that a cancelled connection still says goodbye.

        If the inbox stays full for that long, the owner is told past it: frames of this seat that wait there may then be
        dropped, unacknowledged.
        """
        if self._has_left:
            return
        self._has_left = True
        is_told = False
        with trio.CancelScope(shield=True, deadline=trio.current_time() + 1):  # the inbox may be full for a moment
            await self._put(self._goodbye)
            is_told = True
        if not is_told:
            self._on_gone()

    async def _put(self, item: Item) -> None:
        try:
            await self._put_into_inbox(item)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            await trio.lowlevel.checkpoint()
