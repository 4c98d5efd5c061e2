"""What waits for an owner's task: bounded, taken in batches, so that ticks grow under load by themselves.

Made of trio's lowest parts because every edit passes: a memory channel takes twice the time, and always has its sender wait
for a turn of all tasks.
"""

import math
from collections import deque
from collections.abc import Callable
from typing import Final, Generic, TypeVar

import trio

Item = TypeVar("Item")

# More waiting items than this make senders wait, which pushes back on their sockets.
INBOX_BOUND: Final = 1024
# Whoever brings many things lets others go in between, while the first few go through at once.
_WITHOUT_A_BREAK: Final = 8


class Inbox(Generic[Item]):
    """Items in order of arrival. Closing it tells those who come too late, with what trio's channels raise."""

    def __init__(self) -> None:
        self._items: deque[Item] = deque()
        self._senders = trio.lowlevel.ParkingLot()
        # Places given to senders that were parked and have not run since. Invariant: with the items never beyond the bound.
        self._promised = 0
        self._taker: trio.lowlevel.Task | None = None
        self._is_woken = False
        self._is_closed = False

    async def put(self, item: Item) -> None:
        """Add `item`, waiting while the inbox is full. If it is nearly empty, no other task runs meanwhile.

        Raises:
            trio.BrokenResourceError: The owner closed.
        """
        waiting = len(self._items) + self._promised
        if waiting < _WITHOUT_A_BREAK:
            await trio.lowlevel.checkpoint_if_cancelled()
        elif waiting < INBOX_BOUND:
            await trio.lowlevel.checkpoint()
        if not self._is_closed and len(self._items) + self._promised >= INBOX_BOUND:
            await self._senders.park()
            if not self._is_closed:
                self._promised -= 1
        if self._is_closed:
            raise trio.BrokenResourceError("the owner has closed")
        self._items.append(item)
        self._rouse()

    def wake(self) -> None:
        """Have the task look around although nothing came."""
        self._is_woken = True
        self._rouse()

    async def batch(
        self, *, within_seconds: float, most: int, weigh: Callable[[Item], int] = lambda item: 1
    ) -> list[Item]:
        """What waits; waits for the first item for as long as given, and may return none. For one task at a time.

        Args:
            within_seconds: How long to wait.
            most: No further item is taken once those taken weigh this much together.
            weigh: The weight of an item.
        """
        if self._items or self._is_woken or within_seconds <= 0:
            await trio.lowlevel.checkpoint()
        elif within_seconds == math.inf:
            await self._wait()
        else:
            with trio.move_on_after(within_seconds):
                await self._wait()
        self._is_woken = False
        taken: list[Item] = []
        items, weight = self._items, 0
        while items and weight < most:
            item = items.popleft()
            taken.append(item)
            weight += weigh(item)
        if self._senders:
            released = self._senders.unpark(count=INBOX_BOUND - len(items) - self._promised)
            self._promised += len(released)
        return taken

    def close(self) -> None:
        """Nothing is taken any more."""
        self._is_closed = True
        self._items.clear()
        self._senders.unpark_all()

    async def _wait(self) -> None:
        assert self._taker is None, "an inbox has one owner"
        self._taker = trio.lowlevel.current_task()

        def leave(_raise_cancel: object) -> trio.lowlevel.Abort:
            self._taker = None
            return trio.lowlevel.Abort.SUCCEEDED

        await trio.lowlevel.wait_task_rescheduled(leave)

    def _rouse(self) -> None:
        if self._taker is not None:
            trio.lowlevel.reschedule(self._taker)
            self._taker = None
