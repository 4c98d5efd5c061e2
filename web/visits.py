"""The current request: how it arrived, who is behind it, and which cookie its answer sets."""

from dataclasses import dataclass
from typing import cast

from quart import g, request

from hathor_rt.accounts.guests import Guests
from hathor_rt.refusals import UnknownPrincipal
from hathor_rt.storage.ports import Principal
from web.principal import Cookies, Identity, new_identity
from web.proxies import Arrival, Proxies


@dataclass(slots=True)
class Visit:
    """What is known of one request.

    Attributes:
        arrival: Address, scheme and host as the browser sees them.
        identity: What a genuine cookie said; replaced when the answer gives another.
        gives_cookie: The answer carries `identity` as a cookie.
    """

    arrival: Arrival
    identity: Identity | None
    gives_cookie: bool = False

    @property
    def is_admitted(self) -> bool:
        """Whether an invite has admitted this person to the instance."""
        return self.identity is not None and self.identity.is_admitted

    def give(self, identity: Identity) -> None:
        """Make the answer set `identity` as the person's cookie."""
        self.identity = identity
        self.gives_cookie = True


class Visits:
    """Tells who is behind requests.

    Args:
        guests: Who exists.
        cookies: Reads and writes identities.
        proxies: Whose forwarded addresses are believed.
    """

    def __init__(self, guests: Guests, cookies: Cookies, proxies: Proxies) -> None:
        self._guests = guests
        self._cookies = cookies
        self._proxies = proxies

    def begin(self) -> Visit:
        """Read the current request's head; called once, before anything else."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        peer = request.scope.get("client")
        arrival = self._proxies.arrival(peer[0] if peer else "", headers, is_tls=request.scope["scheme"] == "https")
        presented = self._cookies.read(headers.get("cookie", ""))
        visit = Visit(arrival, presented.identity if presented else None, presented is not None and presented.is_due)
        g.visit = visit
        return visit

    @property
    def current(self) -> Visit:
        """The current request's visit."""
        return cast("Visit", g.visit)

    def cookie(self) -> str | None:
        """The Set-Cookie header of the answer, if it has one."""
        visit = self.current
        if not visit.gives_cookie or visit.identity is None:
            return None
        return self._cookies.write(visit.identity, is_secure=visit.arrival.scheme == "https")

    async def person(self) -> Principal:
        """Who is asking. Raises `UnknownPrincipal`."""
        identity = self.current.identity
        if identity is None:
            raise UnknownPrincipal("no valid identity came with the request; ask for /api/session first")
        return await self._guests.get(identity.principal)

    async def person_or_guest(self) -> Principal:
        """Who is asking; a stranger becomes a guest, whose cookie goes with the answer."""
        try:
            return await self.person()
        except UnknownPrincipal:
            pass
        guest = await self._guests.create()
        was = self.current.identity
        # A cookie outlives a database that was put back; what it says of device and admission stays true.
        identity = Identity(guest.principal, was.device, was.is_admitted) if was else new_identity(guest.principal)
        await self._guests.note_device(guest.principal, identity.device, _device_label())
        self.current.give(identity)
        return guest

    async def admit(self) -> None:
        """Note that an invite was shown; a stranger becomes a guest first."""
        person = await self.person_or_guest()
        identity = self.current.identity
        assert identity is not None
        if not identity.is_admitted:
            self.current.give(Identity(person.principal, identity.device, is_admitted=True))


def _device_label() -> str:
    """A few words a person recognises the device by, from what the browser says of itself."""
    agent = request.headers.get("User-Agent", "")
    browser = next((name for sign, name in _BROWSERS if sign in agent), "")
    system = next((name for sign, name in _SYSTEMS if sign in agent), "")
    return " on ".join(filter(None, (browser, system))) or "unknown device"


# Order matters: nearly every browser also names Chrome and Safari.
_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)
