"""A room's core on a stage: devices with replicas, events in, ticks out; no tasks, no storage."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar, cast

from pycrdt import Doc, Map

from hathor_rt.documents.effects import Publish, Send
from hathor_rt.ids import ConnectionId, DeviceId, DocumentName, PrincipalId, RoomId, TrackId
from hathor_rt.rooms.core import RoomCore
from hathor_rt.rooms.documents import RoomDocuments
from hathor_rt.rooms.effects import Effect, Tick
from hathor_rt.rooms.events import Departed, Event, Joined, Opening, Submitted
from hathor_rt.rooms.ports import Visitor
from hathor_rt.storage.ports import RoomRecord
from sync.documents import order
from sync.documents.kinds import KINDS
from sync.documents.limits import Limits
from sync.documents.replica import Replica
from sync.timeline import transport as records
from sync.units import Micros
from sync.wire.frames import Changed, Close, Command, FromServer, Open, Opened, Order, Report, Update
from tests.fakes.room_page import entry_fields

ROOM = RoomId("r1")
QUEUE = DocumentName("queue:r1")
PLAYBACK = DocumentName("playback:r1")
TRACKS = ("t0", "t1", "t2", "t3")
FRIDAY = RoomRecord(ROOM, "Friday", PrincipalId("hana"), Micros(0), False, False, False, False)

Frame = TypeVar("Frame")


@dataclass(slots=True)
class Device:
    """One connection of `name`, with the replicas it holds."""

    name: str
    connection: ConnectionId
    docs: dict[str, Doc[Map[object]]] = field(default_factory=dict)
    intent: int = 0

    @property
    def visitor(self) -> Visitor:
        return Visitor(self.connection, PrincipalId(self.name), DeviceId(f"d{self.name}"), self.name.title())

    def entries(self) -> dict[str, dict[str, object]]:
        """The queue as this device shows it."""
        return cast("dict[str, dict[str, object]]", self._rows().to_py() or {})

    def adding(self, entry: str, track: str = "t0", *, added_by: str = "", key: str = "") -> Event:
        """The update that adds an entry."""
        fields = entry_fields(track, added_by or self.name, key or order.between(None, None, entry))
        before = self._before()
        self._rows()[entry] = fields
        return self._update(before)

    def moving(self, entry: str, key: str) -> Event:
        """The update that gives an entry another order key."""
        before = self._before()
        row = self._rows()[entry]
        assert isinstance(row, Map)
        row["order"] = key
        return self._update(before)

    def removing(self, *entries: str) -> Event:
        """The update that removes entries."""
        before = self._before()
        for entry in entries:
            del self._rows()[entry]
        return self._update(before)

    def says(self, frame: Close | Update | Command | Report) -> Submitted:
        """Any frame of this device."""
        return Submitted(self.connection, frame)

    def asks(self, what: Order, seq: int = 1) -> Submitted:
        """A command."""
        return self.says(Command(ROOM, seq, what))

    def reports(self, *, entry: str = "s0", first_segment: bool = True) -> Submitted:
        """A report of a listener that is well and plays `entry`."""
        return self.says(Report(ROOM, "in-step", round_trip=20_000, first_segment=first_segment, entry=entry))

    def take(self, frame: FromServer) -> None:
        """Apply what the room sent."""
        if isinstance(frame, Opened):
            doc: Doc[Map[object]] = Doc(client_id=frame.client_id)
            doc.apply_update(frame.update)
            self.docs[frame.document] = doc
        elif isinstance(frame, Changed) and frame.document in self.docs:
            self.docs[frame.document].apply_update(frame.update)

    def _rows(self) -> Map[object]:
        return self.docs[QUEUE].get("entries", type=Map)

    def _before(self) -> bytes:
        return self.docs[QUEUE].get_state()

    def _update(self, before: bytes) -> Event:
        self.intent += 1
        return self.says(Update(QUEUE, self.docs[QUEUE].get_update(before), self.intent))


class Stage:
    """A core with `TRACKS` in the library. `now` moves only by `wait`."""

    def __init__(self, record: RoomRecord = FRIDAY, *, limits: Limits | None = None, now: int = 1_000_000) -> None:
        self.now = Micros(now)
        queue, playback = Replica(KINDS["queue"], limits), Replica(KINDS["playback"], limits)
        documents = RoomDocuments(ROOM, queue, playback)
        self.core = RoomCore(record, documents, records.empty("epoch", 1), self.now)
        self.core.learn_tracks(TRACKS)
        self.devices: dict[ConnectionId, Device] = {}
        self._client_ids = 100

    def do(self, *events: Event) -> Tick:
        """One tick with these events; every device takes what is sent to it."""
        for event in events:
            self.core.handle(event, self.now)
        tick = self.core.finish_tick(self.now)
        for effect in tick.effects:
            for connection, frame in addressed(effect):
                if connection in self.devices:
                    self.devices[connection].take(frame)
        return tick

    def wait(self, seconds: float) -> None:
        """Let time pass; nothing else happens."""
        self.now = Micros(self.now + round(seconds * 1_000_000))

    def device(self, name: str, connection: str = "") -> Device:
        """A device that is not inside yet."""
        device = Device(name, ConnectionId(connection or f"c{name}"))
        self.devices[device.connection] = device
        return device

    def come(self, name: str, role: str = "guest", *, sound: bool = True, opens: bool = True) -> Device:
        """Someone comes in, and opens both documents."""
        device = self.device(name)
        self.do(Joined(device.visitor, role, sound))
        if opens:
            self.do(self.opening(device), self.opening(device, PLAYBACK))
        return device

    def go(self, device: Device) -> Tick:
        """Someone leaves."""
        del self.devices[device.connection]
        return self.do(Departed(device.connection))

    def opening(self, device: Device, document: str = QUEUE, state_vector: bytes = b"") -> Opening:
        """An `Open` under a fresh client id."""
        self._client_ids += 1
        frame = Open(document, state_vector)
        return Opening(device.connection, frame, self._client_ids, frozenset({self._client_ids}))

    def queue(self) -> list[str]:
        """Entries of the live queue, in order."""
        return [row.entry for row in self.core.documents.entries]


def addressed(effect: Effect) -> list[tuple[ConnectionId, FromServer]]:
    """Frames of an effect with who gets them."""
    match effect:
        case Send(connection=connection, frame=frame):
            return [(connection, frame)]
        case Publish(connections=connections, frame=frame):
            return [(connection, frame) for connection in connections]
        case _:
            return []


def sent(tick: Tick, kind: type[Frame], to: Device | None = None) -> list[Frame]:
    """Frames of one kind in a tick, in order; only those `to` one device if that is given."""
    return [
        frame
        for effect in tick.effects
        for connection, frame in addressed(effect)
        if isinstance(frame, kind) and (to is None or connection == to.connection)
    ]


def of(tick: Tick, kind: type[Frame]) -> list[Frame]:
    """Effects of one kind in a tick, in order."""
    return [effect for effect in tick.effects if isinstance(effect, kind)]


def tracks(names: Iterable[str]) -> tuple[TrackId, ...]:
    """Track ids."""
    return tuple(TrackId(name) for name in names)
