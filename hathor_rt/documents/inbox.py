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

# More than this makes senders wait, which pushes back on their sockets. Of updates it is some 50 ms of work: what waits here
# comes before everything that is sent after it, so a longer queue would only be a longer delay, and outlast a flood.
INBOX_BOUND: Final = 1024
# Whoever brings many things lets others go in between, while the first few go through at once.
_WITHOUT_A_BREAK: Final = 8


def _one(item: object) -> int:
    return 1


class Inbox(Generic[Item]):
    """Items in order of arrival. Closing it tells those who come too late, with what trio's channels raise.

    Args:
        weigh: How much work an item is, at least 1. Another is let in while those that wait weigh less than the bound together.
    """

    def __init__(self, weigh: Callable[[Item], int] = _one) -> None:
        self._weigh = weigh
        self._items: deque[Item] = deque()
        # What the items weigh together.
        self._weight = 0
        # Senders that wait, the first to come first, and what they bring. Invariant: there are none unless it is full.
        self._senders: dict[trio.lowlevel.Task, Item] = {}
        self._taker: trio.lowlevel.Task | None = None
        self._is_woken = False
        self._is_closed = False

    async def put(self, item: Item) -> None:
        """Add `item`, waiting while the inbox is full. If it is nearly empty, no other task runs meanwhile.

        Raises:
            trio.BrokenResourceError: The owner closed.
        """
        if not self._is_full:
            if len(self._items) < _WITHOUT_A_BREAK:
                await trio.lowlevel.checkpoint_if_cancelled()
            else:
                await trio.lowlevel.checkpoint()
        if self._is_full and not self._is_closed:
            await self._be_let_in(item)
        elif not self._is_closed:
            self._append(item)
        if self._is_closed:
            raise trio.BrokenResourceError("the owner has closed")

    def wake(self) -> None:
        """Have the task look around although nothing came."""
        self._is_woken = True
        self._rouse()

    async def batch(self, *, within_seconds: float, most: int) -> list[Item]:
        """What waits; waits for the first item for as long as given, and may return none. For one task at a time.

        Args:
            within_seconds: How long to wait.
            most: No further item is taken once those taken weigh this much together.
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
            weight += self._weigh(item)
        self._weight -= weight
        while self._senders and not self._is_full:
            sender = next(iter(self._senders))
            # Put for its sender, because trio runs those who were woken together in any order.
            self._append(self._senders.pop(sender))
            trio.lowlevel.reschedule(sender)
        return taken

    def close(self) -> None:
        """Nothing is taken any more."""
        self._is_closed = True
        self._items.clear()
        for sender in self._senders:
            trio.lowlevel.reschedule(sender)
        self._senders.clear()

    @property
    def _is_full(self) -> bool:
        return self._weight >= INBOX_BOUND

    def _append(self, item: Item) -> None:
        self._items.append(item)
        self._weight += self._weigh(item)
        self._rouse()

    async def _be_let_in(self, item: Item) -> None:
        task = trio.lowlevel.current_task()
        self._senders[task] = item

        def leave(_raise_cancel: object) -> trio.lowlevel.Abort:
            del self._senders[task]
            return trio.lowlevel.Abort.SUCCEEDED

        await trio.lowlevel.wait_task_rescheduled(leave)

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
