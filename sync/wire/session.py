"""Which frame is allowed when: the protocol as a state machine for both ends, without sockets.

Two rules:

1. Frames go in with an instant, events come out; whoever owns the socket carries them out. Nothing here waits or fails
   half-way: an event list is complete.
2. Both directions pass through: what the peer sent by `receive`, what was sent to it by `sent` (server) or `send` (client),
   because a `Left` closes rooms as much as a `Leave`.

A frame that is illegal *ever* (before `Hello`, a second `Hello`) ends the connection. A frame that is illegal *now* (an
update to a document of a room that was just left) may have crossed a frame of the other side and is refused politely or,
where nothing is lost, ignored. Clients may send on without waiting: `Enter` and `Open` right behind `Hello` save two round
trips, because the server handles frames one after the other.

Time is used for one thing: a peer that says nothing for three heartbeats is gone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final, assert_never

from sync.documents.kinds import parse_document_name
from sync.refusal import OutOfOrder, Refusal, WrongProtocol
from sync.units import Micros
from sync.wire.endings import ending
from sync.wire.frames import (
    PROTOCOL_VERSION,
    Adjusted,
    Changed,
    Close,
    Command,
    Done,
    Ending,
    Enter,
    Entered,
    FromClient,
    FromServer,
    Hello,
    Leave,
    Left,
    Open,
    Opened,
    People,
    Portion,
    Probe,
    ProbeReply,
    Refused,
    Report,
    Saved,
    SoundCheck,
    Update,
    Welcome,
)

# One lost packet is repeated within a heartbeat, two are a bad moment, three are silence.
_HEARTBEATS_TO_SILENCE: Final = 3

RoomFrame = Open | Close | Update | Command | Report
"""Frames that belong to a room which was entered."""


class State(Enum):
    """Where a connection stands."""

    CONNECTING = "connecting"
    GREETED = "greeted"
    ENDED = "ended"


_IN_ROOM: Final = (Open, Close, Update, Command, Report)

LEGAL: Final[Mapping[State, tuple[type, ...]]] = {
    State.CONNECTING: (Hello,),
    State.GREETED: (Probe, Enter, Leave, *_IN_ROOM),
    State.ENDED: (),
}
"""What a client may send, by state. Everything else ends the connection."""


# ── what the server's end is told ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Greeting:
    """Answer with `Welcome`."""

    hello: Hello


@dataclass(frozen=True, slots=True)
class Probing:
    """Answer with `ProbeReply` at once."""

    probe: Probe


@dataclass(frozen=True, slots=True)
class Entrance:
    """Take a seat and answer `Entered`, or `Refused`. Not `is_new`: the seat is there, only `enter.sound` counts."""

    enter: Enter
    is_new: bool


@dataclass(frozen=True, slots=True)
class Departure:
    """Give up the seat."""

    room: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """Hand `frame` to the seat in `room`."""

    room: str
    frame: RoomFrame


@dataclass(frozen=True, slots=True)
class Answer:
    """Send `refused`; the connection goes on."""

    refused: Refused


@dataclass(frozen=True, slots=True)
class Goodbye:
    """Send `ending` and close."""

    ending: Ending


ServerEvent = Greeting | Probing | Entrance | Departure | Delivery | Answer | Goodbye


class ServerSession:
    """The server's end of one connection.

    Args:
        now: Instant of the connection, on any monotonic clock.
        heartbeat: Longest silence expected of either side, as announced in `Welcome`.
    """

    def __init__(self, now: Micros, heartbeat: Micros) -> None:
        self.state = State.CONNECTING
        self.heartbeat: Final = heartbeat
        self._takes_portions = False
        self._heard_at = now
        self._rooms: set[str] = set()
        # Open documents and the room each belongs to.
        self._documents: dict[str, str] = {}

    @property
    def rooms(self) -> frozenset[str]:
        """Rooms entered, or being entered."""
        return frozenset(self._rooms)

    @property
    def takes_portions(self) -> bool:
        """Whether the client said that it puts portions together."""
        return self._takes_portions

    def is_silent(self, now: Micros) -> bool:
        """Whether the client is to be given up: `Goodbye(ending("silent"))`."""
        return now - self._heard_at > _HEARTBEATS_TO_SILENCE * self.heartbeat

    def receive(self, frame: FromClient, now: Micros) -> list[ServerEvent]:
        """What to do about a frame of the client."""
        self._heard_at = now
        if self.state is State.ENDED:
            return []
        if not isinstance(frame, LEGAL[self.state]):
            return self._end(OutOfOrder(f"no {_tag(frame)} in state {self.state.value}"))
        match frame:
            case Hello():
                return self._greet(frame)
            case Probe():
                return [Probing(frame)]
            case Enter(room=room):
                is_new = room not in self._rooms
                self._rooms.add(room)
                return [Entrance(frame, is_new)]
            case Leave(room=room):
                return self._leave(room)
            case Command() | Report():
                return self._to_room(frame.room, frame)
            case Open() | Close() | Update():
                return self._to_document(frame)
            case _:
                assert_never(frame)

    def sent(self, frame: FromServer) -> None:
        """Keep in step with what the client was told."""
        match frame:
            case Ending():
                self.state = State.ENDED
            case Left(room=room) | Refused(about="enter", subject=room):
                self._forget_room(room)
            case Refused(about="open", subject=document):
                self._documents.pop(document, None)
            case _:
                return

    def _greet(self, hello: Hello) -> list[ServerEvent]:
        if hello.protocol != PROTOCOL_VERSION:
            return self._end(WrongProtocol(f"this server speaks version {PROTOCOL_VERSION}, not {hello.protocol}"))
        self.state = State.GREETED
        self._takes_portions = hello.portions
        return [Greeting(hello)]

    def _leave(self, room: str) -> list[ServerEvent]:
        # Leaving a room that one was just asked to leave is no offence.
        if room not in self._rooms:
            return []
        self._forget_room(room)
        return [Departure(room)]

    def _to_room(self, room: str, frame: RoomFrame) -> list[ServerEvent]:
        if room in self._rooms:
            return [Delivery(room, frame)]
        return self._refuse(frame, OutOfOrder(f"room {room} was not entered"))

    def _to_document(self, frame: Open | Close | Update) -> list[ServerEvent]:
        name = frame.document
        match frame:
            case Open():
                try:
                    kind, room = parse_document_name(name)
                except Refusal as refusal:
                    return self._refuse(frame, refusal)
                if kind.belongs_to_room and room not in self._rooms:
                    return self._refuse(frame, OutOfOrder(f"room {room} was not entered"))
                self._documents[name] = room
                return [Delivery(room, frame)]
            case Close():
                closed = self._documents.pop(name, None)
                return [] if closed is None else [Delivery(closed, frame)]
            case Update():
                room_of = self._documents.get(name)
                if room_of is None:
                    return self._refuse(frame, OutOfOrder(f"document {name} is not open"))
                return [Delivery(room_of, frame)]
            case _:
                assert_never(frame)

    def _refuse(self, frame: RoomFrame, refusal: Refusal) -> list[ServerEvent]:
        match frame:
            case Command(room=subject, seq=seq):
                pass
            case Update(document=subject, intent=seq):
                pass
            case Open(document=subject) | Close(document=subject):
                seq = 0
            case Report():
                # Nobody waits for the answer to a report, and the next one comes by itself.
                return []
            case _:
                assert_never(frame)
        return [Answer(Refused(_tag(frame), subject, seq, refusal.code, refusal.reason))]

    def _end(self, refusal: Refusal) -> list[ServerEvent]:
        self.state = State.ENDED
        return [Goodbye(ending(refusal.code, refusal.reason))]

    def _forget_room(self, room: str) -> None:
        self._rooms.discard(room)
        self._documents = {name: owner for name, owner in self._documents.items() if owner != room}


class ClientSession:
    """The client's end of one connection: for headless players and tests; browsers have a twin.

    Args:
        now: Instant of the connection, on any monotonic clock.
    """

    def __init__(self, now: Micros) -> None:
        self.state = State.CONNECTING
        self._heard_at = now
        self._heartbeat: Micros | None = None
        self._rooms: set[str] = set()
        self._documents: set[str] = set()

    def is_silent(self, now: Micros) -> bool:
        """Whether the server is to be given up."""
        return self._heartbeat is not None and now - self._heard_at > _HEARTBEATS_TO_SILENCE * self._heartbeat

    def send(self, frame: FromClient) -> FromClient:
        """The frame, if it may be sent now.

        Raises:
            OutOfOrder: The server would refuse it or end the connection.
        """
        if not isinstance(frame, LEGAL[self.state]):
            raise OutOfOrder(f"no {_tag(frame)} in state {self.state.value}")
        match frame:
            case Hello():
                self.state = State.GREETED
            case Probe():
                pass
            case Enter(room=room):
                self._rooms.add(room)
            case Leave(room=room):
                self._forget_room(room)
            case Command(room=room) | Report(room=room):
                self._demand(room in self._rooms, f"room {room} was not entered")
            case Open(document=document):
                kind, room = parse_document_name(document)
                self._demand(not kind.belongs_to_room or room in self._rooms, f"room {room} was not entered")
                self._documents.add(document)
            case Close(document=document):
                self._documents.discard(document)
            case Update(document=document):
                self._demand(document in self._documents, f"document {document} is not open")
            case _:
                assert_never(frame)
        return frame

    def hear(self, now: Micros) -> None:
        """A sign of life that is no whole frame: a portion of one."""
        self._heard_at = now

    def receive(self, frame: FromServer, now: Micros) -> list[FromServer]:
        """The frame if it concerns this client still; nothing if it crossed a `Leave` or a `Close`.

        Raises:
            OutOfOrder: The server broke the protocol.
        """
        self._heard_at = now
        if self.state is State.ENDED:
            return []
        is_first = self._heartbeat is None
        if isinstance(frame, Welcome) != is_first and not isinstance(frame, Ending):
            raise OutOfOrder(f"the first frame, and only that, is a welcome; {_tag(frame)} came")
        match frame:
            case Welcome(heartbeat=heartbeat):
                self._heartbeat = Micros(heartbeat)
            case Ending():
                self.state = State.ENDED
            case Entered(room=room) | People(room=room) | Done(room=room) | SoundCheck(room=room) | Adjusted(room=room):
                return [frame] if room in self._rooms else []
            case Left(room=room):
                is_news = room in self._rooms
                self._forget_room(room)
                return [frame] if is_news else []
            case Opened(document=document) | Changed(document=document) | Saved(document=document):
                return [frame] if document in self._documents else []
            case Refused(about="enter", subject=room):
                self._forget_room(room)
            case Refused(about="open", subject=document):
                self._documents.discard(document)
            case Portion():
                raise OutOfOrder("portions are put together before the session sees them")
            case Refused() | ProbeReply():
                pass
            case _:
                assert_never(frame)
        return [frame]

    def _forget_room(self, room: str) -> None:
        self._rooms.discard(room)
        for document in list(self._documents):
            kind, owner = parse_document_name(document)
            if kind.belongs_to_room and owner == room:
                self._documents.discard(document)

    @staticmethod
    def _demand(condition: bool, otherwise: str) -> None:
        if not condition:
            raise OutOfOrder(otherwise)


def _tag(frame: FromClient | FromServer) -> str:
    return str(frame.__struct_config__.tag)
