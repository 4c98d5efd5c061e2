"""``/api/rooms``: make, find, describe and manage rooms. Playing and queueing go through the realtime socket."""

from dataclasses import replace

import msgspec
from quart import Response, request
from quart_trio import QuartTrio

from hathor_rt.ids import PrincipalId, RoomId, is_id
from hathor_rt.refusals import BadRequest, UnknownRoom
from hathor_rt.rooms.ports import RoomCard
from hathor_rt.storage.ports import Invite, RoomChanges, RoomRecord
from web.bodies import answer, read_body
from web.http.qr import qr_response
from web.services import WebServices


class RoomLine(msgspec.Struct, frozen=True):
    """A room in a list."""

    room: str
    name: str
    is_private: bool
    is_listed: bool


class RoomsBody(msgspec.Struct, frozen=True):
    """Answer of ``GET /api/rooms``."""

    rooms: list[RoomLine]


class NewRoom(msgspec.Struct, frozen=True):
    """Body of ``POST /api/rooms``."""

    name: str


class CreatedBody(msgspec.Struct, frozen=True):
    """Answer of ``POST /api/rooms``."""

    room: str
    name: str
    invite: str
    link: str


class OwnRoomBody(msgspec.Struct, frozen=True):
    """Answer of ``POST /api/rooms/mine``."""

    room: str
    name: str


class CardBody(msgspec.Struct, frozen=True):
    """Answer of ``GET`` and ``PATCH /api/rooms/<room>``."""

    room: str
    name: str
    listeners: int
    participants: int
    track: str | None
    is_playing: bool
    guests_control: bool
    guests_edit: bool
    people: tuple[str, ...]


class Changes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of ``PATCH /api/rooms/<room>``; what is left out stays."""

    name: str | None = None
    guests_control: bool | None = None
    guests_edit: bool | None = None


class InviteBody(msgspec.Struct, frozen=True):
    """Answer of both methods of ``/api/rooms/<room>/invite``."""

    link: str
    token: str


class Kick(msgspec.Struct, frozen=True):
    """Body of ``POST /api/rooms/<room>/kick``."""

    principal: str


class RoomsResource:
    """Rooms, by way of the rooms service."""

    def __init__(self, services: WebServices) -> None:
        self._services = services
        self._rooms = services.application.rooms
        self._visits = services.visits

    def register(self, app: QuartTrio) -> None:
        """Add the routes."""
        app.add_url_rule("/api/rooms", "rooms", self.list)
        app.add_url_rule("/api/rooms", "create_room", self.create, methods=["POST"])
        app.add_url_rule("/api/rooms/mine", "own_room", self.own, methods=["POST"])
        app.add_url_rule("/api/rooms/<room>", "room", self.read)
        app.add_url_rule("/api/rooms/<room>", "change_room", self.change, methods=["PATCH"])
        app.add_url_rule("/api/rooms/<room>/invite", "invite", self.invite)
        app.add_url_rule("/api/rooms/<room>/invite", "renew_invite", self.renew_invite, methods=["POST"])
        app.add_url_rule("/api/rooms/<room>/qr.svg", "qr", self.qr)
        app.add_url_rule("/api/rooms/<room>/kick", "kick", self.kick, methods=["POST"])

    async def list(self) -> Response:
        """My rooms and, for those who may see the instance, the listed ones."""
        person = await self._visits.person()
        records = await self._rooms.mine(person.principal)
        if not self._visits.current.is_admitted and await self._services.instance.needs_invite():
            records = [record for record in records if not record.is_listed]
        return answer(RoomsBody([_line(record) for record in records]))

    async def create(self) -> Response:
        """A new room. Refuses with `bad-name`, `not-allowed`, `invite-required`."""
        person = await self._visits.person()
        body = await read_body(NewRoom)
        await self._services.instance.require_room_creation(
            person.principal, is_admitted=self._visits.current.is_admitted
        )
        record, invite = await self._rooms.create(person.principal, body.name)
        link = self._services.links.room(self._visits.current.arrival, record.room, invite.token)
        return answer(CreatedBody(record.room, record.name, invite.token, link))

    async def own(self) -> Response:
        """The personal session of whoever asks."""
        person = await self._visits.person()
        await self._services.instance.require_admission(is_admitted=self._visits.current.is_admitted)
        record = await self._rooms.session(person.principal)
        return answer(OwnRoomBody(record.room, record.name))

    async def read(self, room: str) -> Response:
        """The room before entering it; a valid invite admits to the instance, too."""
        return answer(_card(await self._seen(_room_id(room))))

    async def change(self, room: str) -> Response:
        """New name or settings, for those who may."""
        person = await self._visits.person()
        body = await read_body(Changes)
        changes = RoomChanges(body.name, body.guests_control, body.guests_edit)
        card = await self._rooms.card(_room_id(room), person.principal, "")
        return answer(
            _card(replace(card, record=await self._rooms.change(card.record.room, changes, person.principal)))
        )

    async def invite(self, room: str) -> Response:
        """The current link."""
        person = await self._visits.person()
        return self._invitation(await self._rooms.invite(_room_id(room), person.principal))

    async def renew_invite(self, room: str) -> Response:
        """A new link; the old one ends."""
        person = await self._visits.person()
        return self._invitation(await self._rooms.renew_invite(_room_id(room), person.principal))

    async def qr(self, room: str) -> Response:
        """The link with the invite at hand, as a picture to point a phone at."""
        card = await self._seen(_room_id(room))
        invite = request.args.get("i", "")
        return qr_response(self._services.links.room(self._visits.current.arrival, card.record.room, invite))

    async def kick(self, room: str) -> Response:
        """Ask someone to leave and keep them out."""
        person = await self._visits.person()
        body = await read_body(Kick)
        if not is_id(body.principal):
            raise BadRequest("principal is not an identifier")
        await self._rooms.kick(_room_id(room), person.principal, PrincipalId(body.principal))
        return answer({})

    async def _seen(self, room: RoomId) -> RoomCard:
        visit, instance = self._visits.current, self._services.instance
        invite = request.args.get("i", "")
        now_utc = self._services.application.timebase.stamp().utc_at
        await instance.require_entry(room, invite, is_admitted=visit.is_admitted, now_utc=now_utc)
        card = await self._rooms.card(room, visit.identity.principal if visit.identity else None, invite)
        if not visit.is_admitted and await instance.is_genuine(room, invite, now_utc=now_utc):
            await self._visits.admit()
        return card

    def _invitation(self, invite: Invite) -> Response:
        link = self._services.links.room(self._visits.current.arrival, invite.room, invite.token)
        return answer(InviteBody(link, invite.token))


def _room_id(text: str) -> RoomId:
    if not is_id(text):
        raise UnknownRoom("no room has a code like this")
    return RoomId(text)


def _line(record: RoomRecord) -> RoomLine:
    return RoomLine(record.room, record.name, record.is_private, record.is_listed)


def _card(card: RoomCard) -> CardBody:
    record = card.record
    return CardBody(
        room=record.room,
        name=record.name,
        listeners=card.listeners,
        participants=card.participants,
        track=card.track,
        is_playing=card.is_playing,
        guests_control=record.guests_control,
        guests_edit=record.guests_edit,
        people=card.people,
    )
