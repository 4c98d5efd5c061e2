"""Answers of the layers before the application: JSON, with the headers that every answer carries."""

from http import HTTPStatus
from typing import Final

import msgspec
from hypercorn.typing import ASGISendCallable

from sync.refusal import Refusal
from web.answers import ErrorBody, answer_to
from web.headers import GUARDS

Headers = tuple[tuple[str, str], ...]

_NONE: Final[Headers] = ()


async def start(send: ASGISendCallable, status: HTTPStatus, headers: Headers) -> None:
    """The head of an answer."""
    encoded = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers + GUARDS]
    await send({"type": "http.response.start", "status": status.value, "headers": encoded})


async def tell(send: ASGISendCallable, status: HTTPStatus, record: msgspec.Struct, headers: Headers = _NONE) -> None:
    """A whole answer that nobody keeps."""
    body = msgspec.json.encode(record)
    described = (
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
    )
    await start(send, status, described + headers)
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def refuse(send: ASGISendCallable, refusal: Refusal, headers: Headers = _NONE) -> None:
    """What a refusal is told as."""
    row = answer_to(refusal)
    if row.retry_after_seconds is not None:
        headers += (("Retry-After", str(row.retry_after_seconds)),)
    await tell(send, row.status, ErrorBody(refusal.code, refusal.reason), headers)
