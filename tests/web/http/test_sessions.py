from hathor_rt.ids import DeviceId, PrincipalId
from tests.fakes.website import Website
from web.principal import Cookies, Identity
from web.seals import Seal


async def test_a_stranger_becomes_a_guest_with_a_friendly_name(site: Website) -> None:
    answer = await site.request("GET", "/api/session", User_Agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/150.0")
    body = answer.json()
    assert answer.status == 200
    assert len(str(body["name"]).split()) == 2
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("hathor=")
    assert "Secure" not in cookie
    again = await site.request("GET", "/api/session", cookie=cookie.partition(";")[0])
    assert again.json() == body
    assert "set-cookie" not in again.headers
    principal = (await site.application.guests.get(PrincipalId(str(body["principal"])))).principal
    assert await site.storage.principals.devices(principal) == {body["device"]: "Firefox on Linux"}


async def test_behind_https_the_cookie_stays_there(site: Website) -> None:
    # Not from a trusted proxy: what it claims is not believed.
    answer = await site.request("GET", "/api/session", X_Forwarded_Proto="https")
    assert "Secure" not in answer.headers["set-cookie"]


async def test_a_new_name_is_taken_and_told_to_rooms(site: Website) -> None:
    cookie = await site.guest()
    answer = await site.request("PATCH", "/api/session", cookie=cookie, json={"name": " Ann "})
    body = answer.json()
    assert (answer.status, body["name"]) == (200, "Ann")
    assert site.rooms.renamed == [(body["principal"], "Ann")]
    assert (await site.request("GET", "/api/session", cookie=cookie)).json() == body


async def test_a_bad_name_is_refused(site: Website) -> None:
    cookie = await site.guest()
    for name in ("", "x" * 41, "a\nb"):
        answer = await site.request("PATCH", "/api/session", cookie=cookie, json={"name": name})
        assert (answer.status, answer.json()["code"]) == (422, "bad-name")
    assert site.rooms.renamed == []


async def test_a_body_that_is_no_name_is_a_bad_request(site: Website) -> None:
    cookie = await site.guest()
    bodies: tuple[object, ...] = ({}, {"name": 3}, [], "name", None)
    for body in bodies:
        answer = await site.request("PATCH", "/api/session", cookie=cookie, json=body)
        assert (answer.status, answer.json()["code"]) == (400, "bad-request")


async def test_nobody_cannot_be_renamed(site: Website) -> None:
    answer = await site.request("PATCH", "/api/session", json={"name": "Ann"})
    assert (answer.status, answer.json()["code"]) == (401, "unknown-principal")
    forged = await site.request("PATCH", "/api/session", cookie="hathor=forged", json={"name": "Ann"})
    assert forged.status == 401


async def test_a_cookie_whose_guest_is_gone_keeps_its_device(site: Website) -> None:
    key = await site.storage.secrets.secret("cookies")
    old = Identity(PrincipalId("g0ne"), DeviceId("dev1ce"), is_admitted=True)
    cookie = Cookies(Seal(key, "identity")).write(old, is_secure=False).partition(";")[0]
    answer = await site.request("GET", "/api/session", cookie=cookie)
    assert answer.json()["device"] == "dev1ce"
    assert answer.json()["principal"] != "g0ne"
    assert "set-cookie" in answer.headers


async def test_a_cookie_is_renewed_before_it_runs_out(site: Website) -> None:
    import time

    key = await site.storage.secrets.secret("cookies")
    person = await site.application.guests.create("Ann")
    months_ago = int(time.time()) - 100 * 24 * 3600
    identity = Identity(person.principal, DeviceId("dev1ce"), is_admitted=False)
    cookie = Cookies(Seal(key, "identity", lambda: months_ago)).write(identity, is_secure=False).partition(";")[0]
    answer = await site.request("GET", "/api/rooms", cookie=cookie)
    assert answer.status == 200
    assert answer.headers["set-cookie"].partition(";")[0] != cookie
