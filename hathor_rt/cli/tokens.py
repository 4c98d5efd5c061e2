"""`hathor token …`: the right to use a document, for programs that speak plain Yjs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import trio

from hathor_rt.accounts.document_tokens import DocumentTokens, checked_scope
from hathor_rt.accounts.guests import Guests
from hathor_rt.cli.addresses import shown_address
from hathor_rt.cli.compose import document_limits, open_storage
from hathor_rt.config import Config
from hathor_rt.documents.lease import Leases
from hathor_rt.ids import DocumentName, PrincipalId, RoomId, TrackId
from hathor_rt.playlists.permissions import ROLES
from hathor_rt.playlists.standalone import DocumentSettings, StandaloneDocuments
from hathor_rt.refusals import UnknownRoom
from hathor_rt.storage.ports import DocumentToken, Storage
from hathor_rt.timebase import MonotonicTimebase, Timebase
from sync.documents.kinds import parse_document_name
from sync.refusal import NotAllowed, UnknownDocument
from sync.units import MICROS_PER_SECOND, Micros

# Who may only read is no role of a room, so the room's table permits it nothing.
ROOM_ROLES: Final = ("host", "guest", "viewer")
CLIENT_NAME: Final = "Yjs client"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for. `principal`: whom it acts for; empty: a new one called `name`."""

    document: str
    role: str
    hours: int
    creates: bool = False
    title: str = ""
    principal: str = ""
    name: str = CLIENT_NAME


@dataclass(frozen=True, slots=True)
class Issued:
    """A token with the URL that carries it."""

    token: DocumentToken
    url: str


def issue(config: Config, wanted: Wanted) -> Issued:
    """Make a token. The server may be running or not.

    Raises:
        UnknownDocument, UnknownRoom: There is none, and none was to be made.
        NotAllowed: This kind of document has no such role.
        UnknownPrincipal: Nobody has this id.
    """
    return trio.run(_issue, config, wanted)


def listed(config: Config) -> Sequence[str]:
    """Every token as a line for people, oldest first."""
    return trio.run(_listed, config)


def revoke(config: Config, name: str) -> None:
    """End a token; a running server lets go of those who use it within a second or so. Raises `InvalidToken`."""
    trio.run(_revoke, config, name)


async def _issue(config: Config, wanted: Wanted) -> Issued:
    timebase = MonotonicTimebase()
    scope = checked_scope(wanted.document)
    kind_name = scope.partition(":")[0]
    _require_role(kind_name, wanted.role)
    async with open_storage(config) as storage:
        guests = Guests(storage.principals, lambda: timebase.stamp().utc_at)
        if wanted.principal:
            subject = await guests.get(PrincipalId(wanted.principal))
        else:
            subject = await guests.create(wanted.name)
        await _see_to_document(config, storage, timebase, scope, wanted, subject.principal)
        tokens = DocumentTokens(storage.tokens, timebase)
        token, text = await tokens.issue(scope, wanted.role, subject.principal, hours=wanted.hours)
        generation = await storage.documents.generation()
    return Issued(token, document_url(config, scope, text, generation))


async def _see_to_document(
    config: Config, storage: Storage, timebase: Timebase, scope: str, wanted: Wanted, owner: PrincipalId
) -> None:
    if scope.endswith(":*"):
        return
    kind, room = parse_document_name(scope)
    name = DocumentName(scope)
    if kind.belongs_to_room:
        if wanted.creates:
            raise NotAllowed("a room's documents come with the room: hathor room create makes one")
        if await storage.rooms.get(RoomId(room)) is None:
            raise UnknownRoom("there is no such room")
    elif wanted.creates:
        settings = DocumentSettings("command-line", 1, document_limits(config), 0, has_scratch=True)
        async with trio.open_nursery() as nursery:
            leases = Leases(nursery, storage.rooms, timebase, node=settings.node)
            documents = StandaloneDocuments(nursery, storage, _NoTracks(), timebase, leases, settings)
            await documents.create(name, owner, wanted.title)
    elif kind.name == "playlist" and not await storage.documents.exists(name):
        raise UnknownDocument("there is no such document; --create makes it")


def _require_role(kind_name: str, role: str) -> None:
    known: Mapping[str, object] = ROLES.get(kind_name, dict.fromkeys(ROOM_ROLES))
    if role not in known:
        raise NotAllowed(f"a {kind_name} document has the roles {', '.join(known)}")


async def _listed(config: Config) -> Sequence[str]:
    timebase = MonotonicTimebase()
    async with open_storage(config) as storage:
        now = timebase.stamp().utc_at
        return [_line(token, now) for token in await DocumentTokens(storage.tokens, timebase).all()]


def _line(token: DocumentToken, now: Micros) -> str:
    state = "revoked" if token.is_revoked else "over" if token.expires_utc <= now else "valid"
    until = datetime.fromtimestamp(token.expires_utc / MICROS_PER_SECOND, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"{token.token}  {state:7}  until {until}  {token.role:6}  {token.document}  for {token.principal}"


async def _revoke(config: Config, name: str) -> None:
    async with open_storage(config) as storage:
        await DocumentTokens(storage.tokens, MonotonicTimebase()).revoke(name)


def document_url(config: Config, scope: str, text: str, generation: int = 0) -> str:
    """What a program connects to; for ``scratch:*`` the id is for the program to choose.

    The `generation` of the data is told unless it is the first, which is meant without a word.
    """
    base = shown_address(config).replace("http", "ws", 1)
    return f"{base}/yjs/{scope.replace('*', 'ID')}?token={text}" + (f"&generation={generation}" if generation else "")


class _NoTracks:
    """Making a document asks for no track."""

    async def exists(self, tracks: Sequence[TrackId]) -> frozenset[TrackId]:
        raise AssertionError("no track is looked up here")
