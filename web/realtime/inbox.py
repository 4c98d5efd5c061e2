"""A bounded queue whose worker exists only while there is work.

Room frames of one connection are handled one after the other, apart from reading, so that a clock probe never waits
behind storage. Most connections are idle most of the time and then hold no task for this.
"""

from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

import trio

T = TypeVar("T")

# Frames read ahead of the room. When they are full reading stops, which pushes back on the sender's socket.
INBOX_BOUND: Final = 16


class Inbox(Generic[T]):
    """Hands items to `handle` in order, one at a time.

    Args:
        nursery: Where the worker runs; an exception of `handle` cancels it.
        handle: Does the work.
    """

    def __init__(self, nursery: trio.Nursery, handle: Callable[[T], Awaitable[None]]) -> None:
        self._nursery = nursery
        self._handle = handle
        self._send, self._receive = trio.open_memory_channel[T](INBOX_BOUND)
        self._is_working = False

    async def put(self, item: T) -> None:
        """Queue `item`; waits while the queue is full."""
        await self._send.send(item)
        if not self._is_working:
            self._is_working = True
            self._nursery.start_soon(self._work, name="inbox")

    async def _work(self) -> None:
        try:
            while True:
                try:
                    item = self._receive.receive_nowait()
                except trio.WouldBlock:
                    return
                await self._handle(item)
                await trio.lowlevel.checkpoint()
        finally:
            self._is_working = False
