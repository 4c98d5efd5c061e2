"""Request heads that are read at a glance: they came whole, alone and in plain form.

Taking a request apart in Hypercorn's machinery costs tasks and some 0.3 ms of processor time. Nothing is judged here: what is
in any way unusual is not read and goes the long way, where h11 decides. So nothing may be read that h11 would refuse or read in
another way (test: `test_what_is_read_is_what_h11_reads`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

LONGEST_HEAD: Final = 16 * 1024

# RFC 9110 section 5.6.2 for names. Values: printable ASCII, although RFC 9110 section 5.5 knows bytes beyond it.
_NAME: Final = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_VALUE: Final = rb"[\t\x20-\x7e]*"
_HEAD: Final = re.compile(
    rb"(GET|HEAD) (/[\x21-\x7e]*) HTTP/1\.1\r\n((?:" + _NAME + rb":" + _VALUE + rb"\r\n)+)\r\n",
)
_FIELD: Final = re.compile(rb"(" + _NAME + rb"):(" + _VALUE + rb")\r\n")
# These announce a body, or ask for an answer before ours.
_UNUSUAL: Final = frozenset({"content-length", "transfer-encoding", "expect"})


@dataclass(frozen=True, slots=True)
class PlainHead:
    """A request of HTTP/1.1 without a body.

    Attributes:
        method: GET or HEAD.
        target: Path and query, as they came.
        headers: Names in lower case; repeated ones joined with commas.
    """

    method: str
    target: str
    headers: Mapping[str, str]


def plain_head(data: bytes) -> PlainHead | None:
    """The request that `data` is, from its first byte to its last; None: look closer."""
    head = _HEAD.fullmatch(data) if len(data) <= LONGEST_HEAD else None
    if head is None:
        return None
    headers: dict[str, str] = {}
    for name, value in _FIELD.findall(head[3]):
        key, text = name.decode("ascii").lower(), value.strip(b" \t").decode("ascii")
        if key in headers:
            if key == "host":
                return None
            text = f"{headers[key]},{text}"
        headers[key] = text
    if "host" not in headers or not _UNUSUAL.isdisjoint(headers):
        return None
    return PlainHead(head[1].decode("ascii"), head[2].decode("ascii"), headers)
