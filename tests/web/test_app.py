"""What holds for every request, whatever its resource."""

import re
from pathlib import Path

import structlog.testing

from hathor_rt.refusals import StorageDown
from tests.fakes.library import RENDITION, SIGNATURE
from tests.fakes.website import Website, running_website
from web.headers import GUARDS

TABLE = Path(__file__).parents[2] / "docs" / "architecture.md"


def documented_routes() -> list[tuple[str, str]]:
    """Method and path of every row of the table in docs/architecture.md."""
    section = TABLE.read_text().partition("## HTTP")[2].partition("\n## ")[0]
    routes: list[tuple[str, str]] = []
    for row in re.findall(r"^\| (`[A-Z].*?) \|", section, re.MULTILINE):
        method, before = "GET", ""
        for named in re.findall(r"`(.+?)`", row):
            method, path = named.split(" ") if " " in named else (method, named)
            # "`GET /api/tracks/<track>/cover`, `/peaks`" means a sibling of the first.
            path = before.rpartition("/")[0] + path if before.count("/") > 2 and path.count("/") == 1 else path
            routes.append((method, path))
            before = path
    return routes


async def test_every_documented_route_is_there(site: Website) -> None:
    routes = documented_routes()
    assert len(routes) >= 24
    filled = {
        "<room>": "n0ne", "<track>": "n0ne", "<file>": "none.js", "<signature>": SIGNATURE, "<rendition>": RENDITION,
        "<index>": "0",
    }  # fmt: skip
    for method, path in routes:
        for name, value in filled.items():
            path = path.replace(name, value)
        if path == "/ws" or path.startswith("/yjs/"):  # sockets, which are no pages
            continue
        answer = await site.request(method, path, cookie=await site.guest())
        is_unrouted = answer.status == 405 or (answer.status == 404 and b'"not-found"' in answer.body)
        assert not is_unrouted, (method, path, answer)


async def test_every_answer_carries_the_guards(site: Website) -> None:
    for target in ("/", "/healthz", "/api/session", "/api/none", "/assets/none.js", "/segments/x", "/api/rooms/n0ne"):
        headers = (await site.request("GET", target)).headers
        assert {name.lower(): headers.get(name.lower()) for name, _ in GUARDS} == {
            name.lower(): value for name, value in GUARDS
        }, target
        assert "server" not in headers


async def test_errors_are_told_in_one_form(site: Website) -> None:
    unknown = await site.request("GET", "/api/none")
    assert (unknown.status, unknown.json()["code"]) == (404, "not-found")
    wrong = await site.request("DELETE", "/api/session")
    assert (wrong.status, wrong.json()["code"]) == (405, "method-not-allowed")
    assert "GET" in wrong.headers["allow"]


async def test_a_bug_is_told_in_the_log_and_not_to_the_outside(site: Website) -> None:
    site.rooms.refuses = ZeroDivisionError("secret detail")
    with structlog.testing.capture_logs() as lines:
        answer = await site.request("GET", "/api/rooms/abc")
    assert (answer.status, answer.json()["code"]) == (500, "internal-error")
    assert b"secret detail" not in answer.body
    assert [(line["event"], str(line["exc_info"])) for line in lines] == [("request failed", "secret detail")]


async def test_storage_that_is_down_is_told_as_such(site: Website) -> None:
    site.rooms.refuses = StorageDown("the database does not answer")
    answer = await site.request("GET", "/api/rooms/abc")
    assert (answer.status, answer.json()["code"], answer.headers["retry-after"]) == (503, "storage-down", "2")


async def test_pages_of_other_sites_change_nothing(site: Website) -> None:
    cookie = await site.guest()
    for origin in ("https://attacker.example", "null", "http://127.0.0.1:1"):
        answer = await site.request("POST", "/api/rooms", cookie=cookie, json={"name": "x"}, Origin=origin)
        assert (answer.status, answer.json()["code"]) == (403, "foreign-origin")
    assert site.rooms.records == {}
    own = f"http://127.0.0.1:{site.port}"
    assert (await site.request("POST", "/api/rooms", cookie=cookie, json={"name": "x"}, Origin=own)).status == 200


async def test_a_rebinding_name_gets_nothing(site: Website) -> None:
    for target in ("/", "/api/session", "/api/instance"):
        answer = await site.request("GET", target, Host="attacker.example")
        assert (answer.status, answer.json()["code"]) == (421, "foreign-host")
        assert "set-cookie" not in answer.headers


async def test_requests_are_limited_per_person_and_the_answer_says_until_when(tmp_path: Path) -> None:
    async with running_website(tmp_path, api_per_minute=5) as site:
        ann, bea = await site.guest(), await site.guest()
        for _ in range(5):
            assert (await site.request("GET", "/api/session", cookie=ann)).status == 200
        refused = await site.request("GET", "/api/session", cookie=ann)
        assert (refused.status, refused.json()["code"]) == (429, "too-many")
        assert 1 <= int(refused.headers["retry-after"]) <= 13
        assert (await site.request("GET", "/api/session", cookie=bea)).status == 200
        # Pages, health and sound are not counted.
        assert (await site.request("GET", "/healthz", cookie=ann)).status == 200
        assert (await site.request("GET", "/", cookie=ann)).status == 503


async def test_strangers_are_counted_by_address(tmp_path: Path) -> None:
    async with running_website(tmp_path, api_per_minute=2, trusted_proxies="127.0.0.1") as site:
        for _ in range(2):
            assert (await site.request("GET", "/api/instance", X_Forwarded_For="203.0.113.5")).status == 200
        assert (await site.request("GET", "/api/instance", X_Forwarded_For="203.0.113.5")).status == 429
        assert (await site.request("GET", "/api/instance", X_Forwarded_For="203.0.113.6")).status == 200


async def test_behind_a_trusted_proxy_links_and_cookies_are_its_own(tmp_path: Path) -> None:
    proxy = {"X_Forwarded_Proto": "https", "X_Forwarded_Host": "music.example"}
    async with running_website(
        tmp_path, trusted_proxies="127.0.0.1", public_url="https://music.example", instance_access="open"
    ) as site:
        session = await site.request("GET", "/api/session", **proxy)
        assert session.headers["set-cookie"].endswith("; Secure")
        cookie = session.headers["set-cookie"].partition(";")[0]
        made = await site.request(
            "POST", "/api/rooms", cookie=cookie, json={"name": "x"}, Origin="https://music.example", **proxy
        )
        assert str(made.json()["link"]).startswith("https://music.example/r/")
