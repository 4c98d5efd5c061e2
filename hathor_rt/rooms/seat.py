"""One connection's place in an open room: the door between the gateway's task and the room's owner task."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from hathor_rt.documents.place import Place
from hathor_rt.ids import DocumentName, RoomId
from hathor_rt.rooms.events import Departed, Event, Opening, SoundChanged, Submitted
from hathor_rt.rooms.ports import RoomFrame, Visitor
from hathor_rt.storage.ports import DocumentStore
from sync.documents.kinds import parse_document_name
from sync.refusal import UnknownDocument
from sync.wire.frames import Open, Update


class RoomSeat(Place[Event]):
    """`Seat` of the rooms service.

    Args:
        room: The room it is in.
        documents: Issues client ids.
        visitor, put, on_readable, on_gone: See `Place`.
    """

    def __init__(
        self,
        room: RoomId,
        visitor: Visitor,
        put: Callable[[Event], Awaitable[None]],
        documents: DocumentStore,
        on_readable: Callable[[], None],
        on_gone: Callable[[], None],
    ) -> None:
        super().__init__(put, Departed(visitor.connection), on_readable, on_gone)
        self._visitor: Final = visitor
        self._room: Final = room
        self._documents = documents

    @property
    def room(self) -> RoomId:
        """The room this seat is in."""
        return self._room

    async def deliver(self, frame: RoomFrame) -> None:
        """Hand a frame to the room; waits while its inbox is full. Client ids are looked up here, not in the room."""
        if isinstance(frame, Open):
            await self._put(await self._opening(frame))
        else:
            await self._put(Submitted(self._visitor.connection, frame))

    async def set_sound(self, *, sound: bool) -> None:
        """Begin or cease to be a listener."""
        await self._put(SoundChanged(self._visitor.connection, sound))

    async def _opening(self, frame: Open) -> Opening:
        visitor, name = self._visitor, DocumentName(frame.document)
        if not self._is_written_here(name):
            return Opening(visitor.connection, frame, 0, frozenset())
        ids = await self._documents.resume_client_id(name, visitor.principal, visitor.device, frame.client_id)
        return Opening(visitor.connection, frame, ids.current, ids.all)

    def _is_written_here(self, name: DocumentName) -> bool:
        """Whether it is a document of this room that members may write: for others an id would be kept for nothing."""
        try:
            kind, owner = parse_document_name(name)
        except UnknownDocument:  # for the room to say
            return False
        return kind.belongs_to_room and not kind.is_server_written and owner == self._room


class FollowingSeat(Place[Event]):
    """`DocumentSeat` at one document of the room, for clients with ids of their own.

    Args:
        document: What it follows.
        visitor, put, on_readable, on_gone: See `Place`.
    """

    def __init__(
        self,
        document: DocumentName,
        visitor: Visitor,
        put: Callable[[Event], Awaitable[None]],
        on_readable: Callable[[], None],
        on_gone: Callable[[], None],
    ) -> None:
        super().__init__(put, Departed(visitor.connection), on_readable, on_gone)
        self._visitor: Final = visitor
        self._document: Final = document

    async def open(self, state_vector: bytes) -> None:
        """Follow from `state_vector` on."""
        await self._put(Opening(self._visitor.connection, Open(self._document, state_vector), 0, frozenset()))

    async def edit(self, updates: Sequence[bytes]) -> None:
        """Hand updates to the room, in order."""
        for update in updates:
            await self._put(Submitted(self._visitor.connection, Update(self._document, update)))
