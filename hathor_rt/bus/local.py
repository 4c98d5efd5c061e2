"""The bus of a single process: topics are queues in memory."""

from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import trio

from hathor_rt.bus.ports import Message

# What a subscriber may hold. At 100 committed ticks a second and room this is 5 s; who sleeps longer has lost more
# than messages, and a state vector costs less than replaying them.
BOUND: Final = 512


class LocalBus:
    """`Bus` inside one process. A subscriber that falls behind loses its oldest messages and sees the gap."""

    def __init__(self, *, bound: int = BOUND) -> None:
        """A bus without topics.

        Args:
            bound: Messages one subscriber may hold, 1 or more.
        """
        assert bound > 0, "a subscriber that can hold nothing never hears anything"
        self._bound = bound
        # Positions outlive subscribers: who comes back must not take a new message for an old one.
        self._positions: dict[str, int] = {}
        self._subscribers: dict[str, set[_Subscriber]] = {}

    async def publish(self, topic: str, payload: bytes) -> int:
        """See `Bus.publish`."""
        await trio.lowlevel.checkpoint()
        position = self._positions.get(topic, 0) + 1
        self._positions[topic] = position
        message = Message(position, payload)
        for subscriber in self._subscribers.get(topic, ()):
            subscriber.take(message)
        return position

    @asynccontextmanager
    async def subscribe(self, topic: str) -> AsyncIterator[AsyncIterator[Message]]:
        """See `Bus.subscribe`."""
        subscriber = _Subscriber(self._bound)
        listening = self._subscribers.setdefault(topic, set())
        listening.add(subscriber)
        try:
            await trio.lowlevel.checkpoint()
            yield subscriber
        finally:
            listening.discard(subscriber)
            if not listening and self._subscribers.get(topic) is listening:
                del self._subscribers[topic]
            subscriber.close()


class _Subscriber:
    """Iterates over what was published; the newest messages displace the oldest."""

    def __init__(self, bound: int) -> None:
        self._held: deque[Message] = deque(maxlen=bound)
        self._sleepers = trio.lowlevel.ParkingLot()
        self._is_closed = False

    def take(self, message: Message) -> None:
        self._held.append(message)
        self._sleepers.unpark()

    def close(self) -> None:
        self._is_closed = True
        self._held.clear()
        self._sleepers.unpark_all()

    def __aiter__(self) -> AsyncIterator[Message]:
        return self

    async def __anext__(self) -> Message:
        await trio.lowlevel.checkpoint()
        while not self._held:
            if self._is_closed:
                raise StopAsyncIteration
            await self._sleepers.park()
        return self._held.popleft()
