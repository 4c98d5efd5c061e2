"""Whether a request comes from this very machine: from whoever sits at it, with nobody between."""

from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address
from typing import Final

# A request that carries one of these came through somebody else: loopback is then the proxy's address, not the sender's.
_FORWARDED: Final = frozenset(
    {"x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "forwarded", "via"}
)


def is_from_here(address: str, headers: Iterable[str]) -> bool:
    """Whether `address` is this machine's own, and none of the `headers` (names in any case) tells of a proxy."""
    return _is_loopback(address) and _FORWARDED.isdisjoint(name.lower() for name in headers)


def _is_loopback(address: str) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    # A socket that serves both families shows IPv4 peers as ::ffff:a.b.c.d.
    return ((parsed.ipv4_mapped or parsed) if isinstance(parsed, IPv6Address) else parsed).is_loopback
