"""Who is really at the other end: the request's peer, scheme and host, seen through trusted proxies only."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Literal

from hathor_rt.refusals import BadSetting


@dataclass(frozen=True, slots=True)
class Arrival:
    """How a request reached us, as the browser sees it.

    Attributes:
        address: The client's address.
        scheme: What the browser used.
        host: The browser's Host header, port included if it was named; lower case; empty if there was none.
    """

    address: str
    scheme: Literal["http", "https"]
    host: str


class Proxies:
    """The reverse proxies whose X-Forwarded-* headers are believed.

    Args:
        trusted: Comma-separated addresses or networks.

    Raises:
        BadSetting: One of them is neither.
    """

    def __init__(self, trusted: str) -> None:
        self._networks: list[IPv4Network | IPv6Network] = []
        for each in filter(None, (part.strip() for part in trusted.split(","))):
            try:
                self._networks.append(ip_network(each, strict=False))
            except ValueError as error:
                raise BadSetting(f"trusted_proxies: {each!r} is neither an address nor a network") from error

    def arrival(self, peer: str, headers: Mapping[str, str], *, is_tls: bool) -> Arrival:
        """Tell a request's true origin.

        Args:
            peer: Address at the other end of the TCP connection.
            headers: The request's headers; names in lower case, values of repeated ones joined with commas.
            is_tls: The connection to us is encrypted.
        """
        scheme: Literal["http", "https"] = "https" if is_tls else "http"
        host = headers.get("host", "").strip().lower()
        if not self._is_trusted(peer):
            return Arrival(peer, scheme, host)
        match headers.get("x-forwarded-proto", "").split(",")[-1].strip().lower():
            case "https" | "wss":
                scheme = "https"
            case "http" | "ws":
                scheme = "http"
        forwarded_host = headers.get("x-forwarded-host", "").split(",")[-1].strip().lower()
        return Arrival(self._client(peer, headers.get("x-forwarded-for", "")), scheme, forwarded_host or host)

    def _client(self, peer: str, forwarded_for: str) -> str:
        """The right-most hop no trusted proxy vouches for: everything left of it may be invented."""
        client = peer
        for hop in reversed([part.strip() for part in forwarded_for.split(",") if part.strip()]):
            if _parsed(hop) is None:
                break
            client = hop
            if not self._is_trusted(hop):
                break
        return client

    def _is_trusted(self, address: str) -> bool:
        parsed = _parsed(address)
        return parsed is not None and any(parsed in network for network in self._networks)


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    # A socket that serves both families shows IPv4 peers as ::ffff:a.b.c.d.
    return parsed.ipv4_mapped or parsed if isinstance(parsed, IPv6Address) else parsed
