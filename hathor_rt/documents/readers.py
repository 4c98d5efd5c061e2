"""Everybody's outlet at one owner, and what those who fell behind have missed.

A reader who is behind costs two state vectors however long it takes: it is pushed nothing more until it can read again, and
then gets one diff per document instead of all it missed.
"""

from collections.abc import Callable
from typing import Final

from hathor_rt.documents.followed import NOTHING, FollowedDocuments
from hathor_rt.documents.ports import Outlet, SharedPayload
from hathor_rt.ids import ConnectionId, DocumentName
from sync.wire.frames import Changed, Ending, FromServer, Opened


class Readers:
    """Those who sit at an owner's documents. Belongs to the owner's task.

    Args:
        documents: Who follows what; only read.
        news: What someone who was behind must hear besides, if anything.
    """

    def __init__(
        self,
        documents: FollowedDocuments,
        news: Callable[[ConnectionId], FromServer | None] = lambda connection: None,
    ) -> None:
        self._documents: Final = documents
        self._news = news
        self._outlets: dict[ConnectionId, Outlet] = {}
        # What a reader who is behind is known to have of the documents it follows.
        self._behind: dict[ConnectionId, dict[DocumentName, bytes]] = {}
        self._readable: set[ConnectionId] = set()

    def __len__(self) -> int:
        return len(self._outlets)

    def __contains__(self, connection: ConnectionId) -> bool:
        return connection in self._outlets

    def is_seated(self, outlet: Outlet) -> bool:
        """Whether this very outlet is the one of its connection."""
        return self._outlets.get(outlet.connection) is outlet

    def seat(self, outlet: Outlet) -> None:
        """From now on `outlet` is the one of its connection."""
        self.unseat(outlet.connection)
        self._outlets[outlet.connection] = outlet

    def unseat(self, connection: ConnectionId) -> None:
        """Forget a connection. Idempotent."""
        self._outlets.pop(connection, None)
        self._behind.pop(connection, None)
        self._readable.discard(connection)

    def send(self, connection: ConnectionId, frame: FromServer) -> None:
        """One frame for one reader; nothing if it is gone."""
        outlet = self._outlets.get(connection)
        if outlet is None:
            return
        outlet.send(frame)
        if isinstance(frame, Opened) and connection in self._behind:
            missed, name = self._behind[connection], DocumentName(frame.document)
            if frame.update == NOTHING:
                # Nothing came with it, perhaps because it only asks for what the reader has: what was missed still is.
                missed.setdefault(name, frame.state_vector)
            else:
                # Opened while behind: what is published from here on is missed, what came with the answer is not.
                missed[name] = frame.state_vector

    def publish(self, connections: tuple[ConnectionId, ...], frame: FromServer) -> None:
        """One frame for many, encoded once. To be called for what the tick just finished has changed."""
        shared = SharedPayload(frame=frame)
        outlets, behind = self._outlets, self._behind
        for connection in connections:
            outlet = outlets.get(connection)
            if outlet is None:
                continue
            if connection in behind:
                self._note_missed(behind[connection], frame)
            elif not outlet.push(shared):
                # It may have missed anything of this very tick.
                before = self._documents.vector_before_tick
                behind[connection] = {name: before(name) for name in self._documents.opened_by(connection)}

    def _note_missed(self, missed: dict[DocumentName, bytes], frame: FromServer) -> None:
        if isinstance(frame, Changed) and frame.document not in missed:  # it was healed of this one already
            name = DocumentName(frame.document)
            missed[name] = self._documents.vector_before_tick(name)

    def mark_readable(self, connection: ConnectionId) -> None:
        """The outlet can take frames again; `heal` will give it what it missed."""
        self._readable.add(connection)

    def heal(self) -> None:
        """Give those who can read again one diff per document they follow, and the news."""
        for connection in tuple(self._readable):
            self._readable.discard(connection)
            outlet, missed = self._outlets.get(connection), self._behind.get(connection)
            if outlet is not None and missed is not None and self._catches_up(outlet, missed):
                del self._behind[connection]

    def end_all(self, ending: Ending) -> None:
        """End every connection."""
        for outlet in tuple(self._outlets.values()):
            outlet.end(ending)

    def _catches_up(self, outlet: Outlet, missed: dict[DocumentName, bytes]) -> bool:
        """Whether everything was taken. If not, the reader will say again when it can read, and gets the rest."""
        documents = self._documents
        for name in documents.opened_by(outlet.connection):
            # One that fell behind missed of each document; one that was taken is noted again when it changes.
            if name in missed:
                if not outlet.push(SharedPayload(frame=Changed(name, documents.diff(name, missed[name])))):
                    return False
                del missed[name]
        news = self._news(outlet.connection)
        return news is None or outlet.push(SharedPayload(frame=news))
