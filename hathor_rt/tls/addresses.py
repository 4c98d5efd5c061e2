"""Names and addresses under which this machine is found in its own network."""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final
from urllib.parse import urlsplit

# Documentation addresses (RFC 5737, RFC 3849): connecting a datagram socket sends nothing, it only picks the way out.
_PROBES: Final = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))


def routed_addresses() -> tuple[IPv4Address | IPv6Address, ...]:
    """This machine's address on its default route, one per address family. Costs some microseconds, asks nobody."""
    found: list[IPv4Address | IPv6Address] = []
    for family, probe in _PROBES:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as out:
                out.connect((probe, 9))
                found.append(_parsed(out.getsockname()[0]))
        except OSError:
            continue  # this family is switched off or has no route
    return tuple(filter(_is_of_use, found))


def local_addresses() -> tuple[IPv4Address | IPv6Address, ...]:
    """All addresses other devices can reach this machine by, those of the default route first.

    Asks the resolver for the machine's own name, which may block: for start-up only.
    """
    found = list(routed_addresses())
    try:
        named = socket.getaddrinfo(socket.gethostname(), None, type=socket.SOCK_STREAM)
    except OSError:
        named = []  # the machine's own name does not resolve
    found += [_parsed(str(bound[0])) for _, _, _, _, bound in named]
    return tuple(dict.fromkeys(filter(_is_of_use, found)))


def lan_address() -> str | None:
    """The first of `routed_addresses` as text, None without a network."""
    return next((str(each) for each in routed_addresses()), None)


def names_in_use(host: str, public_url: str = "") -> tuple[str, ...]:
    """Every name and address a browser may use for a server listening on `host`; for its certificate.

    Loopback and the machine's own names are always among them.
    """
    machine = socket.gethostname().lower()
    names = {"localhost": None, "127.0.0.1": None, "::1": None, machine: None}
    names[f"{machine.split('.')[0]}.local"] = None
    try:
        bound = ip_address(host)
    except ValueError:
        names[host.lower()] = None
    else:
        names.update((str(each), None) for each in (local_addresses() if bound.is_unspecified else (bound,)))
    public = urlsplit(public_url).hostname
    if public:
        names[public.lower()] = None
    return tuple(names)


def _parsed(address: str) -> IPv4Address | IPv6Address:
    return ip_address(address.partition("%")[0])


def _is_of_use(address: IPv4Address | IPv6Address) -> bool:
    return not (address.is_loopback or address.is_unspecified or address.is_link_local)
