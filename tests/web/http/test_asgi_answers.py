import msgspec
from hypercorn.typing import ASGISendEvent

from hathor_rt.refusals import StillRendering
from web.http.asgi_answers import refuse


async def test_a_refusal_is_told_as_json_with_the_headers_of_every_answer() -> None:
    sent: list[ASGISendEvent] = []

    async def send(event: ASGISendEvent) -> None:
        sent.append(event)

    await refuse(send, StillRendering("in a moment"), (("Allow", "GET"),))
    head, body = sent
    assert head["type"] == "http.response.start"
    assert body["type"] == "http.response.body"
    headers = {name.decode(): value.decode() for name, value in head["headers"]}
    assert (head["status"], headers["retry-after"], headers["allow"]) == (503, "1", "GET")
    assert headers["content-length"] == str(len(body["body"]))
    assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")
    assert msgspec.json.decode(body["body"]) == {"code": "still-rendering", "reason": "in a moment"}
