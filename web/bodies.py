"""JSON in and out at the HTTP edge: typed records with limits, or a refusal."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final, TypeVar

import msgspec
from quart import Response, request

from hathor_rt.refusals import BadRequest
from sync.refusal import Refusal
from web.answers import ErrorBody, answer_to

# Names, settings and lists of up to 500 identifiers; nothing here is long.
LONGEST_BODY: Final = 64 * 1024

_Record = TypeVar("_Record", bound=msgspec.Struct)


async def read_body(kind: type[_Record]) -> _Record:
    """The body of the current request.

    Raises:
        BadRequest: It is no JSON of this form; the reason names the field.
    """
    raw = await request.get_data(as_text=False)
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise BadRequest(f"the body is not as expected: {error}") from error


def read_number(name: str, default: int, *, least: int, most: int) -> int:
    """A whole number of the current request's query.

    Raises:
        BadRequest: It is no whole number from `least` to `most`.
    """
    text = request.args.get(name)
    if text is None:
        return default
    # Short enough that int() is quick, and plain digits only: int() also takes "1_000" and other scripts' digits.
    is_number = text.removeprefix("-").isascii() and text.removeprefix("-").isdigit() and len(text) <= 17
    if not is_number or not least <= int(text) <= most:
        raise BadRequest(f"{name} is a whole number from {least} to {most}")
    return int(text)


def answer(record: msgspec.Struct | Mapping[str, object], status: int = HTTPStatus.OK) -> Response:
    """`record` as a JSON response that nobody keeps."""
    return Response(msgspec.json.encode(record), status, {"Cache-Control": "no-store"}, content_type="application/json")


def refusal_response(refusal: Refusal) -> Response:
    """The JSON response of a refusal."""
    row = answer_to(refusal)
    response = answer(ErrorBody(refusal.code, refusal.reason), row.status)
    if row.retry_after_seconds is not None:
        response.headers["Retry-After"] = str(row.retry_after_seconds)
    return response
