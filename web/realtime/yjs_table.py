"""Everybody at one document through the plain protocol, in this process: their presence, and frames that many are sent."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, Protocol

from hathor_rt.documents.awareness import Awareness
from hathor_rt.documents.ports import SharedPayload
from hathor_rt.ids import ConnectionId
from sync.wire.yjs import PeerState, aware, step_2
from web.realtime.framing import binary_frame

# A thousand people who move their cursors would make frames of a megabyte: cut so that they are sent between others.
_MOST_BYTES: Final = 32 * 1024


class Sitter(Protocol):
    """A connection, as the others at the table see it."""

    @property
    def connection(self) -> ConnectionId: ...

    def tell(self, shared: SharedPayload) -> None:
        """Presence, which may be missed by one who is behind: it hears all of it later."""
        ...


class Table:
    """One document's table.

    Args:
        on_news: Called when there is something to `flush`.
    """

    def __init__(self, on_news: Callable[[], None] = lambda: None) -> None:
        self.awareness: Final = Awareness(on_news)
        self._sitters: dict[ConnectionId, Sitter] = {}
        self._state: bytes = b""
        self._state_frame: bytes = b""

    def __len__(self) -> int:
        return len(self._sitters)

    def sit(self, sitter: Sitter) -> None:
        """Somebody came."""
        self._sitters[sitter.connection] = sitter

    def leave(self, connection: ConnectionId) -> None:
        """Somebody left."""
        self._sitters.pop(connection, None)
        self.awareness.leave(connection)

    def state_frame(self, update: bytes) -> bytes:
        """The answer to a newcomer as one WebSocket message; framed once for all who get the very same object."""
        if update is not self._state:
            self._state, self._state_frame = update, binary_frame(step_2(update))
        return self._state_frame

    def flush(self) -> None:
        """Tell everybody what changed."""
        for shared in frames(self.awareness.take_changes()):
            for sitter in tuple(self._sitters.values()):
                sitter.tell(shared)


def frames(states: Iterable[PeerState]) -> Iterator[SharedPayload]:
    """States as messages of a bounded size, framed once."""
    part: list[PeerState] = []
    size = 0
    for each in states:
        part.append(each)
        size += len(each.state)
        if size >= _MOST_BYTES:
            yield SharedPayload(framed=binary_frame(aware(part)))
            part, size = [], 0
    if part:
        yield SharedPayload(framed=binary_frame(aware(part)))
