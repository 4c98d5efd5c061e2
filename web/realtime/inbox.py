"""A bounded queue whose worker exists only while there is work.

Room frames of one connection are handled one after the other, apart from reading, so that a clock probe never waits
behind storage. Most connections are idle most of the time and then hold no task, and no queue, for this.
"""

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

import trio

T = TypeVar("T")

# Frames read ahead of the room. When they are full reading stops, which pushes back on the sender's socket.
INBOX_BOUND: Final = 16


class Inbox(Generic[T]):
    """Hands items to `handle` in order, one at a time. One task at a time may put.

    Args:
        nursery: Where the worker runs; an exception of `handle` cancels it.
        handle: Does the work.
    """

    __slots__ = ("_handle", "_is_stopped", "_items", "_nursery", "_progress", "_worker")

    def __init__(self, nursery: trio.Nursery, handle: Callable[[T], Awaitable[None]]) -> None:
        self._nursery = nursery
        self._handle = handle
        # Invariant: both are there exactly while the worker is.
        self._items: deque[T] | None = None
        self._worker: trio.CancelScope | None = None
        # What a put or a stop waits for.
        self._progress: trio.Event | None = None
        self._is_stopped = False

    def offer(self, item: T) -> bool:
        """Queue `item` if there is room. False: full. After `stop` items are swallowed."""
        if self._is_stopped:
            return True
        if self._items is None:
            self._items, self._worker = deque((item,)), trio.CancelScope()
            self._nursery.start_soon(self._work, self._items, self._worker, name="inbox")
            return True
        if len(self._items) >= INBOX_BOUND:
            return False
        self._items.append(item)
        return True

    async def put(self, item: T) -> None:
        """Queue `item`; waits while the queue is full."""
        while not self.offer(item):
            await self._wait()

    async def stop(self) -> None:
        """Cancel what is under way, drop what waits, and return when the worker is gone."""
        self._is_stopped = True
        while self._worker is not None:
            self._worker.cancel()
            await self._wait()

    async def _wait(self) -> None:
        self._progress = trio.Event()
        await self._progress.wait()

    async def _work(self, items: deque[T], scope: trio.CancelScope) -> None:
        try:
            with scope:
                while items:
                    item = items.popleft()
                    self._tell()
                    await self._handle(item)
                    await trio.lowlevel.checkpoint()
        finally:
            self._items = self._worker = None
            self._tell()

    def _tell(self) -> None:
        if self._progress is not None:
            self._progress.set()
            self._progress = None
