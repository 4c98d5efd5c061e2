import msgspec
import pytest
from quart_trio import QuartTrio

from hathor_rt.refusals import BadRequest, TooMany
from web.bodies import answer, read_body, read_number, refusal_response


class Wish(msgspec.Struct, frozen=True):
    count: int


async def body_of(data: bytes) -> Wish:
    app = QuartTrio("tests")
    async with app.test_request_context("/", method="POST", data=data):
        return await read_body(Wish)


async def test_a_body_becomes_a_record() -> None:
    assert await body_of(b'{"count": 3, "other": 1}') == Wish(3)


@pytest.mark.parametrize(
    "data", [b"", b"{", b'{"count": "3"}', b"[]", b'{"count": 3.5}', b"\xff\xfe", b"[" * 5000, b"null"]
)
async def test_anything_else_is_a_bad_request(data: bytes) -> None:
    with pytest.raises(BadRequest):
        await body_of(data)


async def test_numbers_have_a_range() -> None:
    app = QuartTrio("tests")
    async with app.test_request_context("/?a=5&b=-3&c=x&d=1e3&e=%D9%A3&f="):
        assert read_number("a", 1, least=0, most=5) == 5
        assert read_number("b", 1, least=-3, most=5) == -3
        assert read_number("missing", 7, least=0, most=5) == 7
        for name in ("c", "d", "e", "f"):
            with pytest.raises(BadRequest):
                read_number(name, 1, least=0, most=5000)
        with pytest.raises(BadRequest, match="from 0 to 4"):
            read_number("a", 1, least=0, most=4)


async def test_answers_are_json_that_nobody_keeps() -> None:
    async with QuartTrio("tests").app_context():
        response = answer(Wish(3))
    assert await response.get_data(as_text=True) == '{"count":3}'
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Content-Type"] == "application/json"


async def test_a_refusal_says_its_code_its_reason_and_when_to_come_back() -> None:
    async with QuartTrio("tests").app_context():
        response = refusal_response(TooMany("slower, please"))
    assert response.status_code == 429
    assert response.headers["Retry-After"] == "10"
    assert await response.get_data(as_text=True) == '{"code":"too-many","reason":"slower, please"}'
