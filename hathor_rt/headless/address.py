"""Where to go: a room's link, or a server's own address."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from hathor_rt.headless.refusals import BadAddress
from hathor_rt.ids import is_id


@dataclass(frozen=True, slots=True)
class Address:
    """A server and, if the link says so, a room of it.

    Attributes:
        scheme: "http" or "https".
        host: Name or address, IPv6 without brackets.
        port: TCP port.
        room: Room code; empty: the room everybody may enter.
        invite: Invite of the room, from ``?i=``.
        key: Invite of the whole server, from ``?k=``.
    """

    scheme: str
    host: str
    port: int
    room: str = ""
    invite: str = ""
    key: str = ""

    @property
    def authority(self) -> str:
        """Value of the Host header: without the port where it is the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def base(self) -> str:
        """URL of the server, without a slash at its end."""
        return f"{self.scheme}://{self.authority}"


_PORTS = {"http": 80, "https": 443}


def parse_address(url: str) -> Address:
    """Read ``http(s)://host[:port]/``, ``…/?k=<invite>`` or ``…/r/<room>[?i=<invite>]``.

    Raises:
        BadAddress: It is none of these.
    """
    expected = "give a room's link, like http://localhost:4280/r/<room>?i=<invite>, or a server's address"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadAddress(f"{expected} ({error})") from error
    if parts.scheme not in _PORTS or not parts.hostname:
        raise BadAddress(f"{expected}, not {url!r}")
    query = parse_qs(parts.query)
    room = _room_of(parts.path)
    if room is None:
        raise BadAddress(f"{expected}; {parts.path} is no page of a room")
    return Address(
        scheme=parts.scheme,
        host=parts.hostname,
        port=_PORTS[parts.scheme] if port is None else port,
        room=room,
        invite=query.get("i", [""])[0],
        key=query.get("k", [""])[0],
    )


def _room_of(path: str) -> str | None:
    """The room that a page's path names, "" for the front page, None for any other page."""
    match [name for name in path.split("/") if name]:
        case []:
            return ""
        case ["r", room] if is_id(room):
            return room
        case _:
            return None
