"""Which Host and Origin headers belong to this server.

Any web page can make a browser talk to a server in its own network: by a cross-site request (told by `Origin`) or by a
name of its own that resolves to our address (DNS rebinding, told by `Host`). A browser never lies about either.
"""

import re
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from hathor_rt.refusals import ForeignHost, ForeignOrigin

# Suffixes home routers put behind a machine's name. None is a public domain, so nobody outside can own such a name.
_HOME_SUFFIXES: Final = ("", ".local", ".lan", ".home", ".internal", ".home.arpa", ".localdomain")

_HOST: Final = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(?P<port>\d{1,5}))?")


class Hosts:
    """The names this server answers to.

    Args:
        machine: This machine's host name.
        public_url: The URL people use, empty if there is none.
    """

    def __init__(self, machine: str, public_url: str) -> None:
        first_label = machine.lower().split(".")[0]
        self._names = {"localhost", machine.lower()}
        if first_label:
            self._names.update(first_label + suffix for suffix in _HOME_SUFFIXES)
        public = urlsplit(public_url)
        self._public_netloc = public.netloc.lower()
        if public.hostname:
            self._names.add(public.hostname.lower())

    def require_host(self, host: str) -> None:
        """Raises `ForeignHost` unless `host` (a Host header in lower case) is a name or address of this server.

        Every address literal is fine: a page can point a *name* it owns at us, never an address.
        """
        matched = _HOST.fullmatch(host)
        name = matched["name"] if matched else ""
        if name in self._names or name.endswith(".localhost") or _is_address(name.strip("[]")):
            return
        raise ForeignHost("this server is not known under that name; set public_url if it should be")

    def require_origin(self, origin: str | None, host: str) -> None:
        """Raises `ForeignOrigin` unless `origin` is absent (no browser page sent this) or of the same site as `host`.

        Compared without the scheme: a proxy that ends TLS in front of us is no other site.
        """
        if origin is None:
            return
        parts = urlsplit(origin.lower())
        if parts.scheme in {"http", "https"} and parts.netloc and parts.netloc in {host, self._public_netloc}:
            return
        raise ForeignOrigin("this request was made by a page of another site")


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
