"""Requests for a socket that are recognised at a glance: their head came whole, alone and in plain form.

Taking one apart in Hypercorn's machinery costs three tasks and some 0.3 ms of processor time, more than all the rest of a
handshake, and a crowd that comes back after a restart pays it at once. Nothing is judged here: what is in any way unusual is
not recognised and goes the long way, where h11 decides. So nothing may be recognised that h11 would refuse or read in another
way (test: `test_what_is_recognised_is_what_h11_reads`).
"""

import re
from typing import Final

from web.realtime.http1 import LONGEST_HEAD, Upgrade

# RFC 9110 section 5.6.2 for names. Values: printable ASCII, although RFC 9110 section 5.5 knows bytes beyond it.
_NAME: Final = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_VALUE: Final = rb"[\t\x20-\x7e]*"
_HEAD: Final = re.compile(
    rb"GET (/[\x21-\x7e]*) HTTP/1\.1\r\n((?:" + _NAME + rb":" + _VALUE + rb"\r\n)+)\r\n",
)
_FIELD: Final = re.compile(rb"(" + _NAME + rb"):(" + _VALUE + rb")\r\n")
# These announce a body, or ask for an answer before ours.
_UNUSUAL: Final = frozenset({"content-length", "transfer-encoding", "expect"})


def recognised(data: bytes) -> Upgrade | None:
    """The request to become a WebSocket that `data` is, from its first byte to its last; None: look closer."""
    head = _HEAD.fullmatch(data) if len(data) <= LONGEST_HEAD else None
    if head is None:
        return None
    headers: dict[str, str] = {}
    for name, value in _FIELD.findall(head[2]):
        key, text = name.decode("ascii").lower(), value.strip(b" \t").decode("ascii")
        if key in headers:
            if key == "host":
                return None
            text = f"{headers[key]},{text}"
        headers[key] = text
    if "host" not in headers or headers.get("upgrade", "").lower() != "websocket" or not _UNUSUAL.isdisjoint(headers):
        return None
    path, _, query = head[1].decode("ascii").partition("?")
    return Upgrade(path, query, is_modern=True, has_more=False, headers=headers)
