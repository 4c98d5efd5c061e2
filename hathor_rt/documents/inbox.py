"""What waits for an owner's task: bounded, taken in batches, so that ticks grow under load by themselves."""

from collections.abc import Callable
from contextlib import suppress
from typing import Final, Generic, TypeVar

import trio

Item = TypeVar("Item")

# More waiting items than this make senders wait, which pushes back on their sockets.
INBOX_BOUND: Final = 1024


class Inbox(Generic[Item]):
    """Items in order of arrival. Closing it tells those who come too late, with what trio's channels raise."""

    def __init__(self) -> None:
        # None only wakes the task.
        self._send, self._receive = trio.open_memory_channel[Item | None](INBOX_BOUND)

    async def put(self, item: Item) -> None:
        """Add `item`, waiting while the inbox is full.

        Raises:
            trio.BrokenResourceError, trio.ClosedResourceError: The owner closed.
        """
        await self._send.send(item)

    def wake(self) -> None:
        """Have the task look around although nothing came."""
        # A full inbox wakes it as well; a closed owner has nothing to do.
        with suppress(trio.WouldBlock, trio.ClosedResourceError, trio.BrokenResourceError):
            self._send.send_nowait(None)

    async def batch(
        self, *, within_seconds: float, most: int, weigh: Callable[[Item], int] = lambda item: 1
    ) -> list[Item]:
        """What waits; waits for the first item for as long as given, and may return none.

        Args:
            within_seconds: How long to wait.
            most: No further item is taken once those taken weigh this much together.
            weigh: The weight of an item.
        """
        taken: list[Item] = []
        weight = 0
        with trio.move_on_after(within_seconds):
            item = await self._receive.receive()
            if item is not None:
                taken.append(item)
                weight += weigh(item)
        while weight < most:
            try:
                item = self._receive.receive_nowait()
            except trio.WouldBlock:
                break
            if item is not None:
                taken.append(item)
                weight += weigh(item)
        return taken

    def close(self) -> None:
        """Nothing is taken any more."""
        self._send.close()
        self._receive.close()
