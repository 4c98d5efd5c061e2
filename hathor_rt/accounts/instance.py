"""What a stranger may do on this instance.

The rule in one sentence: an instance that other machines can reach and that serves someone's own music is entered by
invitation; one with nothing but the demo library, or heard by this machine alone, is open.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from hathor_rt.config import Config
from hathor_rt.ids import PrincipalId, RoomId
from hathor_rt.refusals import InviteRequired
from hathor_rt.storage.ports import RoomRecord, Storage
from sync.refusal import NotAllowed
from sync.units import Micros

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"


def is_loopback(host: str) -> bool:
    """Whether `host` (a name or an address, without port) reaches nothing but this machine."""
    name = host.strip("[]").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def is_public(config: Config) -> bool:
    """Whether other machines can reach an instance with these settings, directly or through a proxy."""
    if not is_loopback(config.host):
        return True
    return bool(config.public_url) and not is_loopback(urlsplit(config.public_url).hostname or "")


def needs_invite(access: Literal["auto", "open", "invite"], *, is_public: bool, has_own_music: bool) -> bool:
    """Whether strangers are turned away until someone invites them."""
    match access:
        case "open":
            return False
        case "invite":
            return True
        case "auto":
            return is_public and has_own_music


def may_create_room(creation: Literal["anyone", "hosts", "nobody"], *, hosts_a_room: bool) -> bool:
    """Whether an admitted principal may open a new room."""
    return creation == "anyone" or (creation == "hosts" and hosts_a_room)


class InstanceInvite:
    """The capability that admits to the instance as a whole: the `k` of ``/?k=…``.

    It is derived from a kept key, so it stays the same until the key is replaced.

    Args:
        key: 32 secret bytes (`SecretStore.secret("instance-invite")`).
    """

    def __init__(self, key: bytes) -> None:
        digest = int.from_bytes(hmac.digest(key, b"hathor instance invite", hashlib.sha256)[:10], "big")
        self._token = "".join(_ALPHABET[digest >> shift & 31] for shift in range(75, -1, -5))

    @property
    def token(self) -> str:
        """16 characters, 80 bits; safe in a URL."""
        return self._token

    def is_genuine(self, token: str) -> bool:
        """Compares in constant time."""
        return hmac.compare_digest(token.encode(), self._token.encode())


@dataclass(frozen=True, slots=True)
class Instance:
    """Applies the instance's policy to people. Holds no state.

    Attributes:
        config: The settings.
        storage: Tells whether there is music of one's own, and whether a room's invite is genuine.
    """

    config: Config
    storage: Storage

    async def needs_invite(self) -> bool:
        """Whether strangers need an invitation now (a music folder may have been added meanwhile)."""
        access = self.config.instance_access
        if access != "auto" or not is_public(self.config):
            return needs_invite(access, is_public=is_public(self.config), has_own_music=False)
        has_own_music = any(self._is_own(root) for root in await self.storage.tracks.roots())
        return needs_invite(access, is_public=True, has_own_music=has_own_music)

    async def require_admission(self, *, is_admitted: bool) -> None:
        """Raises `InviteRequired` unless the principal was admitted or nobody needs to be."""
        if not is_admitted and await self.needs_invite():
            raise InviteRequired("this server is entered by invitation; ask whoever runs it for a link")

    async def require_entry(self, room: RoomId, invite: str, *, is_admitted: bool, now_utc: Micros) -> None:
        """Like `require_admission`, except that a valid invite of the room will do. Rooms judge the rest."""
        if is_admitted or not await self.needs_invite():
            return
        if not await self.is_genuine(room, invite, now_utc=now_utc):
            raise InviteRequired("this server is entered by invitation; ask whoever sent you here for a fresh link")

    async def is_genuine(self, room: RoomId, invite: str, *, now_utc: Micros) -> bool:
        """Whether `invite` opens `room` now."""
        found = await self.storage.rooms.invite(invite) if invite else None
        if found is None or found.room != room or found.is_revoked:
            return False
        return found.expires_utc is None or found.expires_utc > now_utc

    async def may_create_room(self, principal: PrincipalId | None, *, is_admitted: bool) -> bool:
        """Whether this principal, or a stranger (None), may open a new room."""
        if not is_admitted and await self.needs_invite():
            return False
        if self.config.room_creation != "hosts":
            return may_create_room(self.config.room_creation, hosts_a_room=False)
        own = await self.storage.rooms.of_principal(principal) if principal else ()
        return may_create_room("hosts", hosts_a_room=any(_is_hosted(each, principal) for each in own))

    async def require_room_creation(self, principal: PrincipalId, *, is_admitted: bool) -> None:
        """Raises `InviteRequired`, `NotAllowed`."""
        await self.require_admission(is_admitted=is_admitted)
        if not await self.may_create_room(principal, is_admitted=is_admitted):
            raise NotAllowed("new rooms are not open to everyone on this server")

    async def require_library(self, *, is_admitted: bool, sits_in_a_room: bool) -> None:
        """Raises `NotAllowed`, `InviteRequired` unless this person may search the library.

        Someone who sits in a room was let in by its invite, so a seat counts as admission here.
        """
        if sits_in_a_room:
            return
        await self.require_admission(is_admitted=is_admitted)
        if self.config.library_access == "members":
            raise NotAllowed("the library is open to people inside a room; enter one first")

    async def may_upload(self, principal: PrincipalId | None, *, is_admitted: bool, is_local: bool) -> bool:
        """Whether this principal, or a stranger (None), may bring music. `is_local`: from this machine, with nobody between."""
        access = self.config.upload_access
        if access == "nobody" or (not is_admitted and not is_local and await self.needs_invite()):
            return False
        if is_local or access == "anyone":
            return True
        own = await self.storage.rooms.of_principal(principal) if principal and access == "hosts" else ()
        return any(_is_hosted(each, principal) for each in own)

    async def require_upload(self, principal: PrincipalId, *, is_admitted: bool, is_local: bool) -> None:
        """Raises `NotAllowed`."""
        if not await self.may_upload(principal, is_admitted=is_admitted, is_local=is_local):
            raise NotAllowed("uploading is not open to everyone on this server (setting upload_access)")

    async def listed_room(self) -> RoomId | None:
        """The room anyone may enter, if there is one."""
        listed: Sequence[RoomRecord] = await self.storage.rooms.of_principal(PrincipalId(""))
        return next((each.room for each in listed if each.is_listed), None)

    def _is_own(self, root: str) -> bool:
        # The demo library is composed into the data folder; every other folder is somebody's music, uploads as well.
        return Path(root).resolve() != (self.config.data / "demo").resolve()


def _is_hosted(record: RoomRecord, principal: PrincipalId | None) -> bool:
    return record.owner == principal and not record.is_private
