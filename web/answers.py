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
from sync.wire.endings import ending
from sync.wire.frames import Ending


@dataclass(frozen=True, slots=True)
class Answer:
    """What a refusal becomes.

    Attributes:
        status: HTTP status.
        ending: Row of `sync.wire.endings` by which it ends a connection, None if it does not.
        retry_after_seconds: For the HTTP header of that name, None to leave it out.
    """

    status: HTTPStatus
    ending: str | None = None
    retry_after_seconds: int | None = None


ANSWERS: Final[Mapping[str, Answer]] = {
    # the protocol's own
    "refused": Answer(HTTPStatus.BAD_REQUEST),
    "malformed-frame": Answer(HTTPStatus.BAD_REQUEST, "malformed-frame"),
    "frame-too-large": Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "frame-too-large"),
    "out-of-order": Answer(HTTPStatus.CONFLICT, "out-of-order"),
    "wrong-protocol": Answer(HTTPStatus.UPGRADE_REQUIRED, "wrong-protocol"),
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
    "restored": Answer(HTTPStatus.GONE),
    "check-running": Answer(HTTPStatus.CONFLICT),
    "unknown-device": Answer(HTTPStatus.NOT_FOUND),
    "room-full": Answer(HTTPStatus.CONFLICT),
    "unknown-track": Answer(HTTPStatus.NOT_FOUND),
    "track-unavailable": Answer(HTTPStatus.CONFLICT),
    "damaged-file": Answer(HTTPStatus.UNPROCESSABLE_ENTITY),
    "unknown-segment": Answer(HTTPStatus.NOT_FOUND),
    "not-separated": Answer(HTTPStatus.CONFLICT),
    "unknown-stem": Answer(HTTPStatus.NOT_FOUND),
    "still-rendering": Answer(HTTPStatus.SERVICE_UNAVAILABLE, retry_after_seconds=1),
    "unknown-principal": Answer(HTTPStatus.UNAUTHORIZED, "unknown-principal"),
    "invalid-token": Answer(HTTPStatus.UNAUTHORIZED),
    "bad-name": Answer(HTTPStatus.UNPROCESSABLE_ENTITY),
    "bad-request": Answer(HTTPStatus.BAD_REQUEST),
    "foreign-origin": Answer(HTTPStatus.FORBIDDEN, "refused"),
    "foreign-host": Answer(HTTPStatus.MISDIRECTED_REQUEST, "refused"),
    "not-sound": Answer(HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
    "upload-too-large": Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    "upload-stalled": Answer(HTTPStatus.REQUEST_TIMEOUT),
    "over-quota": Answer(HTTPStatus.CONFLICT),
    "too-many": Answer(HTTPStatus.TOO_MANY_REQUESTS, "too-many", retry_after_seconds=10),
    "too-many-documents": Answer(HTTPStatus.TOO_MANY_REQUESTS, retry_after_seconds=60),
    "overloaded": Answer(HTTPStatus.SERVICE_UNAVAILABLE, "overloaded", retry_after_seconds=5),
    "storage-full": Answer(HTTPStatus.INSUFFICIENT_STORAGE, "storage-full"),
    "storage-down": Answer(HTTPStatus.SERVICE_UNAVAILABLE, "storage-down", retry_after_seconds=2),
    "newer-data": Answer(HTTPStatus.SERVICE_UNAVAILABLE),
    "port-in-use": Answer(HTTPStatus.SERVICE_UNAVAILABLE),
    "bad-setting": Answer(HTTPStatus.INTERNAL_SERVER_ERROR),
    # another node owns the room now: coming back finds it
    "fenced": Answer(HTTPStatus.SERVICE_UNAVAILABLE, "fenced", retry_after_seconds=1),
}


class ErrorBody(msgspec.Struct, frozen=True):
    """JSON body of every answer that is not a success."""

    code: str
    reason: str


def answer_to(refusal: Refusal) -> Answer:
    """The row of a refusal."""
    return ANSWERS[refusal.code]


def ending_of(refusal: Refusal) -> Ending:
    """The last frame of a connection that `refusal` ends."""
    return ending(ANSWERS[refusal.code].ending or "refused", refusal.reason)
