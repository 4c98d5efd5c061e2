"""A rooms service that seats everybody and remembers what it was handed."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import trio

from hathor_rt.documents.ports import DocumentSeat
from hathor_rt.ids import DocumentName, PrincipalId, RoomId, TrackId, random_id
from hathor_rt.refusals import BadName, UnknownRoom
from hathor_rt.rooms.ports import MOST_NAMES, Outlet, RoomCard, RoomFrame, Seat, SharedPayload, Visitor
from hathor_rt.storage.ports import Invite, RoomChanges, RoomRecord
from sync.refusal import NotAllowed, Refusal, UnknownDocument
from sync.timeline.vibe import PLAIN, Vibe
from sync.units import Micros
from sync.wire.codec import encode
from sync.wire.frames import Entered, FromServer, Left


@dataclass(slots=True)
class FakeSeat:
    """A place in a fake room, with everything that happened to it."""

    room: RoomId
    visitor: Visitor
    outlet: Outlet
    sound: bool
    delivered: list[RoomFrame] = field(default_factory=list)
    times_readable: int = 0
    has_left: bool = False
    refuses: Refusal | Exception | None = None

    async def deliver(self, frame: RoomFrame) -> None:
        if self.refuses is not None:
            raise self.refuses
        self.delivered.append(frame)

    async def set_sound(self, *, sound: bool) -> None:
        self.sound = sound

    def readable(self) -> None:
        self.times_readable += 1

    async def leave(self) -> None:
        self.has_left = True


@dataclass(slots=True)
class FakeRooms:
    """Implements `Rooms`.

    Attributes:
        audible: Which (room, principal, track) may be heard.
        gate: Entering waits for it.
        settling: Who has been seated waits for it before it is told so.
        vibe: How every room sounds.
    """

    records: dict[RoomId, RoomRecord] = field(default_factory=dict)
    invites: dict[RoomId, Invite] = field(default_factory=dict)
    seats: list[FakeSeat] = field(default_factory=list)
    audible: set[tuple[RoomId, PrincipalId, TrackId]] = field(default_factory=set)
    vibe: Vibe = PLAIN
    kicked: list[tuple[RoomId, PrincipalId]] = field(default_factory=list)
    renamed: list[tuple[PrincipalId, str]] = field(default_factory=list)
    refuses: Refusal | Exception | None = None
    gate: trio.Event | None = None
    settling: trio.Event | None = None

    async def create(
        self, owner: PrincipalId, name: str, *, is_private: bool = False, is_listed: bool = False
    ) -> tuple[RoomRecord, Invite]:
        if not name.strip():
            raise BadName("a room needs a name")
        room = RoomId(random_id(10))
        self.records[room] = RoomRecord(room, name, owner, Micros(0), is_private, is_listed, False, False)
        return self.records[room], self._fresh_invite(room)

    async def session(self, owner: PrincipalId) -> RoomRecord:
        for record in self.records.values():
            if record.owner == owner and record.is_private:
                return record
        return (await self.create(owner, "My session", is_private=True))[0]

    async def card(self, room: RoomId, asker: PrincipalId | None, invite: str) -> RoomCard:
        if self.refuses is not None:
            raise self.refuses
        inside = [seat for seat in self.seats if seat.room == room and not seat.has_left]
        names = tuple({seat.visitor.principal: seat.visitor.name for seat in inside}.values())[:MOST_NAMES]
        return RoomCard(self._record(room), sum(seat.sound for seat in inside), len(inside), None, False, names)

    async def mine(self, principal: PrincipalId) -> Sequence[RoomRecord]:
        return [each for each in self.records.values() if each.owner == principal or each.is_listed]

    async def enter(self, room: RoomId, visitor: Visitor, outlet: Outlet, *, invite: str, sound: bool) -> Seat:
        if self.gate is not None:
            await self.gate.wait()
        if self.refuses is not None:
            raise self.refuses
        self._record(room)
        seat = FakeSeat(room, visitor, outlet, sound)
        self.seats.append(seat)
        outlet.send(Entered(room, visitor.name, "guest", ["add"]))
        if self.settling is not None:
            await self.settling.wait()
        return seat

    async def invite(self, room: RoomId, asker: PrincipalId) -> Invite:
        self._require_owner(room, asker)
        return self.invites[room]

    async def renew_invite(self, room: RoomId, asker: PrincipalId) -> Invite:
        self._require_owner(room, asker)
        return self._fresh_invite(room)

    async def kick(self, room: RoomId, asker: PrincipalId, principal: PrincipalId) -> None:
        self._require_owner(room, asker)
        self.kicked.append((room, principal))
        for seat in self.seats:
            if seat.room == room and seat.visitor.principal == principal:
                seat.outlet.send(Left(room, "kicked", "the host asked you to leave"))

    async def change(self, room: RoomId, changes: RoomChanges, asker: PrincipalId) -> RoomRecord:
        self._require_owner(room, asker)
        self.records[room] = changes.applied_to(self.records[room])
        return self.records[room]

    async def follow(self, document: DocumentName, visitor: Visitor, outlet: Outlet, role: str) -> DocumentSeat:
        raise UnknownDocument("these rooms have no documents")

    async def rename_principal(self, principal: PrincipalId, name: str) -> None:
        self.renamed.append((principal, name))

    async def add_tracks(self, room: RoomId, principal: PrincipalId, tracks: Sequence[TrackId]) -> None:
        self._record(room)

    def plays_so(self, room: RoomId, vibe: Vibe) -> bool:
        return vibe.sound == self.vibe.sound

    async def may_hear(self, room: RoomId, principal: PrincipalId, track: TrackId) -> bool:
        return (room, principal, track) in self.audible

    def publish(self, frame: FromServer) -> list[bool]:
        """Push one frame to every seat, as a room's tick does; which of them took it."""
        shared = SharedPayload(encode(frame))
        return [seat.outlet.push(shared) for seat in self.seats if not seat.has_left]

    def list_room(self, room: RoomId) -> None:
        """Let everybody into `room`."""
        self.records[room] = replace(self.records[room], is_listed=True)

    def _record(self, room: RoomId) -> RoomRecord:
        if room not in self.records:
            raise UnknownRoom("no room has this code")
        return self.records[room]

    def _require_owner(self, room: RoomId, asker: PrincipalId) -> None:
        if self._record(room).owner != asker:
            raise NotAllowed("only the host may do this")

    def _fresh_invite(self, room: RoomId) -> Invite:
        self.invites[room] = Invite(random_id(), room, "guest", None, False)
        return self.invites[room]
