"""Links that work for the person they are sent to."""

from collections.abc import Callable
from urllib.parse import quote

from hathor_rt.accounts.instance import is_loopback
from hathor_rt.ids import RoomId
from web.proxies import Arrival


class Links:
    """Makes links from how the asking request arrived.

    Args:
        public_url: The URL people use, empty: found out.
        is_reachable: Other machines can reach the listening address.
        has_tls: The port speaks https as well.
        lan_address: Tells this machine's address in the local network, None if it has none.
    """

    def __init__(
        self, public_url: str, *, is_reachable: bool, has_tls: bool, lan_address: Callable[[], str | None]
    ) -> None:
        self._public_url = public_url.rstrip("/")
        self._is_reachable = is_reachable
        self._has_tls = has_tls
        self._lan_address = lan_address

    def base(self, arrival: Arrival) -> str:
        """Scheme and host that others can use, without a slash at the end.

        Someone who made a room at localhost would otherwise send a link that leads everybody to their own machine.
        """
        return self._public_url or f"{arrival.scheme}://{self._host(arrival)}"

    def room(self, arrival: Arrival, room: RoomId, invite: str = "") -> str:
        """The link of a room, with `invite` as its key if there is one."""
        key = f"?i={quote(invite)}" if invite else ""
        return f"{self.base(arrival)}/r/{room}{key}"

    def https(self, arrival: Arrival) -> str:
        """Where the same server is found encrypted; empty if it is not."""
        if self._public_url:
            return self._public_url if self._public_url.startswith("https://") else ""
        if not self._has_tls and arrival.scheme != "https":
            return ""
        return f"https://{self._host(arrival)}"

    def _host(self, arrival: Arrival) -> str:
        name, port = split_host(arrival.host)
        if not self._is_reachable or not is_loopback(name):
            return arrival.host
        address = self._lan_address()
        if address is None:
            return arrival.host
        return f"[{address}]{port}" if ":" in address else f"{address}{port}"


def split_host(host: str) -> tuple[str, str]:
    """A Host header's name and its port with the colon, empty if it has none: ``"[::1]:80"`` is ``("[::1]", ":80")``."""
    bracket = host.rfind("]")
    colon = host.rfind(":")
    return (host, "") if colon <= bracket else (host[:colon], host[colon:])
