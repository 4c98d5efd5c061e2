"""The bus: one ordered, bounded stream per topic, so that nodes hear of each other's committed updates.

Only committed bytes are ever published. Positions make gaps visible: a subscriber that sees one heals itself by a state
vector, never by hoping. Lease and fencing live in storage, not here.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """One published payload. `position` grows by one per topic; a jump means that messages were missed."""

    position: int
    payload: bytes


class Bus(Protocol):
    """Publish and subscribe by topic."""

    async def publish(self, topic: str, payload: bytes) -> int:
        """Append to the topic; returns the position. Never waits for a subscriber."""
        ...

    def subscribe(self, topic: str) -> AbstractAsyncContextManager[AsyncIterator[Message]]:
        """Messages published from now on. A subscriber that falls behind its bound skips ahead and sees a gap."""
        ...
