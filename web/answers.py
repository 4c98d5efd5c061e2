"""How a refusal is told: one row per code, for HTTP and for the realtime socket alike.

A refusal without an ending is answered on the socket by a `Refused` frame and the connection lives on; one with an
ending closes the connection, because nothing that follows could be understood or may be served.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import msgspec

from sync.refusal import Refusal
from sync.units import MICROS_PER_SECOND
from sync.wire.frames import Ending

NEVER: Final = -1


@dataclass(frozen=True, slots=True)
class Closing:
    """How the socket ends: WebSocket close code (RFC 6455 section 7.4.1) and Micros to stay away, `NEVER` for good."""

    close_code: int
    retry_after: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What a refusal becomes. `retry_after_seconds`: for the HTTP header of that name, None to leave it out."""

    status: HTTPStatus
    closing: Closing | None = None
    retry_after_seconds: int | None = None


_SOON: Final = MICROS_PER_SECOND
_PROTOCOL_ERROR: Final = Closing(1002, NEVER)
_POLICY: Final = Closing(1008, NEVER)

ANSWERS: Final[Mapping[str, Answer]] = {
    # the protocol's own
    "refused": Answer(HTTPStatus.BAD_REQUEST),
    "malformed-frame": Answer(HTTPStatus.BAD_REQUEST, _PROTOCOL_ERROR),
    "frame-too-large": Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, Closing(1009, NEVER)),
    "out-of-order": Answer(HTTPStatus.CONFLICT, _PROTOCOL_ERROR),
    "wrong-protocol": Answer(HTTPStatus.UPGRADE_REQUIRED, Closing(4001, NEVER)),
    "malformed-update": Answer(HTTPStatus.BAD_REQUEST),
    "update-too-large": Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    "foreign-client-id": Answer(HTTPStatus.FORBIDDEN),
    "missing-predecessor": Answer(HTTPStatus.CONFLICT),
    "schema-violation": Answer(HTTPStatus.UNPROCESSABLE_ENTITY),
    "not-allowed": Answer(HTTPStatus.FORBIDDEN),
    "unknown-document": Answer(HTTPStatus.NOT_FOUND),
    "unknown-entry": Answer(HTTPStatus.NOT_FOUND),
    "nothing-to-play": Answer(HTTPStatus.CONFLICT),
    # the service's
    "unknown-room": Answer(HTTPStatus.NOT_FOUND),
    "invite-required": Answer(HTTPStatus.FORBIDDEN),
    "invite-expired": Answer(HTTPStatus.GONE),
    "kicked": Answer(HTTPStatus.FORBIDDEN),
    "room-full": Answer(HTTPStatus.CONFLICT),
    "unknown-track": Answer(HTTPStatus.NOT_FOUND),
    "track-unavailable": Answer(HTTPStatus.CONFLICT),
    "damaged-file": Answer(HTTPStatus.UNPROCESSABLE_ENTITY),
    "unknown-segment": Answer(HTTPStatus.NOT_FOUND),
    "still-rendering": Answer(HTTPStatus.SERVICE_UNAVAILABLE, retry_after_seconds=1),
    "unknown-principal": Answer(HTTPStatus.UNAUTHORIZED, _POLICY),
    "bad-name": Answer(HTTPStatus.UNPROCESSABLE_ENTITY),
    "bad-request": Answer(HTTPStatus.BAD_REQUEST),
    "foreign-origin": Answer(HTTPStatus.FORBIDDEN, _POLICY),
    "foreign-host": Answer(HTTPStatus.MISDIRECTED_REQUEST, _POLICY),
    "too-many": Answer(HTTPStatus.TOO_MANY_REQUESTS, Closing(1013, 10 * _SOON), retry_after_seconds=10),
    "overloaded": Answer(HTTPStatus.SERVICE_UNAVAILABLE, Closing(1013, 2 * _SOON), retry_after_seconds=2),
    "storage-full": Answer(HTTPStatus.INSUFFICIENT_STORAGE),
    "storage-down": Answer(HTTPStatus.SERVICE_UNAVAILABLE, retry_after_seconds=2),
    "newer-data": Answer(HTTPStatus.SERVICE_UNAVAILABLE),
    "port-in-use": Answer(HTTPStatus.SERVICE_UNAVAILABLE),
    "bad-setting": Answer(HTTPStatus.INTERNAL_SERVER_ERROR),
    # another node owns the room now: coming back finds it
    "fenced": Answer(HTTPStatus.SERVICE_UNAVAILABLE, retry_after_seconds=1),
}


class ErrorBody(msgspec.Struct, frozen=True):
    """JSON body of every answer that is not a success."""

    code: str
    reason: str


def answer_to(refusal: Refusal) -> Answer:
    """The row of a refusal."""
    return ANSWERS[refusal.code]


def ending_of(refusal: Refusal) -> Ending | None:
    """The frame that ends the connection, None if this refusal leaves it open."""
    closing = ANSWERS[refusal.code].closing
    return None if closing is None else Ending(refusal.code, refusal.reason, closing.retry_after)
