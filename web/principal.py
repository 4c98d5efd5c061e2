"""Who is asking: the signed cookie that makes a guest row somebody's own.

The cookie holds principal, device and whether an invite admitted its bearer. It is HttpOnly (scripts cannot
read it), SameSite=Lax (other sites' requests come without it), Secure on https, and lives a year from its last renewal.
"""

from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Final

from hathor_rt.ids import DeviceId, PrincipalId, is_id, random_id
from web.seals import Seal

COOKIE_NAME: Final = "hathor"
LIFETIME_SECONDS: Final = 365 * 24 * 3600
# A new cookie with every answer would be noise; monthly keeps a regular listener's from ever running out.
RENEW_AFTER_SECONDS: Final = 30 * 24 * 3600
# Browsers send at most 4 KiB a cookie; a longer header is not worth parsing.
_LONGEST_HEADER: Final = 8192


@dataclass(frozen=True, slots=True)
class Identity:
    """What a genuine cookie says. The device id is stable for one browser profile."""

    principal: PrincipalId
    device: DeviceId
    is_admitted: bool


@dataclass(frozen=True, slots=True)
class Presented:
    """An identity that came with a request, and whether its cookie should be sent anew."""

    identity: Identity
    is_due: bool


def new_identity(principal: PrincipalId, *, is_admitted: bool = False) -> Identity:
    """Someone's identity on a device not seen before."""
    return Identity(principal, DeviceId(random_id()), is_admitted)


class Cookies:
    """Writes and reads identity cookies.

    Args:
        seal: Signs them.
    """

    def __init__(self, seal: Seal) -> None:
        self._seal = seal

    def read(self, header: str) -> Presented | None:
        """The identity in a Cookie header; None if there is none, or it is forged, outdated or unreadable."""
        if len(header) > _LONGEST_HEADER:
            return None
        try:
            morsel = SimpleCookie(header).get(COOKIE_NAME)
        except CookieError:
            return None
        opened = self._seal.open(morsel.value, lifetime_seconds=LIFETIME_SECONDS) if morsel else None
        if opened is None:
            return None
        match opened.content:
            case [str(principal), str(device), bool(is_admitted)] if is_id(principal) and is_id(device):
                identity = Identity(PrincipalId(principal), DeviceId(device), is_admitted)
                return Presented(identity, is_due=opened.age_seconds > RENEW_AFTER_SECONDS)
            case _:
                return None

    def write(self, identity: Identity, *, is_secure: bool) -> str:
        """Value of the Set-Cookie header. `is_secure`: the browser came by https."""
        signed = self._seal.close([identity.principal, identity.device, identity.is_admitted])
        secure = "; Secure" if is_secure else ""
        return f"{COOKIE_NAME}={signed}; Max-Age={LIFETIME_SECONDS}; Path=/; HttpOnly; SameSite=Lax{secure}"
